// The error for a signature of another form than this format allows.
import { FormatError } from '../../errors.ts';

/** `why` never quotes what was read: keys and values come from elsewhere. */
export function invalidSignature(why: string, hint: string, cause?: unknown): FormatError {
  return new FormatError('FORMAT_INVALID_SIGNATURE', `the signature cannot be read: ${why}`, { hint, cause });
}
