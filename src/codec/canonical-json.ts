// RFC 8785 canonical JSON: the form of a value that is digested. For documents, never for binaries.
import canonicalize from 'canonicalize';

/** UTF-8 bytes of the RFC 8785 form of a plain JSON value. The caller has bounded its depth (F-7). */
export function canonicalBytes(value: unknown): Buffer {
  const text = (canonicalize as unknown as (input: unknown) => string | undefined)(value);
  if (text === undefined) throw new TypeError('not a JSON value');
  return Buffer.from(text, 'utf8');
}
