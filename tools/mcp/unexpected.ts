// Reports unexpected failures: a bug, or a program whose files were replaced while it ran. The message may quote anything, such
// as paths of this machine, so it goes only to the operator's log.
import { showInvisible } from '../../src/errors.ts';

/** What an agent is told about an unexpected failure; the rest goes to the log. */
export function describeUnexpected(error: unknown): {
  code: string;
  message: string;
  hint: string;
  details: object;
} {
  console.error(`wassette-state: bug: ${linesOf(error)}`);
  return {
    code: 'INTERNAL',
    message: 'an unexpected failure inside wassette-state',
    hint: 'see the log; if the program was updated while it ran, restart it',
    details: {},
  };
}

/** Where it came from, its message on a line of its own. */
function linesOf(error: unknown): string {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return text.split('\n').map(showInvisible).join('\n');
}
