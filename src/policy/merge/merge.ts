// Joins what two people did to one policy, entry by entry: the text of ours with the entries of theirs spliced in.
import { isDeepStrictEqual } from 'node:util';
import { findGains } from '../gains.ts';
import { type Permissions, parsePolicy, type StorageGrant } from '../policy.ts';
import {
  deniedIn,
  directoryOf,
  type PolicyEntry,
  type PolicyParts,
  type PolicyUnit,
  partsOf,
} from './parts.ts';
import { splicedPolicy, type Unsafe } from './splicing.ts';
import { type Side, type Sides, sidesOf, sideToTake } from './three-way.ts';

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

function unitConflict({ base, ours, theirs }: Sides<PolicyUnit>): PolicyConflict {
  return { about: 'unit', path: (ours ?? theirs ?? base)!.keys.join('.') };
}

/**
 * What both policies allow, in the text of `ours`: no entry that the other lacks, no directory with more access, the lower
 * limits, and all that either denies. Null where they differ in anything else, of which nobody can say what is narrower.
 */
export function narrowerPolicy(ours: string, theirs: string): MergedPolicy {
  const [here, there] = [partsOf(ours), partsOf(theirs)];
  const narrower = new Narrower(ours, theirs);
  const units = new Map<string, PolicyUnit>();
  const conflicts: PolicyConflict[] = [];
  for (const [key, sides] of sidesOf({
    base: new Map<string, PolicyUnit>(),
    ours: here.units,
    theirs: there.units,
  })) {
    const side = isDeepStrictEqual(sides.ours, sides.theirs)
      ? 'ours'
      : narrower.sideOf((sides.ours ?? sides.theirs)!.keys);
    const unit = side === null ? undefined : sides[side];
    if (side === null) conflicts.push(unitConflict(sides));
    else if (unit !== undefined) units.set(key, unit);
  }
  const entries = new Map<string, PolicyEntry>();
  for (const [key, entry] of here.entries) {
    const other = there.entries.get(key);
    if (other === undefined || haveNothingInCommon(entry, other)) continue;
    const narrowest = narrowerEntry(entry, other);
    if (narrowest === null) conflicts.push({ about: 'entry', key });
    else entries.set(key, narrowest);
  }
  if (conflicts.length > 0) return { text: null, conflicts };
  const narrowed = policyWith(ours, { entries, units }, theirs);
  const wider = narrowed.text === null ? [] : narrower.widerIn(narrowed.text);
  return wider.length === 0 ? narrowed : { text: null, conflicts: wider };
}

function haveNothingInCommon({ gives }: PolicyEntry, other: PolicyEntry): boolean {
  const given = new Set(gives);
  return !other.gives.some((each) => given.has(each));
}

/** That which gives nothing that the other does not give; null where there is none. */
function narrowerEntry(ours: PolicyEntry, theirs: PolicyEntry): PolicyEntry | null {
  const [here, there] = [new Set(ours.gives), new Set(theirs.gives)];
  if (ours.gives.every((each) => there.has(each))) return ours;
  return theirs.gives.every((each) => here.has(each)) ? theirs : null;
}

/** Which of two policies allows less by one of its settings. */
class Narrower {
  readonly #rights: Record<Side, Permissions>;

  constructor(ours: string, theirs: string) {
    this.#rights = {
      ours: parsePolicy(ours, { componentId: 'ours' }),
      theirs: parsePolicy(theirs, { componentId: 'theirs' }),
    };
  }

  /** Null where each allows what the other does not, or nobody knows what the setting is for. */
  sideOf(keys: readonly string[]): Side | null {
    const [ours, theirs] = [this.#isWider('ours', 'theirs', keys), this.#isWider('theirs', 'ours', keys)];
    if (ours === theirs) return null;
    return ours ? 'theirs' : 'ours';
  }

  /** What a text allows and one of the two does not, however its directories are spelt: of that nobody can say what is narrower. */
  widerIn(text: string): PolicyConflict[] {
    const rights = directoriesAlike(parsePolicy(text, { componentId: 'ours' }));
    const gains = [this.#rights.ours, this.#rights.theirs].flatMap((side) =>
      findGains(directoriesAlike(side), rights, 'nothing'),
    );
    const keys = new Set(gains.map(({ kind, subject }) => `${kind} ${subject}`));
    return [...keys].map((key) => ({ about: 'entry', key }));
  }

  #isWider(side: Side, than: Side, [, section, field]: readonly string[]): boolean {
    return findGains(this.#rights[than], this.#rights[side], 'nothing').some(({ kind, subject }) =>
      field === 'deny'
        ? kind === 'deny-removed' && subject.startsWith(`${section} `)
        : section === 'resources' && kind === 'limit',
    );
  }
}

function directoriesAlike({ storage, ...others }: Permissions): Permissions {
  const alike = (grants: readonly StorageGrant[]) =>
    grants.map(({ uri, access }) => ({ uri: directoryOf(uri), access }));
  return { ...others, storage: { allow: alike(storage.allow), deny: alike(storage.deny) } };
}

function policyWith(text: string, wanted: PolicyParts, source: string): MergedPolicy {
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
