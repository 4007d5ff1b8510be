// The in-toto statement inside the envelope: which digest it is about, and what it states.
import * as z from 'zod';
import { standardBase64 } from '../base64.ts';
import { canonicalBytes } from '../canonical-json.ts';
import { isSha256 } from '../digest.ts';
import type { JsonValue } from '../json/tree.ts';
import { PublicKey } from '../keys/public-key.ts';
import { invalidSignature } from './problem.ts';
import { readStrictJson, shapedAs } from './strict-json.ts';

/** What a statement says of its subject. */
export interface Said {
  readonly predicateType: string;
  readonly predicate: { readonly [key: string]: JsonValue };
}

/** States that whoever holds the key signs the subject. */
export const PREDICATE_TYPE = 'urn:wassette-state:snapshot:v1';
/** What `cosign sign` states. */
const COSIGN_SIGN = 'https://sigstore.dev/cosign/sign/v1';

const STATEMENT = 'https://in-toto.io/Statement/v1';
/** What `cosign attest-blob` writes. */
const STATEMENT_0_1 = 'https://in-toto.io/Statement/v0.1';

const StatementSchema = z.strictObject({
  _type: z.enum([STATEMENT, STATEMENT_0_1]),
  subject: z
    .array(
      z.strictObject({
        name: z.string().optional(),
        digest: z.strictObject({ sha256: z.string().refine(isSha256) }),
      }),
    )
    .min(1)
    .max(1_000),
  predicateType: z.string(),
  predicate: z.record(z.string(), z.unknown()).optional(),
});

const OwnPredicateSchema = z.strictObject({ public_key: z.string() });

export interface Statement {
  /** Digests, `sha256:<hex>`. */
  subjects: readonly string[];
  /** False for a statement about its subjects that is no signature of them. */
  isSignature: boolean;
  predicateType: string;
  /** As it was read; null where there is none. */
  predicate: { readonly [key: string]: unknown } | null;
  /** The key that its signer says is theirs; null where another tool made it. Only its signature tells whether it is. */
  signer: PublicKey | null;
}

/** That the holder of the key signs the subject, and nothing more. */
export const A_SIGNATURE: Said = { predicateType: PREDICATE_TYPE, predicate: {} };

/** The bytes of a statement with one subject; the same for the same subject, words and key. */
export function statementBytes(
  subject: { name: string; digest: string },
  { predicateType, predicate }: Said,
  signer: PublicKey,
): Buffer {
  return canonicalBytes({
    _type: STATEMENT,
    subject: [{ name: subject.name, digest: { sha256: subject.digest.slice('sha256:'.length) } }],
    predicateType,
    predicate: { ...predicate, public_key: signer.spki.toString('base64') },
  });
}

/** @throws FormatError FORMAT_INVALID_SIGNATURE, FORMAT_INVALID_KEY */
export function readStatement(payload: Uint8Array): Statement {
  const hint = 'it must be an in-toto statement whose subjects have a SHA-256 each and no other digest';
  const { subject, predicateType, predicate } = shapedAs(
    StatementSchema,
    readStrictJson(payload, 'its statement'),
    'its statement',
    hint,
  );
  const isOurs = predicateType === PREDICATE_TYPE;
  return {
    subjects: subject.map(({ digest }) => `sha256:${digest.sha256}`),
    isSignature: isOurs || predicateType === COSIGN_SIGN,
    predicateType,
    predicate: predicate ?? null,
    signer: isOurs ? signerIn(predicate) : null,
  };
}

/** With cosign people state what they like as the predicate: without a key, it has to be known otherwise. */
function signerIn(predicate: { [key: string]: unknown } | undefined): PublicKey | null {
  if (predicate === undefined || Object.keys(predicate).length === 0) return null;
  const hint = 'the predicate is empty, or holds the public key of the signer';
  return keyIn(shapedAs(OwnPredicateSchema, predicate, 'its predicate', hint).public_key);
}

/** The key that a statement says is its signer's. @throws FormatError FORMAT_INVALID_SIGNATURE, FORMAT_INVALID_KEY */
export function keyIn(publicKey: string): PublicKey {
  const der = standardBase64(publicKey);
  if (der !== null) return PublicKey.fromSpki(der);
  throw invalidSignature('its public key is not standard base64', 'it is SubjectPublicKeyInfo in DER');
}
