// What a snapshot says of its components, as a comparison takes it.
import type { Policy } from '../../policy/policy.ts';
import { parseVersion, withoutPolicy } from '../../policy/wassette-versions.ts';
import type { Document } from '../../snapshot/document.ts';
import type { SnapshotComponent } from '../../snapshot/shape.ts';
import type { State, StatedComponent } from './state-difference.ts';

/** @param tools their names; null where nobody says them */
export function statedComponent(
  { component_id, artifact, source_uri, keep_policy, secret_names }: SnapshotComponent,
  policy: Policy | null,
  tools: readonly string[] | null,
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

/** What a document alone says of a state: its code is not looked at, and tools are those that Wassette had cached. */
export function statedIn(content: Document): State {
  const { components, metadata } = content.tree;
  return {
    label: content.digest,
    components: components.map((component) =>
      statedComponent(component, content.policyOf(component), component.metadata.tool_names),
    ),
    withoutPolicy: withoutPolicy(parseVersion(metadata?.wassette_version ?? '')),
  };
}
