// The errors of SOPS documents. They quote neither values nor names that are not known to be harmless.
import { FormatError, VerificationError } from '../../errors.ts';

/** The text is not a SOPS document as we take it, whatever the key. */
export function notSealed(
  problem: string,
  hint = 'get the snapshot again, or have its secrets sealed again',
): FormatError {
  return new FormatError('FORMAT_INVALID_SECRETS', `the sealed secrets are not valid: ${problem}`, { hint });
}

/** The key is right, and the text is not what was sealed. */
export function altered(problem: string): VerificationError {
  return new VerificationError('VERIFY_SECRETS_ALTERED', `the sealed secrets were altered: ${problem}`, {
    hint: 'trust nothing of this snapshot: ask whoever made it',
  });
}
