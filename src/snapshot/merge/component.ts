// Joins what two people did to one component of a snapshot: its code, its policy, and everything else, a unit each.
import { isDeepStrictEqual } from 'node:util';
import { findGains, type RightsChange } from '../../policy/gains.ts';
import { type MergedPolicy, mergePolicies, type PolicyConflict } from '../../policy/merge/merge.ts';
import { narrowerPolicy } from '../../policy/merge/narrower.ts';
import { type Side, type Sides, sidesOf, sideToTake } from '../../policy/merge/three-way.ts';
import { checkedPolicy, type Policy, type Rights } from '../../policy/policy.ts';
import type { SnapshotComponent } from '../shape.ts';

/** A component as each snapshot has it; undefined where it has none. */
export type ComponentSides = Sides<SnapshotComponent>;
type BothSides = Record<Side, SnapshotComponent>;

/** Why a component is not joined by itself. */
export type ConflictReason =
  | { kind: 'removed'; by: Side }
  /** Each side has different code. */
  | { kind: 'code' }
  /** The same code, said to be from two addresses. */
  | { kind: 'source'; ours: string; theirs: string }
  /** At least one side has no policy of its own. */
  | { kind: 'policy-or-none'; ours: PolicyKind; theirs: PolicyKind }
  /** Two policies that were not made from one. */
  | { kind: 'policies' }
  | { kind: 'policy'; conflicts: readonly PolicyConflict[] }
  /** The new code of one side would get what the other side granted to the code before. */
  | { kind: 'new-code-under-grants'; codeOf: Side; gains: readonly RightsChange[] }
  /** Undefined on a side that does not have it. */
  | { kind: 'field'; name: string; ours: unknown; theirs: unknown };

/** A policy of its own, that of its host as it is, or none. */
export type PolicyKind = 'own' | 'kept' | 'none';

/** The component, undefined where it is removed; or why it is not joined. */
export type MergedComponent =
  | { component: SnapshotComponent | undefined; reasons: null }
  | { component: null; reasons: readonly ConflictReason[] };

/** The policies that the snapshots have, by their text, to which those are added that are joined. */
type KnownPolicies = Map<string, Policy>;

export function mergeComponent(sides: ComponentSides, policies: KnownPolicies): MergedComponent {
  const { base, ours, theirs } = sides;
  const side = sideToTake({ base: lasting(base), ours: lasting(ours), theirs: lasting(theirs) });
  if (side !== null) return joined(sides[side]);
  // Of three that differ, both sides have at most one that is missing.
  if (ours === undefined) return conflict({ kind: 'removed', by: 'ours' });
  if (theirs === undefined) return conflict({ kind: 'removed', by: 'theirs' });
  const code = sideToTake({ base: codeOf(base), ours: codeOf(ours), theirs: codeOf(theirs) });
  const policy = mergedPolicy(base, { ours, theirs }, policies);
  const fields = mergedFields(base, { ours, theirs });
  if (code === null || 'reason' in policy || fields.reasons.length > 0) {
    return conflict(
      ...(code === null ? codeConflicts({ ours, theirs }) : []),
      ...('reason' in policy ? [policy.reason] : []),
      ...fields.reasons,
    );
  }
  const component = composed(ours, { ours, theirs }[code], policy, fields.values);
  const unseen = base === undefined ? null : newCodeUnderGrants(base, { ours, theirs }, component, policies);
  return unseen === null ? joined(component) : conflict(unseen);
}

/**
 * What both sides allow: nothing where one has removed it, the new code where one has it. Still a conflict where the
 * code differs on both sides, or nobody can say which policy is narrower.
 */
export function narrowerComponent(
  { base, ours, theirs }: ComponentSides,
  policies: KnownPolicies,
): MergedComponent {
  if (ours === undefined || theirs === undefined) return joined(undefined);
  const code = sideToTake({ base: codeOf(base), ours: codeOf(ours), theirs: codeOf(theirs) });
  const fields = mergedFields(base, { ours, theirs });
  const policy = narrowed({ ours, theirs }, policies);
  if (code === null || 'reason' in policy || fields.reasons.length > 0) {
    return conflict(
      ...(code === null ? codeConflicts({ ours, theirs }) : []),
      ...('reason' in policy ? [policy.reason] : []),
      ...fields.reasons,
    );
  }
  return joined(composed(ours, { ours, theirs }[code], policy, fields.values));
}

