// Reads the policies of a document: each text once, however many components have it. Their total length is limited.
import { LIMITS } from '../codec/limits.ts';
import { countLexemes } from '../codec/yaml/reader.ts';
import { FormatError } from '../errors.ts';
import { type Policy, readPolicy } from '../policy/policy.ts';
import type { SnapshotComponent } from './shape.ts';

/** By their text. */
export type Policies = ReadonlyMap<string, Policy>;

/**
 * Reads the policies of `components`, but for those in `known`.
 * @returns what was read, and by component id why others cannot be
 * @throws FormatError FORMAT_LIMIT_EXCEEDED for all together
 */
export function readPolicies(
  components: readonly SnapshotComponent[],
  known: Policies = new Map(),
): { policies: Policies; problems: ReadonlyMap<string, FormatError> } {
  assertReadable(components);
  const policies = new Map<string, Policy>();
  const problems = new Map<string, FormatError>();
  for (const { component_id: componentId, policy } of components) {
    if (!policy || policies.has(policy.content)) continue;
    try {
      const read = known.get(policy.content) ?? readPolicy(policy.content, { componentId });
      policies.set(policy.content, read);
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      problems.set(componentId, error);
    }
  }
  return { policies, problems };
}

/** Counted before any policy is read, because reading takes ten times as long. */
function assertReadable(components: readonly SnapshotComponent[]): void {
  const counted = new Set<string>();
  let left = LIMITS.policyLexemes;
  for (const { component_id, policy } of components) {
    if (!policy || counted.has(policy.content)) continue;
    counted.add(policy.content);
    left -= countLexemes(policy.content, left);
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
}
