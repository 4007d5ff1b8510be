// Makes the signatures of a document: a bundle over its digest, one over its OCI manifest, and perhaps an SSH signature.
import { bundleFor } from '../../codec/dsse/bundle.ts';
import type { PublicKey } from '../../codec/keys/public-key.ts';
import type { SigningKey } from '../../codec/keys/signing-key.ts';
import { sshSignatureOf } from '../../codec/ssh/signature.ts';
import type { Document } from '../document.ts';
import { manifestFor } from '../oci-manifest.ts';
import { assertFewSignatures, type CarriedSignature, carriedSshSignature } from './signature.ts';
import { type CheckedSignature, checkSignatures, type SignedThing } from './verification.ts';

/** Who signs, and how. */
export interface Signer {
  readonly key: SigningKey;
  /** Whether an SSH signature is made, too: of an Ed25519 key. */
  readonly ssh?: boolean | undefined;
}

interface Missing {
  kind: CheckedSignature['kind'];
  over: SignedThing;
  make(): CarriedSignature;
}

/**
 * Those that are there, and behind them what `signers` have not signed yet.
 * @param things what is signed; the manifest only with its code uncompressed
 * @throws FormatError FORMAT_INVALID_KEY for an SSH signature of another key than Ed25519, FORMAT_LIMIT_EXCEEDED
 */
export function signedBy(
  signers: readonly Signer[],
  document: Document,
  present: readonly CarriedSignature[],
  things: readonly SignedThing[] = ['document', 'manifest'],
): CarriedSignature[] {
  const signatures = [...present];
  for (const signer of signers) {
    const { publicKey } = signer.key;
    const made = checkSignatures(signatures, document, [publicKey]).filter(
      (one) => one.problem === null && one.signer?.fingerprint === publicKey.fingerprint,
    );
    const missing = wantedOf(signer, document).filter(
      ({ kind, over }) =>
        things.includes(over) && !made.some((one) => one.kind === kind && one.over === over),
    );
    signatures.push(...missing.map(({ make }) => make()));
  }
  if (signatures.length > present.length) assertFewSignatures(signatures);
  return signatures;
}

/** The bundle over the document that this key made; null where it made none. */
export function documentBundleOf(
  key: PublicKey,
  document: Document,
  signatures: readonly CarriedSignature[],
): CarriedSignature | null {
  const found = checkSignatures(signatures, document, [key]).findIndex(
    ({ kind, over, signer, problem }) =>
      problem === null &&
      kind === 'sigstore' &&
      over === 'document' &&
      signer?.fingerprint === key.fingerprint,
  );
  return signatures[found] ?? null;
}

function wantedOf({ key, ssh = false }: Signer, document: Document): Missing[] {
  const bundle = (over: SignedThing, digest: string): Missing => ({
    kind: 'sigstore',
    over,
    make: () => bundleFor({ name: over, digest }, key),
  });
  const wanted = [bundle('document', document.digest), bundle('manifest', manifestFor(document).digest)];
  if (!ssh) return wanted;
  const make = () => carriedSshSignature(sshSignatureOf(document.bytes, key));
  return [...wanted, { kind: 'ssh', over: 'document', make }];
}
