// SHA-256 as this project writes it: bare lower-case hex for bytes, `sha256:` + hex for documents.

const HEX = /^[0-9a-f]{64}$/;

export function isSha256(value: string): boolean {
  return HEX.test(value);
}

/** `sha256:` and all 64 digits. */
export function isDigest(value: string): boolean {
  return value.startsWith('sha256:') && isSha256(value.slice('sha256:'.length));
}

/** Lower-case hex SHA-256 of `bytes`. */
export function sha256Hex(bytes: Uint8Array | string): string {
  // Not imported: it would take a twentieth of the time in which a server starts, and starting needs no digest.
  const { createHash } = process.getBuiltinModule('node:crypto');
  return createHash('sha256').update(bytes).digest('hex');
}

/** `sha256:<hex>` of `bytes`. */
export function sha256Digest(bytes: Uint8Array | string): string {
  return `sha256:${sha256Hex(bytes)}`;
}

/** Enough of a digest to open what it names, and to tell that from others: 12 digits, behind `sha256:` if that is there. */
export function shortDigest(digest: string): string {
  return digest.slice(0, (digest.startsWith('sha256:') ? 'sha256:'.length : 0) + 12);
}

/** `sha256:` and the digits that `text` gives, 6 to 64 of them with or without `sha256:`; null for anything else. */
export function beginningOfDigest(text: string): string | null {
  const digits = /^(?:sha256:)?([0-9a-f]{6,64})$/.exec(text)?.[1];
  return digits === undefined ? null : `sha256:${digits}`;
}
