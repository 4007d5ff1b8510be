// A signature in an OCI layout or registry: an image manifest of its own that refers to the manifest of the snapshot, in the
// form in which cosign finds it.
import { canonicalBytes } from '../../codec/canonical-json.ts';
import { sha256Digest } from '../../codec/digest.ts';
import { BUNDLE_MEDIA_TYPE } from '../../codec/dsse/bundle.ts';
import { PREDICATE_TYPE } from '../../codec/dsse/statement.ts';
import { type Descriptor, type Image, MANIFEST_MEDIA_TYPE } from '../oci-manifest.ts';
import { type CarriedSignature, SSH_SIGNATURE_MEDIA_TYPE, signatureFile } from './signature.ts';

const EMPTY_MEDIA_TYPE = 'application/vnd.oci.empty.v1+json';
const EMPTY = Buffer.from('{}');

/** Which manifest an entry of an index is about, so that none has to be opened for that. */
export const SUBJECT = 'dev.wassette-state.subject';

export interface Referrer {
  /** The entry of the index. */
  descriptor: Descriptor;
  /** The manifest, its layer and its config. */
  blobs: readonly Buffer[];
}

/** @param subject the descriptor of the snapshot's manifest */
export function referrerFor(signature: CarriedSignature, subject: Descriptor): Referrer {
  const { mediaType, bytes } = signatureFile(signature);
  const manifest = canonicalBytes({
    schemaVersion: 2,
    mediaType: MANIFEST_MEDIA_TYPE,
    artifactType: mediaType,
    config: described(EMPTY_MEDIA_TYPE, EMPTY),
    layers: [described(mediaType, bytes)],
    subject: { mediaType: subject.mediaType, digest: subject.digest, size: subject.size },
    ...(mediaType === BUNDLE_MEDIA_TYPE ? { annotations: BUNDLE_ANNOTATIONS } : {}),
  });
  const entry = { ...described(MANIFEST_MEDIA_TYPE, manifest), artifactType: mediaType };
  return {
    descriptor: { ...entry, annotations: { [SUBJECT]: subject.digest } },
    blobs: [manifest, bytes, EMPTY],
  };
}

/** As cosign writes them. */
const BUNDLE_ANNOTATIONS = {
  'dev.sigstore.bundle.content': 'dsse-envelope',
  'dev.sigstore.bundle.predicateType': PREDICATE_TYPE,
};

function described(mediaType: string, bytes: Buffer): Descriptor {
  return { mediaType, digest: sha256Digest(bytes), size: bytes.length };
}

/** The layer that is a signature of the manifest `digest`; null where the image is something else. */
export function signatureLayer({ subject, layers }: Image, digest: string): Descriptor | null {
  const [layer, ...others] = layers;
  if (subject?.digest !== digest || layer === undefined || others.length > 0) return null;
  return [BUNDLE_MEDIA_TYPE, SSH_SIGNATURE_MEDIA_TYPE].includes(layer.mediaType) ? layer : null;
}
