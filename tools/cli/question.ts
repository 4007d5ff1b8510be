// Questions to the person at the terminal, and the error where nobody can be asked.
import { createInterface } from 'node:readline/promises';
import { type ErrorExtras, PolicyError } from '../../src/errors.ts';

/** Whether a question can be asked. With `--json` a program reads, and gets one document. */
export function canAsk({ json = false }: { json?: boolean | undefined }): boolean {
  return Boolean(!json && process.stdin.isTTY && process.stderr.isTTY);
}

/** The error for a plan that needs approval when no question can be asked. `--json` prints both as one document. */
export class Unasked extends PolicyError {
  constructor(
    readonly plan: object,
    { json = false }: { json?: boolean | undefined },
    extras: ErrorExtras,
  ) {
    const why = json ? '--json asks nobody' : 'nobody can be asked here';
    super('POLICY_APPROVAL_REQUIRED', `${why}, so nothing was changed`, extras);
  }
}

/** Asks on stderr, so that standard output stays clean. Anything but yes means no. */
export async function confirm(question: string, signal: AbortSignal): Promise<boolean> {
  const reader = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await reader.question(`${question} [y/N] `, { signal })).trim());
  } finally {
    reader.close();
  }
}
