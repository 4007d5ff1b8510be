// What one side of a merge did to a component: what tells two states apart, and every field beside it.
import { isDeepStrictEqual } from 'node:util';
import { quoted, quotedWhole, safeText } from '../../codec/safe-text.ts';
import type { Document } from '../../snapshot/document.ts';
import { isAsItWas, type PolicyKind, policyKindOf } from '../../snapshot/merge/component.ts';
import type { SnapshotComponent } from '../../snapshot/shape.ts';
import type { ComponentDifference } from './state-difference.ts';

/** What one side of a merge did to a component. */
export interface SideChange extends ComponentDifference {
  /** What else it changed, in words, a field each, such as where its code came from. */
  fields: readonly string[];
}

/**
 * By component id; those that are as they were are left out.
 * @param differences between the states of both
 */
export function sideChanges(
  from: Document | null,
  to: Document,
  ids: ReadonlySet<string>,
  differences: readonly ComponentDifference[],
): Map<string, SideChange> {
  const told = new Map(differences.map((each) => [each.component_id, each]));
  const [before, after] = [componentsOf(from), componentsOf(to)];
  const changes = new Map<string, SideChange>();
  for (const id of ids) {
    const [was, is] = [before.get(id), after.get(id)];
    if (isAsItWas(was, is)) continue;
    const fields = was === undefined || is === undefined ? [] : changedFields(was, is);
    changes.set(id, { ...(told.get(id) ?? nothingTold(id)), fields });
  }
  return changes;
}

function componentsOf(document: Document | null): Map<string, SnapshotComponent> {
  return new Map(document?.tree.components.map((component) => [component.component_id, component]));
}

function nothingTold(component_id: string): ComponentDifference {
  return { component_id, action: 'changed', code: null, policy: null, tools: [], secretNames: null };
}

const POLICIES: Record<PolicyKind, string> = { own: 'its own', kept: 'that of its host', none: 'none' };

function changedFields(before: SnapshotComponent, after: SnapshotComponent): string[] {
  const kinds = [policyKindOf(before), policyKindOf(after)] as const;
  // What a policy allows is told, but where one is what a host has.
  const isUntold = kinds[0] !== kinds[1] && kinds.includes('kept');
  const haveOwn = kinds.every((kind) => kind === 'own');
  const [was, is] = [fieldsOf(before, haveOwn), fieldsOf(after, haveOwn)];
  const names = [...new Set([...was.keys(), ...is.keys()])].filter(
    (name) => !isDeepStrictEqual(was.get(name), is.get(name)),
  );
  return [
    ...(isUntold ? [`policy: ${POLICIES[kinds[0]]} becomes ${POLICIES[kinds[1]]}`] : []),
    ...names.map((name) => {
      const both = [was.get(name), is.get(name)].map(valueInWords);
      return `${quotedWhole(name)}: ${both.join(' becomes ')}`;
    }),
  ];
}

/** Those that no difference tells. @param withPolicy whether there are two policies to compare */
function fieldsOf(component: SnapshotComponent, withPolicy: boolean): Map<string, unknown> {
  const { component_id, artifact, metadata, policy, keep_policy, secret_names, ...others } = component;
  const { sha256, size, ...ofCode } = artifact;
  const { content, created_at, ...ofPolicy } = policy ?? {};
  const below = (name: string, fields: object) =>
    Object.entries(fields).map(([key, value]) => [`${name}.${key}`, value] as const);
  return new Map<string, unknown>([
    ...Object.entries(others),
    ...below('artifact', ofCode),
    ...(withPolicy ? below('policy', ofPolicy) : []),
  ]);
}

/** One line of a few words, whatever a later version keeps there. */
export function valueInWords(value: unknown): string {
  if (value === undefined) return 'nothing';
  return typeof value === 'string' ? quoted(value) : safeText(JSON.stringify(value));
}
