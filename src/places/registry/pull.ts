// Opens a snapshot of a repository: one look at the tag, and from there on by digests alone.
import { inParallel } from '../../disk/parallel.ts';
import { FormatError, VerificationError } from '../../errors.ts';
import { type Descriptor, MANIFEST_MEDIA_TYPE } from '../../snapshot/oci-manifest.ts';
import { assertFewSignatures, type CarriedSignature } from '../../snapshot/signatures/signature.ts';
import { readSignatureAt } from '../oci/signatures.ts';
import { RegistryBlobs } from './blobs.ts';
import { readManifest } from './manifests.ts';
import { listReferrers } from './referrers.ts';
import type { Repository } from './repository.ts';

const AT_ONCE = 8;

/** A manifest that was found, and the blobs of its repository. */
export interface FoundManifest {
  readonly descriptor: Descriptor;
  readonly blobs: RegistryBlobs;
}

/**
 * What a tag or digest names; null for nothing.
 * @throws FormatError FORMAT_NOT_A_SNAPSHOT where it is no image manifest; as `readManifest`
 */
export async function findManifest(
  repository: Repository,
  reference: string,
  signal: AbortSignal | undefined,
): Promise<FoundManifest | null> {
  const found = await readManifest(repository, reference, signal);
  if (found === null) return null;
  if (found.mediaType !== MANIFEST_MEDIA_TYPE) throw notAManifest(repository);
  const descriptor = { mediaType: MANIFEST_MEDIA_TYPE, digest: found.digest, size: found.bytes.length };
  return { descriptor, blobs: new RegistryBlobs(repository, signal, found) };
}

/**
 * The signatures of the manifest `digest`, in the order in which the registry lists them.
 * @throws FormatError FORMAT_INVALID_SIGNATURE, FORMAT_INVALID, FORMAT_LIMIT_EXCEEDED; as `listReferrers`
 */
export async function pullSignatures(
  repository: Repository,
  digest: string,
  signal: AbortSignal | undefined,
): Promise<CarriedSignature[]> {
  const blobs = new RegistryBlobs(repository, signal);
  const listed = await listReferrers(repository, digest, signal);
  const found = new Map<number, CarriedSignature>();
  await inParallel(listed.entries(), AT_ONCE, async ([position, entry]) => {
    const signature = await readSignatureAt(blobs, entry, digest).catch(nullIfGone);
    if (signature !== null) found.set(position, signature);
  });
  const signatures = [...found].sort(([a], [b]) => a - b).map(([, signature]) => signature);
  assertFewSignatures(signatures);
  return signatures;
}

/** A list may go on naming what was removed. */
function nullIfGone(error: unknown): null {
  if (error instanceof VerificationError && error.code === 'VERIFY_PART_MISSING') return null;
  throw error;
}

function notAManifest({ uri }: Repository): FormatError {
  return new FormatError('FORMAT_NOT_A_SNAPSHOT', `what is named in ${uri} is not a snapshot`, {
    hint: 'the tag or digest belongs to another kind of image',
  });
}
