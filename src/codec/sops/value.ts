// One encrypted value of a SOPS document: AES-256-GCM, bound to what it belongs to by additional data.
import { createCipheriv, createDecipheriv } from 'node:crypto';

const PATTERN =
  /^ENC\[AES256_GCM,data:([A-Za-z0-9+/]+={0,2}),iv:([A-Za-z0-9+/]{43}=),tag:([A-Za-z0-9+/]{22}==),type:(str|int|float|bool|bytes)\]$/;
const CIPHER = 'aes-256-gcm';
const TAG_BYTES = 16;
export const IV_BYTES = 32;
export const KEY_BYTES = 32;

/** What sops takes the plain text for. */
type ValueType = 'str' | 'int' | 'float' | 'bool' | 'bytes';

export interface EncryptedValue {
  data: Buffer;
  iv: Buffer;
  tag: Buffer;
  type: ValueType;
}

/** Null for anything but exactly what sops writes. */
export function parseValue(text: string): EncryptedValue | null {
  const [, data, iv, tag, type] = PATTERN.exec(text) ?? [];
  if (data === undefined) return null;
  const decoded = [data, iv!, tag!].map((part) => {
    const bytes = Buffer.from(part, 'base64');
    // Unused bits could carry something, and sops would never write them.
    return bytes.toString('base64') === part ? bytes : null;
  });
  if (decoded.includes(null)) return null;
  const [dataBytes, ivBytes, tagBytes] = decoded as [Buffer, Buffer, Buffer];
  return { data: dataBytes, iv: ivBytes, tag: tagBytes, type: type as ValueType };
}

/** The plain bytes; null where the key, the additional data or anything of the value is another one. */
export function decryptValue({ data, iv, tag }: EncryptedValue, key: Uint8Array, aad: string): Buffer | null {
  const decipher = createDecipheriv(CIPHER, key, iv, { authTagLength: TAG_BYTES });
  decipher.setAuthTag(tag);
  decipher.setAAD(Buffer.from(aad, 'utf8'));
  const plain = decipher.update(data);
  try {
    decipher.final();
    return plain;
  } catch {
    return null;
  }
}

/** @param plain not empty: sops leaves an empty text as it is */
export function encryptValue(plain: string, key: Uint8Array, aad: string, iv: Uint8Array): string {
  const cipher = createCipheriv(CIPHER, key, iv, { authTagLength: TAG_BYTES });
  cipher.setAAD(Buffer.from(aad, 'utf8'));
  const data = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
  const [data64, iv64, tag64] = [data, Buffer.from(iv), cipher.getAuthTag()].map((b) => b.toString('base64'));
  return `ENC[AES256_GCM,data:${data64},iv:${iv64},tag:${tag64},type:str]`;
}

/** What binds a value to its place. */
export function aadOf(path: readonly string[]): string {
  return `${path.join(':')}:`;
}
