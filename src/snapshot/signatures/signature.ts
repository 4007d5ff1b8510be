// Signatures as carriers hold them (F-14): each a value of its own beside the document, which it does not change. Nothing
// says that one is right but checking it.

import { isDeepStrictEqual } from 'node:util';
import { canonicalBytes } from '../../codec/canonical-json.ts';
import { BUNDLE_MEDIA_TYPE } from '../../codec/dsse/bundle.ts';
import { invalidSignature } from '../../codec/dsse/problem.ts';
import { readStrictJson } from '../../codec/dsse/strict-json.ts';
import type { JsonValue } from '../../codec/json/tree.ts';
import { utf8Text } from '../../codec/utf8.ts';
import { FormatError } from '../../errors.ts';

/** A Sigstore bundle, or an SSH signature; as it was read, and perhaps neither. */
export type CarriedSignature = JsonValue;

export const SSH_SIGNATURE_MEDIA_TYPE = 'application/vnd.wassette-state.sshsig.v1';

/** How many one carrier may hold. */
const MAX_SIGNATURES = 100;

/** What other tools take for a signature: the bundle's JSON, or the armoured text. */
export interface SignatureFile {
  mediaType: string;
  bytes: Buffer;
}

export function carriedSshSignature(armoured: string): CarriedSignature {
  return { mediaType: SSH_SIGNATURE_MEDIA_TYPE, signature: armoured };
}

/** The armoured text of a carried SSH signature; null where it is something else. */
export function sshTextIn(signature: CarriedSignature): string | null {
  if (typeof signature !== 'object' || signature === null || Array.isArray(signature)) return null;
  const { mediaType, signature: text, ...rest } = signature;
  const isOne = mediaType === SSH_SIGNATURE_MEDIA_TYPE && Object.keys(rest).length === 0;
  return isOne && typeof text === 'string' ? text : null;
}

/** The same for the same signature. */
export function signatureFile(signature: CarriedSignature): SignatureFile {
  const text = sshTextIn(signature);
  return text === null
    ? { mediaType: BUNDLE_MEDIA_TYPE, bytes: canonicalBytes(signature) }
    : { mediaType: SSH_SIGNATURE_MEDIA_TYPE, bytes: Buffer.from(text, 'utf8') };
}

/** The signature in a file that another tool made. @throws FormatError FORMAT_INVALID_SIGNATURE, FORMAT_LIMIT_EXCEEDED */
export function signatureIn(bytes: Buffer): CarriedSignature {
  if (!bytes.toString('latin1').startsWith('-----')) return readStrictJson(bytes, 'the bundle');
  const text = utf8Text(bytes);
  if (text !== undefined) return carriedSshSignature(text);
  throw invalidSignature('it is not text', 'an SSH signature is made with: ssh-keygen -Y sign');
}

/** What a JSON file has as `signatures`. @throws FormatError FORMAT_INVALID, FORMAT_LIMIT_EXCEEDED */
export function signaturesIn(value: JsonValue | undefined): CarriedSignature[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) {
    throw new FormatError('FORMAT_INVALID', 'signatures: expected a list', { hint: 'see FORMAT.md, F-14' });
  }
  assertFewSignatures(value);
  return value;
}

/** @throws FormatError FORMAT_LIMIT_EXCEEDED */
export function assertFewSignatures({ length }: readonly CarriedSignature[]): void {
  if (length <= MAX_SIGNATURES) return;
  throw new FormatError(
    'FORMAT_LIMIT_EXCEEDED',
    `${length} signatures are over the limit of ${MAX_SIGNATURES}`,
    { hint: 'remove those that nobody needs', details: { limit: MAX_SIGNATURES } },
  );
}

/** Those of both lists, each once. */
export function together(
  present: readonly CarriedSignature[],
  more: readonly CarriedSignature[],
): CarriedSignature[] {
  return [...present, ...more.filter((one) => !present.some((other) => isDeepStrictEqual(one, other)))];
}
