// The code of a document that is to be written.
import type { BlobSource, Blobs } from '../../../disk/blobs/blob.ts';
import { distinctArtifacts } from '../../../snapshot/oci-manifest.ts';
import type { SnapshotDocument } from '../../../snapshot/shape.ts';

/**
 * Each distinct binary once, with a component that has it. It is looked for when it is opened: what is in the place already is
 * not, and need not be in `blobs`.
 */
export function codeOf(document: SnapshotDocument, blobs: Blobs): (BlobSource & { component_id: string })[] {
  const ids = new Map(
    document.components.map(({ artifact, component_id }) => [artifact.sha256, component_id]),
  );
  return distinctArtifacts(document).map((blob) => ({
    sha256: blob.sha256,
    size: blob.size,
    component_id: ids.get(blob.sha256)!,
    open: () => blobs.source(blob).open(),
  }));
}
