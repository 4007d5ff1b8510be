// Reads the policies of a document: each text once, however many components have it. Their total length is limited.
import { LIMITS } from '../codec/limits.ts';
import { countLexemes } from '../codec/yaml/reader.ts';
import { FormatError } from '../errors.ts';
import { type Policy, readPolicy, readPolicyWithTree } from '../policy/policy.ts';
import type { SnapshotComponent } from './shape.ts';

/** By their text. */
export type Policies = ReadonlyMap<string, Policy>;

/** The same for a merge, which would have to read each of them again: where it is what is known, trees are kept. */
export class PoliciesWithTrees extends Map<string, Policy> {}

/** How many YAML tokens a policy has, where they were counted: once for all documents that it is in. */
const COUNTED = new WeakMap<Policy, number>();

/**
 * Reads the policies of `components`, but for those in `known`.
 * @returns what was read, and by component id why others cannot be
 * @throws FormatError FORMAT_LIMIT_EXCEEDED for all together
 */
export function readPolicies(
  components: readonly SnapshotComponent[],
  known: Policies = new Map(),
): { policies: Policies; problems: ReadonlyMap<string, FormatError> } {
  const counts = countedLexemes(components, known);
  const readAnew = known instanceof PoliciesWithTrees ? readPolicyWithTree : readPolicy;
  const policies = new Map<string, Policy>();
  const problems = new Map<string, FormatError>();
  for (const { component_id: componentId, policy } of components) {
    if (!policy || policies.has(policy.content)) continue;
    try {
      const read = known.get(policy.content) ?? readAnew(policy.content, { componentId });
      COUNTED.set(read, counts.get(policy.content)!);
      policies.set(policy.content, read);
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      problems.set(componentId, error);
    }
  }
  return { policies, problems };
}

/**
 * By text. Counted before any policy is read, because reading takes several times as long.
 * @throws FormatError FORMAT_LIMIT_EXCEEDED
 */
function countedLexemes(components: readonly SnapshotComponent[], known: Policies): Map<string, number> {
  const counts = new Map<string, number>();
  let left = LIMITS.policyLexemes;
  for (const { component_id, policy } of components) {
    if (!policy || counts.has(policy.content)) continue;
    const read = known.get(policy.content);
    const count = (read && COUNTED.get(read)) ?? countLexemes(policy.content, left);
    counts.set(policy.content, count);
    left -= count;
    if (left >= 0) continue;
    throw new FormatError(
      'FORMAT_LIMIT_EXCEEDED',
      `component "${component_id}": up to here the policies have more than ${LIMITS.policyLexemes} YAML tokens together`,
      {
        hint: 'export it in parts',
        remedy: { do: 'leave-out' },
        details: { component_id, limit: LIMITS.policyLexemes },
      },
    );
  }
  return counts;
}
