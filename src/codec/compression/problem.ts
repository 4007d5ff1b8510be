// Errors about compressed bytes. None quotes them.
import { FormatError } from '../../errors.ts';
import type { Codec } from './compression.ts';

export function damaged(codec: Codec, problem: string, cause?: unknown): FormatError {
  return new FormatError('FORMAT_INVALID', `what is compressed with ${codec} cannot be read: ${problem}`, {
    hint: 'it was damaged or cut off: get it again',
    cause,
  });
}

export function inflatesTooFar(maxBytes: number): FormatError {
  return new FormatError('FORMAT_LIMIT_EXCEEDED', `what is compressed becomes more than ${maxBytes} bytes`, {
    hint: 'it is no snapshot, or was made to fill a disk: do not use it',
    details: { limit: maxBytes },
  });
}
