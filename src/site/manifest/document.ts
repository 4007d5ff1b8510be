// Makes the snapshot document that a deployment manifest stands for, once its code is found.
import type { BlobName } from '../../codec/blob-name.ts';
import { shownUri } from '../../codec/shown-uri.ts';
import { generatedPolicy } from '../../deployment/generated-policy.ts';
import type { DeclaredComponent } from '../../deployment/reading.ts';
import { byId } from '../../snapshot/component-id.ts';
import { type Document, readDocument } from '../../snapshot/document.ts';
import { INLINE_POLICY, SNAPSHOT_VERSION } from '../../snapshot/schema.ts';
import type { SnapshotComponent } from '../../snapshot/shape.ts';
import { stateComponentOf, stateDigest } from '../../snapshot/state-digest.ts';
import { toolCacheFor } from '../../snapshot/tool-cache.ts';

/** A component of a manifest, and its bytes. */
export interface ResolvedComponent {
  declared: DeclaredComponent;
  artifact: BlobName;
}

/**
 * Has no times, so it is the same for the same manifest and bytes, wherever and whenever it is made.
 * @throws FormatError FORMAT_INVALID_ID, FORMAT_INVALID_POLICY, FORMAT_LIMIT_EXCEEDED
 */
export function documentOfDeployment(resolved: readonly ResolvedComponent[]): Document {
  const components = resolved.map(describe).sort(byId);
  return readDocument({
    version: SNAPSHOT_VERSION,
    created_at: 0,
    components,
    state_digest: stateDigest(components.map(stateComponentOf)),
  });
}

function describe({ declared, artifact }: ResolvedComponent): SnapshotComponent {
  const { component_id, grants, name } = declared;
  return {
    component_id,
    source_uri: shownUri(declared.uri),
    artifact: { sha256: artifact.sha256, size: artifact.size },
    metadata: toolCacheFor(component_id, undefined, { ...artifact, mtimeSeconds: 0 }),
    ...(grants === null
      ? { keep_policy: true }
      : {
          policy: { content: generatedPolicy(grants, name), source_uri: INLINE_POLICY, created_at: 0 },
        }),
  };
}
