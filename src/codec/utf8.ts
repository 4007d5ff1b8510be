// Text from bytes, strictly.

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The text that `bytes` are, with the byte-order mark where there is one; undefined where they are not UTF-8. */
export function utf8Text(bytes: Uint8Array): string | undefined {
  try {
    return UTF8.decode(bytes);
  } catch {
    return undefined;
  }
}
