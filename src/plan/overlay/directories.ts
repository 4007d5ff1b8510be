// The directories of storage entries as paths: which of them is another one on this host, and which lie in one another. Each
// path looks upwards, so that many entries cost little more than their number.
import { partsOfPath, writtenPath } from '../directory-grants.ts';

/** Longer ones are refused wherever they would be newly granted. */
export const MOST_CHARACTERS = 4_096;

/** A directory that is another one on this host, with all below it. */
export interface DirectoryMapping {
  /** Absolute, as policies of the snapshot have it. */
  from: string;
  /** Absolute, on this host. */
  to: string;
}

/** Storage URIs of the snapshot, and what they are on this host where that is another. */
export type Moved = ReadonlyMap<string, string>;

/** The longest mapping that fits counts, by whole names of the path. */
export class MappedDirectories {
  readonly #byFrom: ReadonlyMap<string, DirectoryMapping>;

  constructor(mapDirs: readonly DirectoryMapping[]) {
    this.#byFrom = new Map(mapDirs.map((mapping) => [mapping.from, mapping]));
  }

  /** Null where the directory is the same here. */
  mappingOf(uri: string): DirectoryMapping | null {
    const path = pathOf(uri);
    if (path === null) return null;
    for (const above of upwards(path)) {
      const mapping = this.#byFrom.get(above);
      if (mapping !== undefined) return mapping;
    }
    return null;
  }

  /** The storage URI on this host; null where it is the same here. */
  moved(uri: string): string | null {
    const mapping = this.mappingOf(uri);
    if (mapping === null) return null;
    const below = partsOfPath(pathOf(uri)!).slice(partsOfPath(mapping.from).length);
    return `fs://${plain([...partsOfPath(mapping.to), ...below])}`;
  }
}

/** Without doubled slashes and one at the end; null for what is no absolute directory, or leads through "..". */
export function pathOf(uri: string): string | null {
  const path = writtenPath(uri);
  if (path === null || !path.startsWith('/') || path.length > MOST_CHARACTERS) return null;
  const parts = partsOfPath(path);
  return parts.includes('..') ? null : plain(parts);
}

export function plain(parts: readonly string[]): string {
  return `/${parts.join('/')}`;
}

/** Whether two directories are one, or one lies in the other. */
function areRelated(a: string, b: string): boolean {
  const [short, long] = a.length < b.length ? [a, b] : [b, a];
  return short === long || long.startsWith(short === '/' ? short : `${short}/`);
}

/** How a directory lies to another to which it is related, or was. */
export function placeOf(a: string, b: string): 'the same' | 'inside' | 'around' | 'apart' {
  if (a === b) return 'the same';
  if (!areRelated(a, b)) return 'apart';
  return a.length > b.length ? 'inside' : 'around';
}

/** What is there by directory; what has none is left out. */
export function byDirectory<T>(
  items: readonly T[],
  directoryOf: (item: T) => string | null,
): Map<string, T[]> {
  const found = new Map<string, T[]>();
  for (const item of items) {
    const at = directoryOf(item);
    if (at === null) continue;
    const there = found.get(at);
    if (there === undefined) found.set(at, [item]);
    else there.push(item);
  }
  return found;
}

/** Every pair that are one directory, or of which one lies in the other: no more than there are directories around each. */
export function* relatedPairs<A, B>(
  first: ReadonlyMap<string, A>,
  second: ReadonlyMap<string, B>,
): Generator<[[string, A], [string, B]]> {
  for (const one of second)
    for (const above of upwards(one[0])) if (first.has(above)) yield [[above, first.get(above)!], one];
  for (const one of first)
    for (const above of upwards(one[0]))
      if (above !== one[0] && second.has(above)) yield [one, [above, second.get(above)!]];
}

function* upwards(path: string): Generator<string> {
  for (let at = path; at !== '/'; at = at.slice(0, at.lastIndexOf('/')) || '/') yield at;
  yield '/';
}
