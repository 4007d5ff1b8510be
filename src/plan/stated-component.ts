// What a snapshot says of one component, as a comparison takes it.
import type { Policy } from '../policy/policy.ts';
import type { SnapshotComponent } from '../snapshot/shape.ts';
import type { StatedComponent } from './state-difference.ts';

/** @param tools their names, as far as they are known */
export function statedComponent(
  { component_id, artifact, source_uri, keep_policy, secret_names }: SnapshotComponent,
  policy: Policy | null,
  tools: readonly string[],
): StatedComponent {
  return {
    component_id,
    code: { sha256: artifact.sha256, size: artifact.size, sourceUri: source_uri },
    tools,
    rights: keep_policy ? null : (policy?.rights ?? 'none'),
    policyText: policy?.text ?? null,
    secretNames: secret_names ?? [],
  };
}
