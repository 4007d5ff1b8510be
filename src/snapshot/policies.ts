// What the policies of a snapshot say. Each text is read once, however many components have it and however often they
// are asked for; together they may be only so long.

import { DEFAULT_LIMITS, type Limits } from '../codec/limits.ts';
import { countLexemes } from '../codec/yaml/reader.ts';
import { FormatError } from '../errors.ts';
import { assertPolicySize, type Permissions, parsePolicy } from '../policy/policy.ts';
import type { SnapshotComponent, SnapshotPolicy } from './document.ts';

/** By what holds the text, and for as long as that lives. */
const known = new WeakMap<SnapshotPolicy, { content: string; permissions: Permissions }>();

/** @throws FormatError FORMAT_LIMIT_EXCEEDED for all together, or as `policyOf`, naming the component */
export function readPolicies(components: readonly SnapshotComponent[], limits: Limits): void {
  for (const error of findPolicyProblems(components, limits).values()) throw error;
}

/** Why the policies of some components cannot be read, by id. @throws FormatError FORMAT_LIMIT_EXCEEDED for all together */
export function findPolicyProblems(
  components: readonly SnapshotComponent[],
  limits: Limits,
): Map<string, FormatError> {
  assertReadable(components, limits);
  const byContent = new Map<string, Permissions>();
  const problems = new Map<string, FormatError>();
  for (const component of components) {
    const { policy } = component;
    if (!policy) continue;
    const { content } = policy;
    try {
      const permissions = byContent.get(content) ?? read(component, content, limits);
      byContent.set(content, permissions);
      known.set(policy, { content, permissions });
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      problems.set(component.component_id, error);
    }
  }
  return problems;
}

/** Counted before any is read, which takes ten times as long. */
function assertReadable(components: readonly SnapshotComponent[], { policyLexemes }: Limits): void {
  const counted = new Set<string>();
  let left = policyLexemes;
  for (const { component_id, policy } of components) {
    if (!policy || counted.has(policy.content)) continue;
    counted.add(policy.content);
    left -= countLexemes(policy.content, left);
    if (left >= 0) continue;
    throw new FormatError(
      'FORMAT_LIMIT_EXCEEDED',
      `component "${component_id}": up to here the policies have more than ${policyLexemes} words and signs together`,
      {
        hint: 'export it in parts',
        remedy: { do: 'leave-out' },
        details: { component_id, limit: policyLexemes },
      },
    );
  }
}

/** The permissions of a component, or null when it has no policy. @throws FormatError FORMAT_INVALID_POLICY */
export function policyOf(component: SnapshotComponent): Permissions | null {
  const { policy } = component;
  if (!policy) return null;
  const before = known.get(policy);
  if (before?.content === policy.content) return before.permissions;
  return read(component, policy.content, DEFAULT_LIMITS);
}

function read({ component_id }: SnapshotComponent, content: string, limits: Limits): Permissions {
  const owner = { componentId: component_id };
  assertPolicySize(Buffer.byteLength(content), owner, limits);
  return parsePolicy(content, owner);
}
