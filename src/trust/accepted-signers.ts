// Whether a snapshot is signed by somebody who is accepted here. That its signatures hold was found before, and is not
// decided here; one accepted signer is enough, whoever else has signed, and whatever else is wrong.
import { fewOf } from '../codec/enumeration.ts';
import type { PublicKey } from '../codec/keys/public-key.ts';
import { PolicyError } from '../errors.ts';
import type { CheckedSignature } from '../snapshot/signatures/verification.ts';
import type { Acceptance, AllowedSigners } from './allowed-signers.ts';

/** Somebody whose signature of a snapshot holds. */
export interface KnownSigner extends Acceptance {
  readonly key: PublicKey;
}

/** Everybody whose signature holds, each once, with whether they are accepted at this moment. */
export function signersOf(
  checked: readonly CheckedSignature[],
  allowed: AllowedSigners,
  at: Date,
): KnownSigner[] {
  const keys = new Map<string, PublicKey>();
  for (const { signer, problem } of checked)
    if (signer !== null && problem === null) keys.set(signer.fingerprint, signer);
  return [...keys.values()].map((key) => ({ key, ...allowed.acceptance(key, at) }));
}

/**
 * @throws PolicyError POLICY_SIGNER_NOT_ACCEPTED; POLICY_SIGNATURE_REQUIRED where nobody has signed
 * @throws VerificationError, FormatError of a signature, where there are some and none holds
 */
export function assertAcceptedSigner(
  signers: readonly KnownSigner[],
  checked: readonly CheckedSignature[],
): void {
  if (signers.some(({ by }) => by.length > 0)) return;
  if (signers.length > 0) throw notAccepted(signers);
  const problems = checked.flatMap(({ problem }) => problem ?? []);
  const wrong = problems.find(({ code }) => code !== 'VERIFY_UNKNOWN_KEY');
  if (wrong !== undefined) throw wrong;
  if (problems.length > 0) throw unknownKey(problems[0]);
  throw signatureRequired('nobody has signed it');
}

/** @param why ends "only snapshots signed by an accepted signer are imported here: " */
export function signatureRequired(why: string): PolicyError {
  return new PolicyError(
    'POLICY_SIGNATURE_REQUIRED',
    `only snapshots that an accepted signer has signed are imported here: ${why}`,
    { hint: 'get a signed copy from whoever made it, or ask them to sign it' },
  );
}

function notAccepted(signers: readonly KnownSigner[]): PolicyError {
  const found = signers.map(({ key, refused }) => `${key.fingerprint} ${refused}`);
  return new PolicyError(
    'POLICY_SIGNER_NOT_ACCEPTED',
    `the snapshot is signed, but by nobody who is accepted here: ${fewOf(found, 5, '; ')}`,
    { ...ADVICE, details: { signers: signers.map(({ key }) => key.fingerprint).slice(0, 20) } },
  );
}

/** Signed by a key that neither the signature nor the list says. */
function unknownKey(cause: unknown): PolicyError {
  return new PolicyError(
    'POLICY_SIGNER_NOT_ACCEPTED',
    'the snapshot is signed with a key that is none of those accepted here',
    { ...ADVICE, cause },
  );
}

const ADVICE = {
  hint: 'ask the signer, by a way you trust, for the fingerprint of the key',
  remedy: { do: 'accept-signer' },
} as const;
