// What the snapshots of a layout have compressed already, so that it is not compressed again.
import type { BlobName } from '../../../codec/blob-name.ts';
import type { Codec } from '../../../codec/compression/compression.ts';
import { Layers } from '../../../snapshot/oci-layers.ts';
import type { Index } from '../../../snapshot/oci-manifest.ts';
import type { OciBlobs } from '../blobs.ts';
import { findCompressed } from '../index-value.ts';
import { nullIfDamaged, readImage } from '../stored-snapshot.ts';

/** Each is read. What was in none of them is compressed anew, and mostly becomes the same bytes. */
const MOST_SNAPSHOTS = 32;

/** Layers of the newest snapshots, at least of all `wanted` code that is in them. One that is damaged is passed over. */
export async function knownLayers(
  blobs: OciBlobs,
  index: Index,
  codec: Codec,
  wanted: readonly BlobName[],
): Promise<Layers> {
  let known = new Layers([]);
  for (const descriptor of findCompressed(index, codec).slice(0, MOST_SNAPSHOTS)) {
    const image = await readImage(blobs, descriptor).catch(nullIfDamaged);
    if (image !== null) known = known.with(Layers.in(image));
    if (wanted.every(({ sha256 }) => known.find(sha256) !== null)) break;
  }
  return known;
}
