// Questions to the person at the terminal, and the error where nobody can be asked.
import { openSync } from 'node:fs';
import { Writable } from 'node:stream';
import type { ReadStream } from 'node:tty';
import { type ErrorExtras, PolicyError } from '../../src/errors.ts';

/** The person behind a standard input that is not theirs. */
const CONTROLLING_TERMINAL = '/dev/tty';

/**
 * Whether a question can be asked. With `--json` a program reads, and gets one document.
 * @param isInputTaken whether standard input is a snapshot, so that the answer comes from the terminal itself
 */
export function canAsk({ json = false }: { json?: boolean | undefined }, isInputTaken = false): boolean {
  if (json || !process.stderr.isTTY) return false;
  if (!isInputTaken) return process.stdin.isTTY;
  const terminal = openTerminal();
  terminal?.destroy();
  return terminal !== null;
}

/** Null for a process without one. */
function openTerminal(): ReadStream | null {
  try {
    const { ReadStream } = process.getBuiltinModule('node:tty');
    return new ReadStream(openSync(CONTROLLING_TERMINAL, 'r'));
  } catch {
    return null;
  }
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

/** @throws PolicyError POLICY_NO_TERMINAL where no person can be asked, for what only a person may decide */
export function assertAtTerminal(what: string): void {
  if (canAsk({})) return;
  throw new PolicyError(
    'POLICY_NO_TERMINAL',
    `${what} only at a terminal, and there is none; nothing was changed`,
    {
      hint: 'standard input and standard error have to be that terminal, without a pipe or file in their place',
    },
  );
}

/** Asks on stderr, so that standard output stays clean. Anything but yes means no. @param isInputTaken as for `canAsk` */
export async function confirm(question: string, signal: AbortSignal, isInputTaken = false): Promise<boolean> {
  const input = isInputTaken ? openTerminal() : process.stdin;
  if (input === null) return false;
  const { createInterface } = await import('node:readline/promises');
  const reader = createInterface({ input, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await reader.question(`${question} [y/N] `, { signal })).trim());
  } finally {
    reader.close();
    if (isInputTaken) input.destroy();
  }
}

/** Asks for a passphrase, of which nothing is shown. Empty when none is given. @param isInputTaken as for `canAsk` */
export async function askPassphrase(
  question: string,
  signal: AbortSignal,
  isInputTaken = false,
): Promise<string> {
  const input = isInputTaken ? openTerminal() : process.stdin;
  if (input === null) return '';
  const unseen = new Writable({ write: (_chunk, _encoding, done) => done() });
  const { createInterface } = await import('node:readline/promises');
  // From here on the terminal shows nothing that is typed; so it comes before the question.
  const reader = createInterface({ input, output: unseen, terminal: true });
  process.stderr.write(question);
  try {
    return await reader.question('', { signal });
  } finally {
    reader.close();
    if (isInputTaken) input.destroy();
    process.stderr.write('\n');
  }
}
