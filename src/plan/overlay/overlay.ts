// What is other on one host than in a snapshot: where its directories are, and which entries of policies are left out.
import { quoted } from '../../codec/safe-text.ts';
import { hasInvisible } from '../../codec/yaml/characters.ts';
import { UsageError } from '../../errors.ts';
import { partsOfPath } from '../directory-grants.ts';
import { type DirectoryMapping, MOST_CHARACTERS, plain } from './directories.ts';

/** What a component does not get on this host although its policy in the snapshot allows it. */
export interface WithheldEntry {
  component_id: string;
  /** The storage URI, host, range of addresses or variable, as the policy has it. */
  entry: string;
}

/** What is other on this host; `from` is different in each mapping. */
export interface Overlay {
  mapDirs: readonly DirectoryMapping[];
  without: readonly WithheldEntry[];
}

/** Why a path is none that can be mapped, or null. */
export function mappedPathProblem(path: string): string | null {
  if (!path.startsWith('/')) return 'a directory is not written from the root on';
  if (path.length > MOST_CHARACTERS) return `a directory has more than ${MOST_CHARACTERS} characters`;
  if (path.split('/').some((part) => part === '..' || part === '.'))
    return 'a directory has a "." or ".." in it';
  if (path.includes('*')) return 'a directory has an asterisk';
  return hasInvisible(path) ? 'a directory has an invisible character' : null;
}

/**
 * Each thing once, in a fixed order, as the plan's digest binds to it.
 * @throws UsageError USAGE_BAD_ARGUMENT for what is no mapping, changes nothing, or contradicts another
 */
export function overlayOf(
  mapDirs: readonly DirectoryMapping[],
  without: readonly WithheldEntry[],
): Overlay | null {
  const targets = new Map<string, string>();
  for (const mapping of mapDirs) {
    const [from, to] = [plainPath(mapping.from), plainPath(mapping.to)];
    if (from === to) throw badMapping(`${quoted(from)} would be mapped to itself`, 'leave it out');
    const other = targets.get(from);
    if (other !== undefined && other !== to)
      throw badMapping(`${quoted(from)} would be both ${quoted(other)} and ${quoted(to)}`, 'map it once');
    targets.set(from, to);
  }
  const entries = new Map(without.map((each) => [`${each.component_id}:${each.entry}`, each]));
  if (targets.size + entries.size === 0) return null;
  return {
    mapDirs: sorted(targets).map(([from, to]) => ({ from, to })),
    without: sorted(entries).map(([, { component_id, entry }]) => ({ component_id, entry })),
  };
}

function plainPath(path: string): string {
  const problem = mappedPathProblem(path);
  if (problem === null) return plain(partsOfPath(path));
  throw badMapping(`${quoted(path)} cannot be mapped: ${problem}`, 'write /home/me/data=/srv/data');
}

function badMapping(message: string, hint: string): UsageError {
  return new UsageError('USAGE_BAD_ARGUMENT', message, { hint });
}

function sorted<T>(map: ReadonlyMap<string, T>): [string, T][] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1));
}
