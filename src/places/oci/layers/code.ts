// The code of a document that is to be written.
import type { Codec, Compression } from '../../../codec/compression/compression.ts';
import type { BlobSource, Blobs, KeptLayer } from '../../../disk/blobs/blob.ts';
import { distinctArtifacts } from '../../../snapshot/oci-manifest.ts';
import type { SnapshotDocument } from '../../../snapshot/shape.ts';

/** Code, a component that has it, and how the place where it is keeps it. */
export interface Code extends BlobSource {
  readonly component_id: string;
  readonly kept: KeptLayer | null;
}

/**
 * Each distinct binary once, with a component that has it. It is looked for when it is opened: what is in the place already is
 * not, and need not be in `blobs`.
 */
export function codeOf(document: SnapshotDocument, blobs: Blobs): Code[] {
  const ids = new Map(
    document.components.map(({ artifact, component_id }) => [artifact.sha256, component_id]),
  );
  return distinctArtifacts(document).map((blob) => ({
    sha256: blob.sha256,
    size: blob.size,
    component_id: ids.get(blob.sha256)!,
    kept: blobs.kept?.(blob) ?? null,
    open: () => blobs.source(blob).open(),
  }));
}

/** What `code` is to be compressed with: as was asked for, or as it is kept where it comes from; null for not at all. */
export function codecFor(code: readonly Code[], compress: Compression | undefined): Codec | null {
  if (compress !== undefined) return compress.codec;
  for (const { kept } of code) if (kept !== null && kept.layer.codec !== null) return kept.layer.codec;
  return null;
}
