// The story of a verification: every byte is what its digest says, and each signature is of its key over this snapshot.
// Whether that signer is one we accept is asked apart from that.
import type { PublicKey } from './codec/keys/public-key.ts';
import { nowSeconds } from './disk/clock.ts';
import { StateError, VerificationError } from './errors.ts';
import { openSnapshot } from './open.ts';
import type { Reference } from './places/reference.ts';
import { allowedSignersOf } from './site/signers.ts';
import { type OpenOptions, openSite } from './site/site.ts';
import type { Snapshot } from './site/snapshot.ts';
import { manifestFor } from './snapshot/oci-manifest.ts';
import { signatureIn, together } from './snapshot/signatures/signature.ts';
import { type CheckedSignature, checkSignatures } from './snapshot/signatures/verification.ts';
import { type KnownSigner, signersOf } from './trust/accepted-signers.ts';

/** What a snapshot's signatures are checked with. */
export interface VerifyOptions extends OpenOptions {
  /** Whose signature is asked for: one of these at least must have signed. By default anybody's. */
  keys?: readonly PublicKey[] | undefined;
  /** The bytes of signatures that are kept elsewhere: Sigstore bundles, or SSH signatures. */
  signatures?: readonly Uint8Array[] | undefined;
}

/** What was found. */
export interface Verification {
  /** Its code was read as far as it is there, and every byte is right. */
  readonly snapshot: Snapshot;
  /** `sha256:<hex>` of the OCI manifest that carries it with its code uncompressed. */
  readonly manifestDigest: string;
  /** Bytes of code that were verified; null where not all of it is there. */
  readonly verifiedBytes: number | null;
  /** Each signature, with what is wrong with it. */
  readonly signatures: readonly CheckedSignature[];
  /** Everybody whose signature holds, and whether they are accepted: another question, with an answer of its own. */
  readonly signers: readonly KnownSigner[];
  /** Why the snapshot does not count as signed: no signature holds, one does not, or none is of the keys asked for. */
  readonly problem: StateError | null;
}

/**
 * Verifies a snapshot with its code, and each of its signatures. What is wrong with a signature is in the result; that a
 * signer is to be trusted is not.
 * @throws as `openSnapshot`
 * @throws VerificationError VERIFY_DIGEST_MISMATCH for code that was altered
 * @throws FormatError FORMAT_INVALID_SIGNERS; FORMAT_INVALID_SIGNATURE for one of `signatures` that is neither JSON nor text
 * @example
 * ```ts
 * import { generateKeyPairSync } from 'node:crypto';
 * import { SigningKey, signSnapshot, verifySnapshot } from 'wassette-state';
 *
 * const { privateKey } = generateKeyPairSync('ed25519');
 * const key = SigningKey.parse(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
 * await signSnapshot('tools.json', [{ key }]);
 * const { problem, signatures } = await verifySnapshot('tools.json', { keys: [key.publicKey] });
 * console.log(problem, signatures.at(-1)?.over); // null manifest
 * ```
 */
export async function verifySnapshot(
  reference: string | Reference,
  options: VerifyOptions = {},
): Promise<Verification> {
  const { keys = [], signatures: elsewhere = [], ...opening } = options;
  const allowed = await allowedSignersOf((await openSite(opening)).host, opening);
  const snapshot = await openSnapshot(reference, opening);
  const more = elsewhere.map((bytes) => signatureIn(Buffer.from(bytes)));
  const all = together(snapshot.signatures, more);
  const signatures = checkSignatures(all, snapshot.content, [...keys, ...allowed.keys]);
  return {
    snapshot,
    manifestDigest: manifestFor(snapshot.content).digest,
    verifiedBytes: await verifiedBytes(snapshot),
    signatures,
    signers: signersOf(signatures, allowed, new Date(nowSeconds() * 1_000)),
    problem: problemIn(signatures, keys),
  };
}

async function verifiedBytes(snapshot: Snapshot): Promise<number | null> {
  try {
    return await snapshot.validate();
  } catch (error) {
    if (error instanceof StateError && error.code === 'VERIFY_PART_MISSING') return null;
    throw error;
  }
}

/** A key that is missing is no fault of a snapshot that others have signed. */
function problemIn(signatures: readonly CheckedSignature[], keys: readonly PublicKey[]): StateError | null {
  const holding = signatures.filter(({ problem }) => problem === null);
  const faulty = signatures.flatMap(({ problem }) => problem ?? []);
  const wrong = faulty.find(({ code }) => code !== 'VERIFY_UNKNOWN_KEY');
  if (wrong !== undefined) return wrong;
  if (holding.length === 0) return faulty[0] ?? notSigned('nobody has signed the snapshot');
  const asked = new Set(keys.map(({ fingerprint }) => fingerprint));
  if (asked.size === 0 || holding.some(({ signer }) => asked.has(signer!.fingerprint))) return null;
  return notSigned('none of the keys that were given has signed the snapshot');
}

function notSigned(message: string): VerificationError {
  return new VerificationError('VERIFY_NOT_SIGNED', message, {
    hint: 'get a signed copy from whoever made it, or ask them to sign it',
  });
}
