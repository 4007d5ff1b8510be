// Resolves where a path leads as the kernel does, link by link, and not by its text.
import { lstatSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import { isOfProcess, partsOfPath } from '../../plan/directory-grants.ts';
import type { Mount } from './mounts.ts';

interface Way {
  /** The real path; as written from the first part that does not exist. */
  real: string;
  /** Whether it is a directory. */
  isDirectory: boolean;
  /** The first place on the way that is a different one for every process; null when there is none. */
  ofProcess: string | null;
  /** The first place on the way that we may not look into; null when there is none. */
  hidden: string | null;
}

/** As many links as Linux follows. */
const MAX_LINKS = 40;

/** `location` relative to `base`, a directory; ".." stays, because the kernel follows links before it. */
export function seenFrom(base: string, location: string): string {
  return path.isAbsolute(location) ? location : `${base}${path.sep}${location}`;
}

/** Follows `location`, an absolute path; `mounts` show a proc file system at an unusual place. */
export function followPath(location: string, mounts: readonly Mount[] = []): Way {
  const processes = new Set(mounts.filter(({ type }) => type === 'proc').map(({ at }) => at));
  const { root } = path.parse(location);
  const ahead = partsOfPath(location.slice(root.length)).reverse();
  const way = { real: root, ofProcess: null as string | null, hidden: null as string | null };
  let links = 0;
  for (let part = ahead.pop(); part !== undefined; part = ahead.pop()) {
    if (part === '..') {
      way.real = path.dirname(way.real);
      continue;
    }
    way.real = path.join(way.real, part);
    if (isOfProcess(way.real) || processes.has(way.real)) way.ofProcess ??= way.real;
    const found = lookAt(way.real);
    if (found === 'hidden') way.hidden = way.real;
    if (typeof found === 'string' || (found.link !== null && ++links > MAX_LINKS)) {
      // The rest is not followed: it is only text, and may have a hundred thousand parts.
      way.real = path.join(way.real, ahead.reverse().join(path.sep));
      if (isOfProcess(way.real)) way.ofProcess ??= way.real;
      break;
    }
    if (found.link === null) continue;
    const start = path.parse(found.link).root;
    way.real = start === '' ? path.dirname(way.real) : start;
    ahead.push(...partsOfPath(found.link.slice(start.length)).reverse());
  }
  const directory = directoryAt(location);
  return { ...way, real: directory ?? way.real, isDirectory: directory !== null };
}

/** Where a link points; null when it is not a link. What is exchanged between two looks counts as missing. */
function lookAt(place: string): { link: string | null } | 'missing' | 'hidden' {
  try {
    const found = lstatSync(place, { throwIfNoEntry: false });
    if (found === undefined) return 'missing';
    return { link: found.isSymbolicLink() ? readlinkSync(place) : null };
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EACCES' ? 'hidden' : 'missing';
  }
}

/** The system's own answer, which also has the true case of names; null when it is not a directory. */
function directoryAt(location: string): string | null {
  try {
    return statSync(location, { throwIfNoEntry: false })?.isDirectory()
      ? realpathSync.native(location)
      : null;
  } catch {
    return null;
  }
}
