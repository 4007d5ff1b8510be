// An approval in writing: a signed statement about a snapshot, with everything that its import may do and allow, on which
// hosts, from when and until when (FORMAT.md, F-16). Whose word counts, and whether it counts now, is decided elsewhere.
import * as z from 'zod';
import { isSha256 } from '../../codec/digest.ts';
import { type Bundle, bundleFor, readBundle } from '../../codec/dsse/bundle.ts';
import { keyIn } from '../../codec/dsse/statement.ts';
import { readStrictJson } from '../../codec/dsse/strict-json.ts';
import type { JsonValue } from '../../codec/json/tree.ts';
import type { PublicKey } from '../../codec/keys/public-key.ts';
import type { SigningKey } from '../../codec/keys/signing-key.ts';
import { quoted } from '../../codec/safe-text.ts';
import { FormatError, VerificationError } from '../../errors.ts';
import { type Allowance, EVENTS, keyOf, RIGHTS } from './allowance.ts';
import { LABEL } from './label.ts';
import { LONGEST, secondsOf, timeText } from './time.ts';

/** The type of the statement, and the namespace in which its signer has to be accepted. */
const APPROVAL_TYPE = 'urn:wassette-state:approval:v1';
export const APPROVAL_NAMESPACE = 'wassette-state-approval';

const MOST_ALLOWANCES = 5_000;
const MOST_LABELS = 20;

/** What somebody agrees to. */
export interface ApprovedThings {
  /** The digest of the snapshot. */
  snapshot: string;
  /** Of the hosts on which it counts. */
  labels: readonly string[];
  /** In seconds since 1970: it counts from the first to just before the second. */
  issuedAt: number;
  until: number;
  allows: readonly Allowance[];
}

/** An approval in writing, with a signature that holds. */
export interface WrittenApproval extends ApprovedThings {
  signer: PublicKey;
}

const sha256 = z.string().refine(isSha256);
const AllowanceSchema = z.strictObject({
  component_id: z.string().min(1).max(256).nullable(),
  code: sha256.nullable(),
  policy: sha256.nullable(),
  kind: z.enum([...EVENTS, ...RIGHTS]),
  value: z.string().max(65_536).nullable(),
  directory: z.string().max(8_192).nullable(),
  lost: z.boolean(),
});
const time = z.string().refine((text) => secondsOf(text) !== null);
const PredicateSchema = z.strictObject({
  public_key: z.string().optional(),
  labels: z.array(z.string().regex(LABEL)).min(1).max(MOST_LABELS),
  issued_at: time,
  until: time,
  allows: z.array(AllowanceSchema).min(1).max(MOST_ALLOWANCES),
});

/** The Sigstore bundle of it. @throws FormatError FORMAT_INVALID_APPROVAL for what no reader would take */
export function signedApproval(things: ApprovedThings, key: SigningKey): JsonValue {
  const { snapshot, labels, issuedAt, until, allows } = things;
  const predicate = {
    labels: [...labels],
    issued_at: timeText(issuedAt),
    until: timeText(until),
    allows: [...allows].sort(byKey).map((allowance) => ({ ...allowance })),
  };
  thingsIn(predicate);
  return bundleFor({ name: 'document', digest: snapshot }, key, { predicateType: APPROVAL_TYPE, predicate });
}

/**
 * Reads it from the bytes of its file, and checks the signature.
 * @param keys of those who may have signed, for a statement that does not say its key
 * @throws FormatError FORMAT_INVALID_SIGNATURE, FORMAT_INVALID_APPROVAL, FORMAT_INVALID_KEY, FORMAT_LIMIT_EXCEEDED
 * @throws VerificationError VERIFY_BAD_SIGNATURE, VERIFY_UNKNOWN_KEY
 */
export function readApproval(bytes: Uint8Array, keys: readonly PublicKey[]): WrittenApproval {
  const bundle = readBundle(readStrictJson(bytes, 'the approval'));
  const { predicateType, predicate, subjects } = bundle.statement;
  if (predicateType !== APPROVAL_TYPE) {
    throw invalid(`it states something else: ${quoted(predicateType)}`);
  }
  const { public_key, ...things } = thingsIn(predicate);
  const [snapshot, ...others] = subjects;
  if (snapshot === undefined || others.length > 0) throw invalid('it is about several snapshots');
  const signer = signerOf(bundle, public_key === undefined ? null : keyIn(public_key), keys);
  return { ...things, snapshot, signer };
}

function signerOf(bundle: Bundle, said: PublicKey | null, keys: readonly PublicKey[]): PublicKey {
  const { hint, keyId, signed, signature } = bundle;
  const signer = said ?? keys.find((key) => key.verifies(signed, signature));
  if (signer === undefined) {
    throw new VerificationError('VERIFY_UNKNOWN_KEY', 'the approval does not say its public key', {
      hint: 'accept the key of its signer, if you trust them',
    });
  }
  const isNamed = (hint === null || hint === signer.hint) && (keyId === null || keyId === signer.fingerprint);
  if (isNamed && signer.verifies(signed, signature)) return signer;
  throw new VerificationError(
    'VERIFY_BAD_SIGNATURE',
    `the approval was not signed with the key ${signer.fingerprint}`,
    { hint: 'it was altered; get it again from where it was made', details: { signer: signer.fingerprint } },
  );
}

function thingsIn(predicate: unknown): Omit<ApprovedThings, 'snapshot'> & { public_key: string | undefined } {
  const parsed = PredicateSchema.safeParse(predicate);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const where = issue!.path
      .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
      .join('');
    throw invalid(where === '' ? 'its predicate' : `predicate${where}`);
  }
  const { public_key, labels, issued_at, until, allows } = parsed.data;
  const [from, to] = [secondsOf(issued_at)!, secondsOf(until)!];
  if (to <= from) throw invalid('it ends before it begins');
  if (to - from > LONGEST) throw invalid('it is for more than 366 days');
  if (new Set(labels).size < labels.length) throw invalid('a label is there twice');
  if (new Set(allows.map(keyOf)).size < allows.length) throw invalid('a thing is there twice');
  return { public_key, labels, issuedAt: from, until: to, allows };
}

function byKey(a: Allowance, b: Allowance): number {
  return keyOf(a) < keyOf(b) ? -1 : 1;
}

/** `why` never quotes a value. */
function invalid(why: string): FormatError {
  return new FormatError('FORMAT_INVALID_APPROVAL', `the approval is not as it must be: ${why}`, {
    hint: 'get it again from whoever made it; FORMAT.md, F-16, says how one is written',
  });
}
