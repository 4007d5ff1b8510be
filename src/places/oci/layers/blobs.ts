// The code of one snapshot, by the names that its document gives, wherever and however its place keeps the layers.
import type { BlobName } from '../../../codec/blob-name.ts';
import { inflated } from '../../../codec/compression/streams.ts';
import { type BlobSource, type Blobs, verified } from '../../../disk/blobs/blob.ts';
import { partMissing } from '../../../disk/blobs/blobs.ts';
import type { Layers } from '../../../snapshot/oci-layers.ts';

export class LayerBlobs implements Blobs {
  /** Asking again would be a request for each. That it is the right one is seen when it is copied. */
  readonly #found = new Set<string>();

  /** @param kept the blobs of the place, by the digests of the bytes that are there */
  constructor(
    private readonly layers: Layers,
    private readonly kept: Blobs,
  ) {}

  async has({ sha256, size }: BlobName): Promise<boolean> {
    const layer = this.layers.find(sha256);
    if (layer === null || layer.artifact.size !== size) return false;
    if (this.#found.has(sha256)) return true;
    const isThere = await this.kept.has(layer.kept);
    if (isThere) this.#found.add(sha256);
    return isThere;
  }

  source({ sha256, size }: BlobName): BlobSource {
    const layer = this.layers.find(sha256);
    if (layer === null) throw partMissing(sha256);
    const source = this.kept.source(layer.kept);
    const { codec, kept } = layer;
    if (codec === null) return source;
    return { sha256, size, open: () => inflated(verified(kept, source.open()), codec, size) };
  }
}
