// DSSE, the envelope of a statement: what is signed is its type and its bytes, each with its length.

/** Of in-toto statements in JSON. */
export const PAYLOAD_TYPE = 'application/vnd.in-toto+json';

/** The pre-authentication encoding: the bytes that are signed. */
export function bytesToSign(payload: Uint8Array, type = PAYLOAD_TYPE): Buffer {
  const head = `DSSEv1 ${Buffer.byteLength(type)} ${type} ${payload.length} `;
  return Buffer.concat([Buffer.from(head, 'utf8'), payload]);
}
