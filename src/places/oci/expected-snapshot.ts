// Recognizes the stored snapshot of a state that has not changed by its digest, which is the same when nothing but the time
// differs: so an export of very many components that changes nothing has nothing to parse.
import { LIMITS } from '../../codec/limits.ts';
import { Document } from '../../snapshot/document.ts';
import { Layers } from '../../snapshot/oci-layers.ts';
import { CREATED, type Descriptor, MAX_MANIFEST_BYTES, manifestFor } from '../../snapshot/oci-manifest.ts';
import { parentsIn } from './index-value.ts';
import { type BlobReader, readSnapshot, type StoredSnapshot } from './stored-snapshot.ts';

/** As `readSnapshot`, of what may be `wanted` made at another time. @throws as `readSnapshot` */
export async function readExpected(
  blobs: BlobReader,
  descriptor: Descriptor,
  wanted: Document,
): Promise<StoredSnapshot> {
  const made = Date.parse(descriptor.annotations?.[CREATED] ?? '') / 1000;
  if (!Number.isSafeInteger(made)) return readSnapshot(blobs, descriptor, wanted.policies);
  const parents = parentsIn(descriptor);
  const from = parents === undefined ? {} : { parents };
  const document = new Document({ ...wanted.tree, ...from, created_at: made }, wanted.policies);
  const { manifest, digest } = manifestFor(document);
  if (digest !== descriptor.digest) return readSnapshot(blobs, descriptor, wanted.policies);
  // The same digest is the same manifest and document; whether they are whole is seen by reading them.
  await blobs.read(descriptor, MAX_MANIFEST_BYTES);
  await blobs.read(manifest.config, LIMITS.documentBytes);
  return { document, manifest, layers: Layers.in(manifest) };
}
