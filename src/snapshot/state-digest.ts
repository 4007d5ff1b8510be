// Computes the state digest: one digest over everything that decides what a host runs.
import { canonicalBytes } from '../codec/canonical-json.ts';
import { sha256Digest } from '../codec/digest.ts';
import { byId } from './component-id.ts';
import type { SnapshotComponent } from './shape.ts';

/** The text of a policy file. One that is not UTF-8 has none, and no snapshot holds it: it is known by its hash. */
export type PolicyInState = string | { sha256: string } | null;

/** The parts of a component that decide what a host runs. */
export interface StateComponent {
  component_id: string;
  artifact: { sha256: string; size: number };
  policy: PolicyInState;
}

/** Equal for two hosts exactly when they would run the same code under the same policy text (F-2.4). */
export function stateDigest(components: readonly StateComponent[]): string {
  const sorted = [...components].sort(byId).map(({ component_id, artifact, policy }) => ({
    artifact: { sha256: artifact.sha256, size: artifact.size },
    component_id,
    policy,
  }));
  return sha256Digest(canonicalBytes({ version: 1, components: sorted }));
}

export function stateComponentOf(component: SnapshotComponent): StateComponent {
  return {
    component_id: component.component_id,
    artifact: component.artifact,
    policy: component.policy?.content ?? null,
  };
}
