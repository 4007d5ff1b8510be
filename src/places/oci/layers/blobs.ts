// The code of one snapshot, by the names that its document gives, wherever and however its place keeps the layers.
import type { BlobName } from '../../../codec/blob-name.ts';
import { inflated } from '../../../codec/compression/streams.ts';
import { type BlobSource, type Blobs, type KeptLayer, verified } from '../../../disk/blobs/blob.ts';
import { partMissing } from '../../../disk/blobs/blobs.ts';
import type { Layers } from '../../../snapshot/oci-layers.ts';

export class LayerBlobs implements Blobs {
  /** Asking again would be a request for each. That it is the right one is seen when it is copied. */
  readonly #found = new Set<string>();

  /** @param all the blobs of the place, by the digests of the bytes that are there */
  constructor(
    private readonly layers: Layers,
    private readonly all: Blobs,
  ) {}

  async has({ sha256, size }: BlobName): Promise<boolean> {
    const layer = this.layers.find(sha256);
    if (layer === null || layer.artifact.size !== size) return false;
    if (this.#found.has(sha256)) return true;
    const isThere = await this.all.has(layer.kept);
    if (isThere) this.#found.add(sha256);
    return isThere;
  }

  source({ sha256, size }: BlobName): BlobSource {
    const layer = this.layers.find(sha256);
    if (layer === null) throw partMissing(sha256);
    const source = this.all.source(layer.kept);
    const { codec, kept } = layer;
    if (codec === null) return source;
    return { sha256, size, open: () => inflated(verified(kept, source.open()), codec, size) };
  }

  kept({ sha256 }: BlobName): KeptLayer | null {
    const layer = this.layers.find(sha256);
    return layer && { layer, source: this.all.source(layer.kept) };
  }
}
