// Where a path leads: as the kernel goes it, link by link, and not as its text reads.
import { lstatSync, readlinkSync, realpathSync, type Stats, statSync } from 'node:fs';
import path from 'node:path';
import { isOfProcess, partsOfPath } from '../model/directory-grants.ts';
import type { Mount } from './mounts.ts';

export interface Way {
  /** The real path; from the first part on that does not exist, as written. */
  real: string;
  /** Whether it is a directory. */
  isDirectory: boolean;
  /** The first place on the way that is another one for every process; null where there is none. */
  ofProcess: string | null;
  /** The first place on the way that could not be looked into; null where there is none. */
  hidden: string | null;
}

/** As many as Linux follows. */
const MAX_LINKS = 40;

/** `location` seen from `base`, a directory; its ".." are left for the kernel, which follows links before them. */
export function seenFrom(base: string, location: string): string {
  return path.isAbsolute(location) ? location : `${base}${path.sep}${location}`;
}

/** Follows `location`, an absolute path; `mounts` tell of a proc file system at an unusual place. */
export function followPath(location: string, mounts: readonly Mount[] = []): Way {
  const processes = new Set(mounts.filter(({ type }) => type === 'proc').map(({ at }) => at));
  const { root } = path.parse(location);
  const ahead = partsOfPath(location.slice(root.length)).reverse();
  const way = { real: root, ofProcess: null as string | null, hidden: null as string | null };
  let links = 0;
  let isMissing = false;
  for (let part = ahead.pop(); part !== undefined; part = ahead.pop()) {
    if (part === '..') {
      way.real = path.dirname(way.real);
      continue;
    }
    way.real = path.join(way.real, part);
    if (isOfProcess(way.real) || processes.has(way.real)) way.ofProcess ??= way.real;
    if (isMissing) continue;
    const found = lookAt(way.real);
    if (found === 'hidden') way.hidden = way.real;
    isMissing = typeof found === 'string';
    if (typeof found === 'string' || !found.isSymbolicLink()) continue;
    links += 1;
    if (links > MAX_LINKS) {
      isMissing = true;
      continue;
    }
    const target = readlinkSync(way.real);
    const start = path.parse(target).root;
    way.real = start === '' ? path.dirname(way.real) : start;
    ahead.push(...partsOfPath(target.slice(start.length)).reverse());
  }
  const isDirectory = isDirectoryAt(location);
  // The system's own answer knows the true case of names, too.
  return { ...way, real: isDirectory ? realpathSync.native(location) : way.real, isDirectory };
}

function lookAt(place: string): Stats | 'missing' | 'hidden' {
  try {
    return lstatSync(place);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EACCES' ? 'hidden' : 'missing';
  }
}

function isDirectoryAt(location: string): boolean {
  try {
    return statSync(location).isDirectory();
  } catch {
    return false;
  }
}
