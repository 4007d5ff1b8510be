// Finds what two policies both allow, as far as anybody can tell.
import { isDeepStrictEqual } from 'node:util';
import type { YamlMap } from '../../codec/yaml/reader.ts';
import { findGains, type RightsChange } from '../gains.ts';
import { type Permissions, type Policy, permissionsIn, type StorageGrant } from '../policy.ts';
import { type UnknownPart, unknownPolicyParts } from '../unknown-keys.ts';
import { type MergedPolicy, type PolicyConflict, unitConflict } from './merge.ts';
import { directoryOf, meaningOf, type PolicyEntry, type PolicyUnit, readingOfPolicy } from './parts.ts';
import { splicedPolicy } from './splicing.ts';
import { type Side, sidesOf } from './three-way.ts';

/**
 * What both policies allow, in the text of `ours`: no entry that the other lacks, nothing more by one that both have, the
 * lower limits, and all that either denies. A conflict where they differ in anything else, since nobody knows what is narrower.
 */
export function narrowerPolicy(ours: Policy, theirs: Policy): MergedPolicy {
  const [here, there] = [readingOfPolicy(ours), readingOfPolicy(theirs)];
  const comparison = new Comparison(
    { rights: ours.rights, tree: here.tree },
    { rights: theirs.rights, tree: there.tree },
  );
  const units = narrowerUnits(here.units, there.units, comparison);
  const entries = narrowerEntries(here.entries, there.entries);
  const conflicts = [...units.conflicts, ...entries.conflicts];
  if (conflicts.length > 0) return { text: null, conflicts };
  const narrowed = splicedPolicy(here, { entries: entries.values, units: units.values }, there, {
    ours: 'all',
    theirs: 'all',
  });
  if ('side' in narrowed) return { text: null, conflicts: [{ about: 'text', ...narrowed }] };
  const { text, tree } = narrowed;
  const wider = comparison.widerIn(tree);
  return wider.length === 0 ? { text, tree, conflicts: null } : { text: null, conflicts: wider };
}

interface Narrowed<T> {
  values: Map<string, T>;
  conflicts: PolicyConflict[];
}

function narrowerUnits(
  ours: ReadonlyMap<string, PolicyUnit>,
  theirs: ReadonlyMap<string, PolicyUnit>,
  comparison: Comparison,
): Narrowed<PolicyUnit> {
  const values = new Map<string, PolicyUnit>();
  const conflicts: PolicyConflict[] = [];
  for (const [key, sides] of sidesOf({ base: new Map<string, PolicyUnit>(), ours, theirs })) {
    const side = isDeepStrictEqual(sides.ours, sides.theirs)
      ? 'ours'
      : comparison.narrower((sides.ours ?? sides.theirs)!.keys);
    const unit = side === null ? undefined : sides[side];
    if (side === null) conflicts.push(unitConflict(sides));
    else if (unit !== undefined) values.set(key, unit);
  }
  return { values, conflicts };
}

function narrowerEntries(
  ours: ReadonlyMap<string, PolicyEntry>,
  theirs: ReadonlyMap<string, PolicyEntry>,
): Narrowed<PolicyEntry> {
  const values = new Map<string, PolicyEntry>();
  const conflicts: PolicyConflict[] = [];
  for (const [key, entry] of ours) {
    const other = theirs.get(key);
    if (other === undefined || haveNothingInCommon(entry, other)) continue;
    const narrower = narrowerEntry(entry, other);
    if (narrower === null) conflicts.push({ about: 'entry', key });
    else values.set(key, narrower);
  }
  return { values, conflicts };
}

function haveNothingInCommon({ gives }: PolicyEntry, other: PolicyEntry): boolean {
  const given = new Set(gives);
  return !other.gives.some((each) => given.has(each));
}

/** That which gives nothing that the other does not give; null where there is none, or it says what nobody knows. */
function narrowerEntry(ours: PolicyEntry, theirs: PolicyEntry): PolicyEntry | null {
  if (!isDeepStrictEqual(ours.rest, theirs.rest)) return null;
  const [here, there] = [new Set(ours.gives), new Set(theirs.gives)];
  if (ours.gives.every((each) => there.has(each))) return ours;
  return theirs.gives.every((each) => here.has(each)) ? theirs : null;
}

interface Compared {
  rights: Permissions;
  tree: YamlMap;
}

/** What each of two policies allows by its settings and the other does not. */
class Comparison {
  readonly #rights: readonly Permissions[];
  readonly #wider: Record<Side, readonly RightsChange[]>;
  readonly #unknown: Record<Side, readonly UnknownPart[]>;

  constructor(ours: Compared, theirs: Compared) {
    const [here, there] = [ours.rights, theirs.rights];
    this.#rights = [here, there];
    this.#wider = { ours: findGains(there, here, 'nothing'), theirs: findGains(here, there, 'nothing') };
    this.#unknown = { ours: unknownPolicyParts(ours.tree), theirs: unknownPolicyParts(theirs.tree) };
  }

  /** Who allows less by the setting at this path; null where each allows what the other does not, or nobody can tell. */
  narrower(keys: readonly string[]): Side | null {
    const isAbout = gainsBy(keys);
    if (isAbout === null || !this.#isAllKnown(keys)) return null;
    const [ours, theirs] = [this.#wider.ours.some(isAbout), this.#wider.theirs.some(isAbout)];
    if (ours && theirs) return null;
    return ours ? 'theirs' : 'ours';
  }

  /** What a policy allows and one of the two does not, however its directories are spelt: of that nobody can say what is narrower. */
  widerIn(policy: YamlMap): PolicyConflict[] {
    const rights = directoriesAlike(permissionsIn(policy));
    const gains = this.#rights.flatMap((side) => findGains(directoriesAlike(side), rights, 'nothing'));
    const keys = new Set(gains.map(({ kind, subject }) => `${kind} ${subject}`));
    return [...keys].map((key) => ({ about: 'entry', key }));
  }

  /** Whether both have the same in it that nobody knows. */
  #isAllKnown(keys: readonly string[]): boolean {
    const unknownTo = (side: Side) =>
      this.#unknown[side]
        .filter(({ path }) => keys.every((key, depth) => path[depth] === key))
        .map(({ path, node }) => ({ path, value: meaningOf(node) }));
    return isDeepStrictEqual(unknownTo('ours'), unknownTo('theirs'));
  }
}

/** Which gains the setting at a path decides about; null for one that cannot be compared. */
function gainsBy([, section, field]: readonly string[]): ((gain: RightsChange) => boolean) | null {
  if (section === 'resources' && field === undefined) return ({ kind }) => kind === 'limit';
  if (field !== 'deny' || section === 'environment') return null;
  return ({ kind, subject }) => kind === 'deny-removed' && subject.startsWith(`${section} `);
}

function directoriesAlike({ storage, ...others }: Permissions): Permissions {
  const alike = (grants: readonly StorageGrant[]) =>
    grants.map(({ uri, access }) => ({ uri: directoryOf(uri), access }));
  return { ...others, storage: { allow: alike(storage.allow), deny: alike(storage.deny) } };
}
