// Checks signatures: whether each was made by its key over this very document. Whose keys are accepted is another question,
// and not asked here.
import { type Bundle, readBundle } from '../../codec/dsse/bundle.ts';
import type { PublicKey } from '../../codec/keys/public-key.ts';
import { quoted } from '../../codec/safe-text.ts';
import { readSshSignature, signsMessage } from '../../codec/ssh/signature.ts';
import { StateError, VerificationError } from '../../errors.ts';
import type { Document } from '../document.ts';
import { manifestFor } from '../oci-manifest.ts';
import { type CarriedSignature, sshTextIn } from './signature.ts';

/** What a signature is over: the document, or the OCI manifest that carries it. */
export type SignedThing = 'document' | 'manifest';

/** One signature, and what checking it gave. */
export interface CheckedSignature {
  /** A Sigstore bundle, or an SSH signature. */
  readonly kind: 'sigstore' | 'ssh';
  /** Null where `problem` says why it is of neither. */
  readonly over: SignedThing | null;
  /** Whose signature it is; where there is a problem, at most whose it claims to be. */
  readonly signer: PublicKey | null;
  /** The type of what a bundle states; null where that cannot be read, and for an SSH signature. */
  readonly predicateType: string | null;
  /** Why it does not hold; null where it does. */
  readonly problem: StateError | null;
  /** As it is carried. */
  readonly signature: unknown;
}

/** @param keys for signatures that do not say their key */
export function checkSignatures(
  signatures: readonly CarriedSignature[],
  document: Document,
  keys: readonly PublicKey[],
): CheckedSignature[] {
  const subjects = new Map<string, SignedThing>([[document.digest, 'document']]);
  if (signatures.length > 0) subjects.set(manifestFor(document).digest, 'manifest');
  return signatures.map((signature) => {
    const text = sshTextIn(signature);
    const kind = text === null ? 'sigstore' : 'ssh';
    const claim = new Claim();
    let problem: StateError | null = null;
    try {
      if (text === null) checkBundle(readBundle(signature), subjects, keys, claim);
      else checkSsh(text, document, claim);
    } catch (error) {
      if (!(error instanceof StateError)) throw error;
      problem = error;
    }
    return { kind, ...claim, problem, signature };
  });
}

/** What was learned before a problem was found. */
class Claim {
  signer: PublicKey | null = null;
  over: SignedThing | null = null;
  predicateType: string | null = null;
}

function checkBundle(
  bundle: Bundle,
  subjects: ReadonlyMap<string, SignedThing>,
  keys: readonly PublicKey[],
  claim: Claim,
): void {
  const { statement, hint, keyId, signed, signature } = bundle;
  claim.predicateType = statement.predicateType;
  claim.signer = statement.signer ?? keys.find((key) => key.hint === hint) ?? null;
  claim.signer ??= keys.find((key) => key.verifies(signed, signature)) ?? null;
  if (claim.signer === null) throw unknownKey(hint);
  const { fingerprint, hint: itsHint } = claim.signer;
  if (statement.signer !== null && hint !== null && hint !== itsHint) throw namesAnotherKey();
  if (keyId !== null && keyId !== fingerprint) throw namesAnotherKey();
  if (!claim.signer.verifies(signed, signature)) throw badSignature(claim.signer);
  if (!statement.isSignature) throw statesSomethingElse(statement.predicateType);
  const found = statement.subjects.flatMap((digest) => subjects.get(digest) ?? []);
  claim.over = found.includes('document') ? 'document' : (found[0] ?? null);
  if (claim.over === null) throw otherSubject(statement.subjects);
}

function checkSsh(text: string, document: Document, claim: Claim): void {
  const read = readSshSignature(text);
  claim.signer = read.signer;
  if (!signsMessage(read, document.bytes)) throw badSignature(read.signer);
  claim.over = 'document';
}

function badSignature({ fingerprint }: PublicKey): VerificationError {
  return new VerificationError(
    'VERIFY_BAD_SIGNATURE',
    `the signature was not made by the key ${fingerprint} over these bytes`,
    {
      hint: 'what was signed was altered, or it is of another snapshot; get both again from where they were made',
      details: { signer: fingerprint },
    },
  );
}

function namesAnotherKey(): VerificationError {
  return new VerificationError('VERIFY_BAD_SIGNATURE', 'the bundle names another key than its statement', {
    hint: 'the bundle was altered; get it again from where it was made',
  });
}

function unknownKey(hint: string | null): VerificationError {
  const named = hint === null ? '' : `, which it calls ${quoted(hint)}`;
  return new VerificationError('VERIFY_UNKNOWN_KEY', `the signature does not say its public key${named}`, {
    hint: 'give the public key of the signer',
  });
}

function statesSomethingElse(type: string): VerificationError {
  return new VerificationError('VERIFY_OTHER_SUBJECT', `the bundle states something else: ${quoted(type)}`, {
    hint: 'it may be right about the snapshot, but it does not sign it',
  });
}

function otherSubject(subjects: readonly string[]): VerificationError {
  return new VerificationError(
    'VERIFY_OTHER_SUBJECT',
    `the signature is of ${subjects[0]}, not of this snapshot`,
    {
      hint: 'it belongs to another snapshot, or to an earlier state of this one; have this one signed',
      details: { subject: subjects[0]! },
    },
  );
}
