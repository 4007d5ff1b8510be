// The error for a list of accepted signers that is not as it must be.
import { FormatError } from '../errors.ts';

/** A line, as errors name it. */
export interface LineOf {
  file: string;
  line: number;
}

/** `why` never quotes the line. */
export function invalidSigners(
  { file, line }: LineOf,
  why: string,
  hint: string,
  cause?: unknown,
): FormatError {
  return new FormatError('FORMAT_INVALID_SIGNERS', `${file}, line ${line}: ${why}`, {
    hint,
    details: { line },
    cause,
  });
}
