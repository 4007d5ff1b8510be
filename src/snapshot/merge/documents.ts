// Joins two snapshots that were made from one: component by component, and nothing where any of them is in conflict.

import { quoted } from '../../codec/safe-text.ts';
import { UsageError } from '../../errors.ts';
import { sidesOf, sideToTake } from '../../policy/merge/three-way.ts';
import type { Policy } from '../../policy/policy.ts';
import { byId } from '../component-id.ts';
import { type Document, readDocument } from '../document.ts';
import type { SnapshotComponent, SnapshotDocument } from '../shape.ts';
import { stateComponentOf, stateDigest } from '../state-digest.ts';
import {
  type ComponentSides,
  type ConflictReason,
  type MergedComponent,
  mergeComponent,
  narrowerComponent,
} from './component.ts';
import { mergedSecrets } from './secrets.ts';

/** How a conflict about a component is settled. */
export type Settlement = 'ours' | 'theirs' | 'narrower';

/** The snapshots; null where there is none that both were made from. */
export interface DocumentSides {
  base: Document | null;
  ours: Document;
  theirs: Document;
}

/** A component about which nobody has decided. */
export interface ComponentConflict {
  component_id: string;
  reasons: readonly ConflictReason[];
}

/** The snapshot, and what a reader should know of it; or why there is none. */
export type MergedDocument =
  | { document: Document; notes: readonly string[]; conflicts: null }
  | { document: null; conflicts: readonly ComponentConflict[] };

/**
 * @param settled by component id
 * @throws UsageError USAGE_BAD_ARGUMENT where one of `settled` is not in conflict
 * @throws FormatError FORMAT_INVALID_ID where ids clash that are not in one snapshot, FORMAT_LIMIT_EXCEEDED
 */
export function mergedDocument(
  sides: DocumentSides,
  settled: ReadonlyMap<string, Settlement>,
): MergedDocument {
  const { base, ours, theirs } = sides;
  const policies = new Map([...(base?.policies ?? []), ...ours.policies, ...theirs.policies]);
  const { components, conflicts } = mergeComponents(sides, settled, policies);
  if (conflicts.length > 0) return { document: null, conflicts };
  const { description, notes } = mergedDescription(sides);
  const tree = {
    ...description,
    // Not the time of the merge: whoever joins the same snapshots gets the same one.
    created_at: Math.max(ours.tree.created_at, theirs.tree.created_at),
    components,
    state_digest: stateDigest(components.map(stateComponentOf)),
    parents: [...new Set([ours.digest, theirs.digest])],
  };
  const secrets = mergedSecrets(sides, tree.state_digest);
  return {
    document: readDocument({ ...tree, ...secrets.fields }, policies),
    notes: [...notes, ...secrets.notes],
    conflicts: null,
  };
}

function mergeComponents(
  { base, ours, theirs }: DocumentSides,
  settled: ReadonlyMap<string, Settlement>,
  policies: Map<string, Policy>,
): { components: SnapshotComponent[]; conflicts: ComponentConflict[] } {
  const components: SnapshotComponent[] = [];
  const conflicts: ComponentConflict[] = [];
  const maps = { base: componentsOf(base), ours: componentsOf(ours), theirs: componentsOf(theirs) };
  for (const [component_id, sides] of sidesOf(maps)) {
    const merged = mergeComponent(sides, policies);
    const settlement = settled.get(component_id);
    if (merged.reasons === null && settlement !== undefined) throw notInConflict(component_id);
    const { component, reasons } =
      settlement === undefined ? merged : settledComponent(sides, settlement, policies);
    if (reasons !== null) conflicts.push({ component_id, reasons });
    else if (component !== undefined) components.push(component);
  }
  return { components: components.sort(byId), conflicts: conflicts.sort(byId) };
}

function notInConflict(id: string): UsageError {
  return new UsageError('USAGE_BAD_ARGUMENT', `there is no conflict about ${quoted(id)} to settle`, {
    hint: 'leave it out: it is joined by itself',
    details: { component_id: id },
  });
}

function settledComponent(
  sides: ComponentSides,
  settlement: Settlement,
  policies: Map<string, Policy>,
): MergedComponent {
  return settlement === 'narrower'
    ? narrowerComponent(sides, policies)
    : { component: sides[settlement], reasons: null };
}

function componentsOf(document: Document | null): Map<string, SnapshotComponent> {
  return new Map(document?.tree.components.map((component) => [component.component_id, component]));
}

/** What a snapshot says beside its components and what is bound to their state. */
type Description = Omit<SnapshotDocument, 'components' | 'state_digest' | 'created_at'>;
const BOUND = new Set([
  'version',
  'created_at',
  'components',
  'state_digest',
  'secrets',
  'secret_identity',
  'parents',
]);

/** It decides nothing that runs: where both sides changed a part of it, that of ours stays. */
function mergedDescription({ base, ours, theirs }: DocumentSides): {
  description: Description;
  notes: string[];
} {
  const description: Description = { version: 1 };
  const notes: string[] = [];
  const maps = { base: describing(base), ours: describing(ours), theirs: describing(theirs) };
  for (const [key, sides] of sidesOf(maps)) {
    const side = sideToTake(sides);
    const value = sides[side ?? 'ours'];
    if (side === null) notes.push(`both sides changed ${quoted(key)}: it is as ours has it`);
    if (value !== undefined) (description as Record<string, unknown>)[key] = value;
  }
  return { description, notes };
}

function describing(document: Document | null): Map<string, unknown> {
  const fields = Object.entries(document?.tree ?? {});
  return new Map(fields.filter(([key, value]) => !BOUND.has(key) && value !== null));
}
