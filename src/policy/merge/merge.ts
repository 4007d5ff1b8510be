// Joins what two people did to one policy, entry by entry: the text of ours with the entries of theirs spliced in.
import { isDeepStrictEqual } from 'node:util';
import { type PolicyEntry, type PolicyParts, partsOf } from './parts.ts';
import { splicedPolicy, type Unsafe } from './splicing.ts';
import { sidesOf, sideToTake } from './three-way.ts';

/** What both sides changed, and not alike; or what has no safe place in the text of ours. */
export type PolicyConflict =
  | { about: 'entry' /** Its section, field and name. */; key: string }
  | { about: 'unit' /** The path of its keys. */; path: string }
  /** One text cannot be changed, or taken from, by whole lines. */
  | ({ about: 'text' } & Unsafe);

/** Either the text, or why there is none. */
export type MergedPolicy =
  | { text: string; conflicts: null }
  | { text: null; conflicts: readonly PolicyConflict[] };

/** @param sides the texts of three valid policies */
export function mergePolicies(sides: { base: string; ours: string; theirs: string }): MergedPolicy {
  const parts = { base: partsOf(sides.base), ours: partsOf(sides.ours), theirs: partsOf(sides.theirs) };
  const entries = taken(
    { base: parts.base.entries, ours: parts.ours.entries, theirs: parts.theirs.entries },
    (key): PolicyConflict => ({ about: 'entry', key }),
  );
  const units = taken(
    { base: parts.base.units, ours: parts.ours.units, theirs: parts.theirs.units },
    (path): PolicyConflict => ({ about: 'unit', path }),
  );
  const conflicts = [...entries.conflicts, ...units.conflicts];
  if (conflicts.length > 0) return { text: null, conflicts };
  return policyWith(sides.ours, { entries: entries.values, units: units.values }, sides.theirs);
}

/**
 * What both policies allow, in the text of `ours`: no entry that the other lacks, no directory with more access. Null
 * where they differ in anything else, of which nobody can say what is narrower.
 */
export function narrowerPolicy(ours: string, theirs: string): MergedPolicy {
  const [here, there] = [partsOf(ours), partsOf(theirs)];
  const conflicts = [...sidesOf({ base: new Map(), ours: here.units, theirs: there.units })]
    .filter(([, { ours, theirs }]) => !isDeepStrictEqual(ours, theirs))
    .map(([path]): PolicyConflict => ({ about: 'unit', path }));
  if (conflicts.length > 0) return { text: null, conflicts };
  const entries = new Map<string, PolicyEntry>();
  for (const [key, entry] of here.entries) {
    const other = there.entries.get(key);
    if (other === undefined) continue;
    const access = entry.access.filter((mode) => other.access.includes(mode));
    if (entry.access.length === 0 || access.length > 0) entries.set(key, { ...entry, access });
  }
  return policyWith(ours, { entries, units: here.units }, theirs);
}

function policyWith(text: string, wanted: PolicyParts, source: string): MergedPolicy {
  const spliced = splicedPolicy(text, wanted, source);
  return typeof spliced === 'string'
    ? { text: spliced, conflicts: null }
    : { text: null, conflicts: [{ about: 'text', ...spliced }] };
}

function taken<T>(
  maps: { base: ReadonlyMap<string, T>; ours: ReadonlyMap<string, T>; theirs: ReadonlyMap<string, T> },
  conflict: (key: string) => PolicyConflict,
): { values: Map<string, T>; conflicts: PolicyConflict[] } {
  const values = new Map<string, T>();
  const conflicts: PolicyConflict[] = [];
  for (const [key, sides] of sidesOf(maps)) {
    const side = sideToTake(sides);
    const value = side === null ? undefined : sides[side];
    if (side === null) conflicts.push(conflict(key));
    else if (value !== undefined) values.set(key, value);
  }
  return { values, conflicts };
}
