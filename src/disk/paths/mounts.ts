// Finds other paths of a directory: a bind mount shows one place of a file system at several paths, without any link.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { isWithin } from '../../plan/directory-grants.ts';

export interface Mount {
  /** The file system, as major:minor. */
  device: string;
  /** Which directory of the file system is shown. */
  root: string;
  at: string;
  /** Such as ext4, or proc. */
  type: string;
}

/** Every other path at which a directory, given by its real path, is mounted as a `whole`, and the paths of `parts` of it. */
export function otherNamesOf(
  directory: string,
  mounts: readonly Mount[],
): { whole: string[]; parts: string[] } {
  const own = mounts.findLast((mount) => isWithin(directory, mount.at));
  const whole: string[] = [];
  const parts: string[] = [];
  if (own === undefined) return { whole, parts };
  const place = path.join(own.root, path.relative(own.at, directory));
  for (const { device, root, at } of mounts) {
    if (device !== own.device) continue;
    if (isWithin(place, root)) whole.push(path.join(at, path.relative(root, place)));
    else if (isWithin(root, place)) parts.push(at);
  }
  return { whole: whole.filter((name) => name !== directory), parts };
}

/** In the order of mounting, including what is mounted over. Only on Linux; none elsewhere. */
export function readMounts(): Mount[] {
  try {
    return parseMounts(readFileSync('/proc/self/mountinfo', 'utf8'));
  } catch {
    return [];
  }
}

/**
 * Lines as proc(5) describes them: id, parent, major:minor, root, mount point, …, -, type, …
 * @internal exported for tests of mounts that a test may not make
 */
export function parseMounts(text: string): Mount[] {
  return text
    .split('\n')
    .map((line) => line.split(' '))
    .filter((fields) => fields.length > 5)
    .map((fields) => ({
      device: fields[2]!,
      root: unescaped(fields[3]!),
      at: unescaped(fields[4]!),
      type: fields[fields.indexOf('-') + 1]!,
    }));
}

/** Spaces, tabs, line ends and backslashes are written as octal numbers there. */
function unescaped(field: string): string {
  return field.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