function joined(component: SnapshotComponent | undefined): MergedComponent {
  return { component, reasons: null };
}

function conflict(...reasons: ConflictReason[]): MergedComponent {
  return { component: null, reasons };
}

/** Whether two sides have the same, but for what changes by itself. */
export function isAsItWas(
  before: SnapshotComponent | undefined,
  after: SnapshotComponent | undefined,
): boolean {
  return isDeepStrictEqual(lasting(before), lasting(after));
}

/** Without times and what Wassette had cached, which change by themselves. */
function lasting(component: SnapshotComponent | undefined): object | undefined {
  if (component === undefined) return undefined;
  const { metadata: _cached, policy, ...rest } = component;
  return { ...rest, policy: policy ? { ...policy, created_at: 0 } : null };
}

/** Code, size and source are one. */
function codeOf(component: SnapshotComponent | undefined): object | undefined {
  return component && { artifact: component.artifact, source_uri: component.source_uri };
}

function codeConflicts({ ours, theirs }: BothSides): ConflictReason[] {
  const [here, there] = [ours.artifact, theirs.artifact];
  if (here.sha256 !== there.sha256 || here.size !== there.size) return [{ kind: 'code' }];
  const sources = { ours: ours.source_uri, theirs: theirs.source_uri };
  return [
    ...(sources.ours === sources.theirs ? [] : [{ kind: 'source', ...sources } as const]),
    ...(isDeepStrictEqual(here, there)
      ? []
      : [{ kind: 'field', name: 'artifact', ours: here, theirs: there } as const]),
  ];
}

/** What of a component is its policy. */
type PolicyFields = Pick<SnapshotComponent, 'policy' | 'keep_policy'>;

function mergedPolicy(
  base: SnapshotComponent | undefined,
  sides: BothSides,
  policies: KnownPolicies,
): PolicyFields | { reason: ConflictReason } {
  const states = { base: base && stateOf(base), ours: stateOf(sides.ours), theirs: stateOf(sides.theirs) };
  const side = sideToTake(states);
  if (side !== null) return policyFields(sides[side]);
  const { base: before, ours, theirs } = states;
  if (!isText(ours) || !isText(theirs)) return { reason: policyOrNone(sides) };
  if (!isText(before)) return { reason: { kind: 'policies' } };
  const read = ({ text }: { text: string }) => policies.get(text)!;
  const merged = mergePolicies({ base: read(before), ours: read(ours), theirs: read(theirs) });
  return withText(sides.ours, merged, policies);
}

function narrowed(
  { ours, theirs }: BothSides,
  policies: KnownPolicies,
): PolicyFields | { reason: ConflictReason } {
  const [here, there] = [stateOf(ours), stateOf(theirs)];
  if (isDeepStrictEqual(here, there)) return policyFields(ours);
  if (!isText(here) || !isText(there)) return { reason: policyOrNone({ ours, theirs }) };
  return withText(ours, narrowerPolicy(policies.get(here.text)!, policies.get(there.text)!), policies);
}

function withText(
  { component_id: componentId, policy }: SnapshotComponent,
  merged: MergedPolicy,
  policies: KnownPolicies,
): PolicyFields | { reason: ConflictReason } {
  if (merged.text === null) return { reason: { kind: 'policy', conflicts: merged.conflicts } };
  const read = checkedPolicy(merged, { componentId });
  policies.set(read.text, read);
  return { policy: { ...policy!, content: read.text } };
}

type PolicyState = { text: string } | Exclude<PolicyKind, 'own'>;

function stateOf({ policy, keep_policy }: SnapshotComponent): PolicyState {
  if (policy) return { text: policy.content };
  return keep_policy ? 'kept' : 'none';
}

