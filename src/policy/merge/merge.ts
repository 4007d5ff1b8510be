// Joins what two people did to one policy, entry by entry: the text of ours with the entries of theirs spliced in.
import { deniedIn, type PolicyParts, type PolicyUnit, partsOf } from './parts.ts';
import { splicedPolicy, type Unsafe } from './splicing.ts';
import { type Sides, sidesOf, sideToTake } from './three-way.ts';

/** What both sides changed, and not alike; or what has no safe place in the text of ours. */
export type PolicyConflict =
  | { about: 'entry' /** Its section, field and name. */; key: string }
  /** One side allows it, and the other denies it. */
  | { about: 'denied'; key: string }
  | { about: 'unit' /** The path of its keys, joined by dots. */; path: string }
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
    (_, sides) => unitConflict(sides),
  );
  const conflicts = [...entries.conflicts, ...units.conflicts];
  if (conflicts.length > 0) return { text: null, conflicts };
  const merged = policyWith(sides.ours, { entries: entries.values, units: units.values }, sides.theirs);
  const contradictions =
    merged.text === null ? [] : contradictionsIn(merged.text, [sides.ours, sides.theirs]);
  return contradictions.length === 0 ? merged : { text: null, conflicts: contradictions };
}

/** What is allowed and denied, and was not yet on either side: Wassette would allow it, and one of them did not want that. */
function contradictionsIn(text: string, sides: readonly string[]): PolicyConflict[] {
  const idOf = ({ key, given }: Contradiction) => `${key} ${given}`;
  const before = new Set(sides.flatMap((side) => [...allowedAndDenied(side)].map(idOf)));
  const found = [...allowedAndDenied(text)].filter((each) => !before.has(idOf(each)));
  return [...new Set(found.map(({ key }) => key))].map((key) => ({ about: 'denied', key }));
}

/** What an entry gives, and another takes away again. */
interface Contradiction {
  key: string;
  given: string;
}

function* allowedAndDenied(text: string): Generator<Contradiction> {
  const denied = deniedIn(text);
  const { entries } = partsOf(text);
  for (const [key, { gives }] of denied) {
    const allowed = new Set(entries.get(key)?.gives);
    for (const given of gives) if (allowed.has(given)) yield { key, given };
  }
}

export function unitConflict({ base, ours, theirs }: Sides<PolicyUnit>): PolicyConflict {
  return { about: 'unit', path: (ours ?? theirs ?? base)!.keys.join('.') };
}

/** @param wanted each of its parts is as `text` or as `source` has it */
export function policyWith(text: string, wanted: PolicyParts, source: string): MergedPolicy {
  const spliced = splicedPolicy(text, wanted, source);
  return typeof spliced === 'string'
    ? { text: spliced, conflicts: null }
    : { text: null, conflicts: [{ about: 'text', ...spliced }] };
}

function taken<T>(
  maps: { base: ReadonlyMap<string, T>; ours: ReadonlyMap<string, T>; theirs: ReadonlyMap<string, T> },
  conflict: (key: string, sides: Sides<T>) => PolicyConflict,
): { values: Map<string, T>; conflicts: PolicyConflict[] } {
  const values = new Map<string, T>();
  const conflicts: PolicyConflict[] = [];
  for (const [key, sides] of sidesOf(maps)) {
    const side = sideToTake(sides);
    const value = side === null ? undefined : sides[side];
    if (side === null) conflicts.push(conflict(key, sides));
    else if (value !== undefined) values.set(key, value);
  }
  return { values, conflicts };
}
