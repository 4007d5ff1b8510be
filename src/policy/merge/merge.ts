// Joins what two people did to one policy, entry by entry: the text of ours with the entries of theirs spliced in.
import type { Policy } from '../policy.ts';
import type { PolicyTree } from '../text.ts';
import { commentsOnLists, entriesCommentedAnew } from './comments.ts';
import { type PolicyReading, type PolicyUnit, readingOfPolicy } from './parts.ts';
import { splicedPolicy, type Unsafe } from './splicing.ts';
import { type Side, type Sides, sidesOf, sideToTake } from './three-way.ts';

/** What both sides changed, and not alike; or what has no safe place in the text of ours. */
export type PolicyConflict =
  | { about: 'entry' /** Its section, field and name. */; key: string }
  /** One side has changed or taken away the entry, and the other has written a comment on it. */
  | { about: 'comment'; key: string }
  /** One side allows it, and the other denies it. */
  | { about: 'denied'; key: string }
  | { about: 'unit' /** The path of its keys, joined by dots. */; path: string }
  /** One text cannot be changed, or taken from, by whole lines. */
  | ({ about: 'text' } & Unsafe);

/** Either the policy, or why there is none. */
export type MergedPolicy =
  | ({ conflicts: null } & PolicyTree)
  | { text: null; conflicts: readonly PolicyConflict[] };

export function mergePolicies(sides: Record<'base' | Side, Policy>): MergedPolicy {
  const base = readingOfPolicy(sides.base);
  const [ours, theirs] = [readingOfPolicy(sides.ours), readingOfPolicy(sides.theirs)];
  const entries = taken(
    { base: base.entries, ours: ours.entries, theirs: theirs.entries },
    (key): PolicyConflict => ({ about: 'entry', key }),
  );
  const units = taken({ base: base.units, ours: ours.units, theirs: theirs.units }, (_, sides) =>
    unitConflict(sides),
  );
  const commented = entriesCommentedAnew({ base, ours, theirs }).map(
    (key): PolicyConflict => ({ about: 'comment', key }),
  );
  const conflicts = [...entries.conflicts, ...commented, ...units.conflicts];
  if (conflicts.length > 0) return { text: null, conflicts };
  const wanted = { entries: entries.values, units: units.values };
  const merged = splicedPolicy(ours, wanted, theirs, commentsOnLists({ base, ours, theirs }));
  if ('side' in merged) return { text: null, conflicts: [{ about: 'text', ...merged }] };
  const contradictions = contradictionsIn(merged, [ours, theirs]);
  return contradictions.length === 0
    ? { text: merged.text, tree: merged.tree, conflicts: null }
    : { text: null, conflicts: contradictions };
}

/** What is allowed and denied, and was not yet on either side: Wassette would allow it, and one of them did not want that. */
function contradictionsIn(merged: PolicyReading, sides: readonly PolicyReading[]): PolicyConflict[] {
  const idOf = ({ key, given }: Contradiction) => `${key} ${given}`;
  const before = new Set(sides.flatMap((side) => [...allowedAndDenied(side)].map(idOf)));
  const found = [...allowedAndDenied(merged)].filter((each) => !before.has(idOf(each)));
  return [...new Set(found.map(({ key }) => key))].map((key) => ({ about: 'denied', key }));
}

/** What an entry gives, and another takes away again. */
interface Contradiction {
  key: string;
  given: string;
}

function* allowedAndDenied({ entries, denied }: PolicyReading): Generator<Contradiction> {
  for (const [key, { gives }] of denied) {
    const allowed = new Set(entries.get(key)?.gives);
    for (const given of gives) if (allowed.has(given)) yield { key, given };
  }
}

export function unitConflict({ base, ours, theirs }: Sides<PolicyUnit>): PolicyConflict {
  return { about: 'unit', path: (ours ?? theirs ?? base)!.keys.join('.') };
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
