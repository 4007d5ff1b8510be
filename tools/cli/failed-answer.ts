// A failure that has an answer beside it: `--json` prints both as one document.
import type { StateError } from '../../src/errors.ts';

export class FailedAnswer extends Error {
  constructor(
    readonly answer: object,
    readonly failure: StateError,
  ) {
    super(failure.message);
  }
}
