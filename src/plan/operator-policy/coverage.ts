// Whether the entries of an operator's policy cover one value: an id, a place, a host, a directory. Each answer is the line
// of the entry that covers it, or null.
import path from 'node:path';
import { beyond, type NetworkReach } from '../../policy/network-host.ts';
import type { Access } from '../../policy/policy.ts';
import { type GrantedDirectory, isWithin, partsOfPath } from '../directory-grants.ts';
import type { CappedDirectory, ListRule } from './rules.ts';

export type Entries<T> = Exclude<ListRule<T>['entries'], 'any'>;

/** Where the paths of a policy lead on this host, by path. */
export type RealPaths = ReadonlyMap<string, GrantedDirectory>;

/** What leads elsewhere in every process, or cannot be followed to its end, is nowhere for certain. */
function isCertain({ ofProcess, hidden }: GrantedDirectory): boolean {
  return ofProcess === null && hidden === null;
}

export function lineOfId(entries: Entries<string>, id: string): number | null {
  return lineOf(entries, (entry) => (entry.endsWith('*') ? id.startsWith(entry.slice(0, -1)) : id === entry));
}

/** @param names those by which the signers of a snapshot are accepted */
export function lineOfSigner(entries: Entries<string>, names: readonly string[]): number | null {
  return lineOf(entries, (entry) => names.includes(entry));
}

export function lineOfVariable(entries: Entries<string>, name: string): number | null {
  return lineOf(entries, (entry) => entry === name);
}

/** Several entries may cover one host together, such as one for each scheme: then the line is that of the last. */
export function lineOfReach(entries: Entries<NetworkReach>, reach: NetworkReach): number | null {
  let left: NetworkReach | null = reach;
  for (const { value, line } of entries) {
    left = beyond([value])(left);
    if (left === null) return line;
  }
  return null;
}

/**
 * Both the path as it is written and the directory that it leads to now have to lie within the entry: a link outside it
 * could lead elsewhere tomorrow.
 * @param base the component directory, from which relative paths start
 */
export function lineOfDirectory(
  entries: Entries<CappedDirectory>,
  granted: GrantedDirectory,
  mode: Access,
  { base, real }: { base: string; real: RealPaths },
): number | null {
  if (!isCertain(granted) || partsOfPath(granted.written).includes('..')) return null;
  const written = path.resolve(base, granted.written);
  return lineOf(entries, (entry) => {
    const leadsTo = real.get(entry.path);
    if (leadsTo === undefined || !isCertain(leadsTo) || !entry.access.includes(mode)) return false;
    const isWrittenWithin = isWithin(written, entry.path) || isWithin(written, leadsTo.real);
    return isWrittenWithin && isWithin(granted.real, leadsTo.real);
  });
}

/** @param file the real path of a file */
export function lineOfFile(entries: Entries<string>, file: string, real: RealPaths): number | null {
  return lineOf(entries, (entry) => {
    const leadsTo = real.get(entry);
    return leadsTo !== undefined && isCertain(leadsTo) && isWithin(file, leadsTo.real);
  });
}

export function lineOfStore(entries: Entries<string>): number | null {
  return lineOf(entries, (entry) => entry === 'store');
}

/** A URI with a part that somebody else would read differently is covered by none. */
export function lineOfUri(entries: Entries<string>, uri: string): number | null {
  if (/[\\%\s]/.test(uri) || partsOfPath(uri).includes('..')) return null;
  const asked = comparable(uri);
  return lineOf(entries, (entry) => beginsWith(asked, comparable(entry)));
}

/** A name ends where the next part begins: `/`, or behind a path the tag or digest of an image. */
function beginsWith(uri: string, beginning: string): boolean {
  if (!uri.startsWith(beginning)) return false;
  const rest = uri.slice(beginning.length);
  const hasPath = /^[a-z]+:\/\/[^/]+\//.test(beginning);
  return rest === '' || beginning.endsWith('/') || (hasPath ? /^[/:@]/ : /^\//).test(rest);
}

/** Scheme and host in small letters. */
function comparable(uri: string): string {
  return uri.replace(/^[a-z+.-]+:\/\/[^/]*/i, (start) => start.toLowerCase());
}

function lineOf<T>(entries: Entries<T>, covers: (value: T) => boolean): number | null {
  return entries.find(({ value }) => covers(value))?.line ?? null;
}
