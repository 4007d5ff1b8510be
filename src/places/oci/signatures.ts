// The signatures of a snapshot in a layout: images of their own that refer to its manifest (F-14.5).
import type { Document } from '../../snapshot/document.ts';
import {
  type Descriptor,
  type Index,
  MANIFEST_MEDIA_TYPE,
  manifestFor,
} from '../../snapshot/oci-manifest.ts';
import {
  type Referrer,
  referrerFor,
  SUBJECT,
  signatureLayer,
} from '../../snapshot/signatures/oci-referrer.ts';
import {
  assertFewSignatures,
  type CarriedSignature,
  carriedSshSignature,
  SSH_SIGNATURE_MEDIA_TYPE,
  signatureIn,
  together,
} from '../../snapshot/signatures/signature.ts';
import { signedBy } from '../../snapshot/signatures/signing.ts';
import type { SigningOptions } from '../place.ts';
import { digestIn } from './index-value.ts';
import { type BlobReader, readImage } from './stored-snapshot.ts';

/** What adds the signatures that a snapshot lacks. */
export interface MadeSignatures {
  /** All of them, those that were there included. */
  signatures: readonly CarriedSignature[];
  referrers: readonly Referrer[];
}

const MAX_SIGNATURE_BYTES = 1024 * 1024;

/**
 * Those of the snapshot with this manifest, in the order of the index.
 * @throws FormatError FORMAT_INVALID_SIGNATURE for a bundle that is no JSON, FORMAT_INVALID, FORMAT_LIMIT_EXCEEDED
 * @throws VerificationError VERIFY_DIGEST_MISMATCH, VERIFY_PART_MISSING
 */
export async function readSignatures(
  blobs: BlobReader,
  index: Index,
  { digest }: Descriptor,
): Promise<CarriedSignature[]> {
  const found: CarriedSignature[] = [];
  for (const entry of index.manifests) {
    const signature = await readSignatureAt(blobs, entry, digest);
    if (signature !== null) found.push(signature);
    assertFewSignatures(found);
  }
  return found;
}

/** What an entry of a list has; null where it is no signature of the snapshot with the manifest `digest`. @throws as `readSignatures` */
export async function readSignatureAt(
  blobs: BlobReader,
  entry: Descriptor,
  digest: string,
): Promise<CarriedSignature | null> {
  if (!mayReferTo(entry, digest)) return null;
  const layer = signatureLayer(await readImage(blobs, entry), digest);
  return layer && (await readSignature(blobs, layer));
}

/** Another program that copied it may have dropped the annotation; then only the manifest tells. */
function mayReferTo(entry: Descriptor, digest: string): boolean {
  if (entry.mediaType !== MANIFEST_MEDIA_TYPE || digestIn(entry) !== undefined) return false;
  return (entry.annotations?.[SUBJECT] ?? digest) === digest;
}

async function readSignature(blobs: BlobReader, layer: Descriptor): Promise<CarriedSignature> {
  const bytes = await blobs.read(layer, MAX_SIGNATURE_BYTES);
  return layer.mediaType === SSH_SIGNATURE_MEDIA_TYPE
    ? carriedSshSignature(bytes.toString('latin1'))
    : signatureIn(bytes);
}

/**
 * What is not there yet of signatures made before, and of those of `signers`. Where the code is kept compressed, the manifest
 * that is there is none that anybody else could make, and is not signed.
 * @throws as `signedBy`
 */
export function madeSignatures(
  { signatures: given = [], signers = [] }: SigningOptions,
  document: Document,
  descriptor: Descriptor,
  present: readonly CarriedSignature[],
): MadeSignatures {
  const isPlain = signers.length > 0 && descriptor.digest === manifestFor(document).digest;
  const signatures = signedBy(
    signers,
    document,
    together(present, given),
    isPlain ? ['document', 'manifest'] : ['document'],
  );
  const referrers = signatures.slice(present.length).map((signature) => referrerFor(signature, descriptor));
  return { signatures, referrers };
}