export function policyKindOf(component: SnapshotComponent): PolicyKind {
  const state = stateOf(component);
  return isText(state) ? 'own' : state;
}

function policyOrNone({ ours, theirs }: BothSides): ConflictReason {
  return { kind: 'policy-or-none', ours: policyKindOf(ours), theirs: policyKindOf(theirs) };
}

function isText(state: PolicyState | undefined): state is { text: string } {
  return typeof state === 'object';
}

function policyFields({ policy, keep_policy }: SnapshotComponent): PolicyFields {
  return { ...(policy ? { policy } : {}), ...(keep_policy ? { keep_policy } : {}) };
}

/** Names of secrets one by one, and each field that later versions have as a whole. */
function mergedFields(
  base: SnapshotComponent | undefined,
  sides: BothSides,
): { values: object; reasons: ConflictReason[] } {
  const values: Record<string, unknown> = {};
  const reasons: ConflictReason[] = [];
  const maps = { base: otherFields(base), ours: otherFields(sides.ours), theirs: otherFields(sides.theirs) };
  for (const [name, each] of sidesOf(maps)) {
    const side = sideToTake(each);
    if (side === null) reasons.push({ kind: 'field', name, ours: each.ours, theirs: each.theirs });
    else if (each[side] !== undefined) values[name] = each[side];
  }
  const names = mergedNames(base?.secret_names, sides.ours.secret_names, sides.theirs.secret_names);
  if (names.length > 0) values.secret_names = names;
  return { values, reasons };
}

function otherFields(component: SnapshotComponent | undefined): Map<string, unknown> {
  if (component === undefined) return new Map();
  const { component_id, artifact, source_uri, metadata, policy, keep_policy, secret_names, ...others } =
    component;
  return new Map(Object.entries(others));
}

/** There is no limit to how many there are. */
function mergedNames(
  base: readonly string[] = [],
  ours: readonly string[] = [],
  theirs: readonly string[] = [],
): string[] {
  const [before, here, there] = [new Set(base), new Set(ours), new Set(theirs)];
  const isKept = (name: string) => here.has(name) && there.has(name);
  return [...new Set([...here, ...there])].filter((name) => isKept(name) || !before.has(name)).sort();
}

function composed(
  { component_id }: SnapshotComponent,
  { artifact, source_uri, metadata }: SnapshotComponent,
  policy: PolicyFields,
  fields: object,
): SnapshotComponent {
  return { component_id, source_uri, artifact, metadata, ...policy, ...fields };
}

/**
 * A merge that nobody approved: one side has granted something to the code that it knew, and the other side brings
 * other code. Whoever brought the code did not see the grant, and who granted did not see the code.
 */
function newCodeUnderGrants(
  base: SnapshotComponent,
  sides: BothSides,
  merged: SnapshotComponent,
  policies: KnownPolicies,
): ConflictReason | null {
  const isNew = (side: Side) => sides[side].artifact.sha256 !== base.artifact.sha256;
  if (isNew('ours') === isNew('theirs')) return null;
  const codeOf: Side = isNew('ours') ? 'ours' : 'theirs';
  const gains = gainsBetween(sides[codeOf], merged, policies);
  return gains === null || gains.length > 0
    ? { kind: 'new-code-under-grants', codeOf, gains: gains ?? [] }
    : null;
}

/** Null where a host's own policy is kept, of which nothing is known here. */
function gainsBetween(
  before: SnapshotComponent,
  after: SnapshotComponent,
  policies: KnownPolicies,
): RightsChange[] | null {
  if (isDeepStrictEqual(stateOf(before), stateOf(after))) return [];
  const [had, gets] = [rightsOf(before, policies), rightsOf(after, policies)];
  return had === null || gets === null ? null : findGains(had, gets);
}

function rightsOf({ policy, keep_policy }: SnapshotComponent, policies: KnownPolicies): Rights | null {
  if (policy) return policies.get(policy.content)!.rights;
  return keep_policy ? null : 'none';
}
