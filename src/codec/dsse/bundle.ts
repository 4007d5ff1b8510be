// A Sigstore bundle, version 0.3, around a DSSE envelope with one signature, made with a key: what cosign verifies offline.
import * as z from 'zod';
import { standardBase64 } from '../base64.ts';
import type { JsonValue } from '../json/tree.ts';
import type { SigningKey } from '../keys/signing-key.ts';
import { bytesToSign, PAYLOAD_TYPE } from './envelope.ts';
import { invalidSignature } from './problem.ts';
import { A_SIGNATURE, readStatement, type Said, type Statement, statementBytes } from './statement.ts';
import { shapedAs } from './strict-json.ts';

export const BUNDLE_MEDIA_TYPE = 'application/vnd.dev.sigstore.bundle.v0.3+json';

const BundleSchema = z.strictObject({
  mediaType: z.literal(BUNDLE_MEDIA_TYPE),
  verificationMaterial: z.strictObject({
    publicKey: z.strictObject({ hint: z.string().optional() }),
    // What a log or a clock said of it: neither is asked here.
    tlogEntries: z.array(z.unknown()).optional(),
    timestampVerificationData: z.unknown().optional(),
  }),
  dsseEnvelope: z.strictObject({
    payload: z.string(),
    payloadType: z.literal(PAYLOAD_TYPE),
    signatures: z.array(z.strictObject({ sig: z.string(), keyid: z.string().optional() })).length(1),
  }),
});

export interface Bundle {
  statement: Statement;
  /** What was signed. */
  signed: Buffer;
  signature: Buffer;
  /** Base64 of the SHA-256 of the public key; nobody signed it. */
  hint: string | null;
  /** The SSH fingerprint; nobody signed it. */
  keyId: string | null;
}

/**
 * @param subject what is signed: its digest, and what it is called
 * @param said what is stated of it, where that is more than that it is signed
 */
export function bundleFor(
  subject: { name: string; digest: string },
  key: SigningKey,
  said: Said = A_SIGNATURE,
): JsonValue {
  const payload = statementBytes(subject, said, key.publicKey);
  return {
    mediaType: BUNDLE_MEDIA_TYPE,
    verificationMaterial: { publicKey: { hint: key.publicKey.hint } },
    dsseEnvelope: {
      payload: payload.toString('base64'),
      payloadType: PAYLOAD_TYPE,
      signatures: [{ sig: key.sign(bytesToSign(payload)).toString('base64') }],
    },
  };
}

/** Reads it, and its statement. Whether the signature fits is another question. @throws FormatError FORMAT_INVALID_SIGNATURE */
export function readBundle(tree: JsonValue): Bundle {
  const { verificationMaterial, dsseEnvelope } = shapedAs(
    BundleSchema,
    tree,
    'the bundle',
    `a Sigstore bundle is ${BUNDLE_MEDIA_TYPE}, with a public key and one DSSE envelope that has one signature`,
  );
  const [{ sig, keyid } = { sig: '' }] = dsseEnvelope.signatures;
  const payload = decoded(dsseEnvelope.payload, 'its payload');
  return {
    statement: readStatement(payload),
    signed: bytesToSign(payload),
    signature: decoded(sig, 'its signature'),
    hint: verificationMaterial.publicKey.hint || null,
    keyId: keyid || null,
  };
}

function decoded(text: string, what: string): Buffer {
  const bytes = standardBase64(text);
  if (bytes !== null && bytes.length > 0) return bytes;
  throw invalidSignature(
    `${what} is not standard base64`,
    'it is padded, and has no white space and no other letters',
  );
}
