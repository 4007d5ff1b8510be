// Who signed the snapshot that is to be imported, whether an accepted signer did where that is required, and who is
// remembered for its name.
import { nowSeconds } from '../disk/clock.ts';
import type { OpenSnapshot } from '../places/place.ts';
import { type PlanSigner, type SnapshotSigners, toRemember } from '../plan/signers.ts';
import { type CheckedSignature, checkSignatures } from '../snapshot/signatures/verification.ts';
import { type RememberedSigners, signersOfName } from '../state/signers.ts';
import { assertAcceptedSigner, signatureRequired, signersOf } from '../trust/accepted-signers.ts';
import type { AllowedSigners } from '../trust/allowed-signers.ts';
import type { Host } from '../wassette/host.ts';

/** Whose signatures count. */
export interface TrustOptions {
  /** A file in the syntax of OpenSSH's `allowed_signers`; by default the user's own, where there is one. */
  allowedSigners?: string | undefined;
  /** Whether nothing is imported but what an accepted signer has signed. An undo needs no signature. */
  requireSignature?: boolean | undefined;
}

/** These alone, of options that say more. */
export function trustIn({ allowedSigners, requireSignature }: TrustOptions): TrustOptions {
  return { allowedSigners, requireSignature };
}

/** What was found out about the signatures of a snapshot. */
export interface SignedSnapshot {
  /** As of `SnapshotSigners`. */
  name: string | null;
  signers: readonly PlanSigner[];
  /** Signatures that do not hold, in words. */
  faults: readonly string[];
}

/**
 * The accepted signers: of the file that was named, or of the user's own.
 * @throws StoreError STORE_NOT_FOUND for a file that was named and is not there, STORE_UNSAFE_FILE, STORE_DENIED
 * @throws FormatError FORMAT_INVALID_SIGNERS, FORMAT_LIMIT_EXCEEDED
 */
export async function allowedSignersOf(
  host: Host,
  { allowedSigners }: TrustOptions,
): Promise<AllowedSigners> {
  const { readSignersFile } = await import('../disk/operator-files/signers-file.ts');
  const { AllowedSigners } = await import('../trust/allowed-signers.ts');
  const file = allowedSigners ?? host.locations.signersFile;
  const text = await readSignersFile(file, { mayBeMissing: allowedSigners === undefined });
  return text === null ? AllowedSigners.NONE : AllowedSigners.parse(text, file);
}

/**
 * Checks the signatures of a snapshot.
 * @throws PolicyError POLICY_SIGNATURE_REQUIRED, POLICY_SIGNER_NOT_ACCEPTED; VerificationError, FormatError of a
 * signature; all only where a signature is required
 * @throws as `allowedSignersOf`
 */
export async function signedBy(
  snapshot: OpenSnapshot,
  host: Host,
  options: TrustOptions,
): Promise<SignedSnapshot> {
  const { content, signatures, manifestLines, name = null } = snapshot;
  const { requireSignature = false } = options;
  if (requireSignature && manifestLines !== undefined) throw manifestRefused();
  if (signatures.length === 0 && !requireSignature) return { name, signers: [], faults: [] };
  const allowed = await allowedSignersOf(host, options);
  const checked = checkSignatures(signatures, content, allowed.keys);
  const signers = signersOf(checked, allowed, new Date(nowSeconds() * 1_000));
  if (requireSignature) assertAcceptedSigner(signers, checked);
  return {
    name,
    signers: signers.map(({ key, by }) => ({
      fingerprint: key.fingerprint,
      names: [...new Set(by.flatMap(({ names }) => names))],
    })),
    faults: checked.flatMap(faultsOf),
  };
}

/** A signature without its key is no fault: the key may be known elsewhere. */
function faultsOf({ problem }: CheckedSignature): string[] {
  if (problem === null || problem.code === 'VERIFY_UNKNOWN_KEY') return [];
  return [`a signature of the snapshot does not hold (${problem.code}): ${problem.message}`];
}

/** To be called before anything is fetched for it. */
export function manifestRefused(): Error {
  return signatureRequired('a manifest holds no signatures');
}

/** With who is remembered for its name at this moment; null where there is nothing to say. @throws StoreError STORE_DAMAGED */
export async function withRemembered(
  signed: SignedSnapshot | null,
  { state }: Host,
): Promise<SnapshotSigners | null> {
  if (signed === null) return null;
  const { name, signers } = signed;
  const remembered = name === null ? null : await signersOfName(state, name);
  return signers.length === 0 && remembered === null ? null : { name, signers, remembered };
}

/** Who is remembered with the import, and as whose name; null where that does not change. */
export function rememberedFor(signers: SnapshotSigners | null): RememberedSigners | null {
  const chosen = signers === null ? null : toRemember(signers);
  return signers === null || chosen === null ? null : { name: signers.name!, signers: [...chosen] };
}
