// Prints a failure for the person at the terminal, or as JSON, and gives its exit code.
import { StateError, saidAbout } from '../../src/errors.ts';
import { hostFlagsIn } from '../command-line.ts';
import { adviceFor, hintFor } from '../remedies.ts';
import { FailedAnswer } from './failed-answer.ts';
import { Unasked } from './question.ts';
import { complain, printJson, wrapped } from './terminal.ts';

const INTERRUPTED = 130;
/** The exit code for a bug in the program itself. */
export const BUG = 1;

/** Prints what went wrong and what to do. @param args those of the program @returns the exit code */
export function reportError(thrown: unknown, args: readonly string[]): number {
  const error = thrown instanceof FailedAnswer ? thrown.failure : thrown;
  if (error instanceof StateError) {
    const reader = { kind: 'person', host: hostFlagsIn(args), args } as const;
    if (args.includes('--json')) {
      const hint = hintFor(error, reader);
      const answer = error instanceof Unasked ? error.plan : {};
      const also = thrown instanceof FailedAnswer ? thrown.answer : answer;
      printJson({ ...also, error: { ...error.toJSON(), ...(hint === undefined ? {} : { hint }) } });
    }
    complain(wrapped('error: ', `${error.message} [${error.code}]`));
    for (const said of saidAbout(error)) complain(wrapped('said: ', said));
    for (const { says, command } of adviceFor(error, reader)) {
      // A command stands alone on its line, however long it is, so that it can be copied.
      complain(wrapped('hint: ', command === undefined ? says : `${says}:`));
      if (command !== undefined) complain(`  ${command}`);
    }
    return error.exitCode;
  }
  if (error instanceof Error && error.name === 'AbortError') {
    process.stderr.write('interrupted; nothing was changed\n');
    return INTERRUPTED;
  }
  complain(`bug: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  return BUG;
}
