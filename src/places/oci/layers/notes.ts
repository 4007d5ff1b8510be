// What somebody should know who had code compressed, or signed what is compressed.
import type { Codec } from '../../../codec/compression/compression.ts';
import type { WritingOptions } from '../../place.ts';
import type { Transfer } from '../../transfer.ts';

const UNSIGNED_MANIFEST =
  'its code is compressed, so the signatures are of the snapshot and none is of its manifest: tools that know only images do not find them';

/** @param codec what code of the snapshot is compressed with where it was written */
export function notesOn(
  { signers = [], compress }: WritingOptions,
  codec: Codec | null,
  { skipped }: Transfer,
): string[] {
  const isLeft = compress !== undefined && codec !== compress.codec && skipped.blobs > 0;
  return [
    ...(codec !== null && signers.length > 0 ? [UNSIGNED_MANIFEST] : []),
    ...(isLeft ? ['the same snapshot was there already, and its code was left as it is'] : []),
  ];
}
