// Input and output at a terminal: wrapped lines, colour if there is a terminal, questions, progress on stderr.
import { randomBytes } from 'node:crypto';
import { createInterface } from 'node:readline/promises';
import type { Progress } from '../../src/disk/blob.ts';
import { type ErrorExtras, PolicyError, StateError, saidAbout, showInvisible } from '../../src/errors.ts';
import { hostFlagsIn } from '../command-line.ts';
import { adviceFor, hintFor } from '../remedies.ts';

const MAX_WIDTH = 100;
const INTERRUPTED = 130;
/** The exit code for a bug in the program itself. */
export const BUG = 1;

export function print(text: string): void {
  process.stdout.write(`${forTerminal(text)}\n`);
}

/** Marks our own styles: random, so that the name of a component cannot contain it. */
const STYLE_MARK = `\ue000${randomBytes(8).toString('hex')}`;

/** Text that is safe for a terminal: of everything that could move its cursor or hide a word, only our own styles stay. */
export function forTerminal(text: string): string {
  return text
    .split('\n')
    .map((line) => {
      const [first = '', ...styles] = line.split(STYLE_MARK);
      const styled = styles.map((part) => {
        const [code = ''] = /^\d+m/.exec(part) ?? [];
        return `\u001b[${code}${showInvisible(part.slice(code.length))}`;
      });
      return showInvisible(first) + styled.join('');
    })
    .join('\n');
}

/** One line on stderr. */
function complain(text: string): void {
  process.stderr.write(`${forTerminal(text)}\n`);
}

/** Prints JSON in ASCII: what is invisible or moves the cursor is escaped, and parses back unchanged. */
export function printJson(value: unknown): void {
  const text = JSON.stringify(value, null, 2);
  print(text.replace(/[^\n\x20-\x7e]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`));
}

export function width(): number {
  return Math.min(process.stdout.columns || 80, MAX_WIDTH);
}

type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow';
const CODES: Record<Style, number> = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33 };

export function styled(text: string, style: Style): string {
  const hasColour = process.stdout.isTTY && !process.env.NO_COLOR && process.env.TERM !== 'dumb';
  return hasColour ? `${STYLE_MARK}${CODES[style]}m${text}${STYLE_MARK}0m` : text;
}

/**
 * Breaks `text` at spaces to fit the terminal; the first line starts with `first`, the others align below it.
 * A word longer than a line stays whole, so that a digest or path can be copied.
 */
export function wrapped(first: string, text: string): string {
  const room = Math.max(20, width() - first.length);
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > room) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  lines.push(line);
  return lines.map((part, i) => (i === 0 ? first : ' '.repeat(first.length)) + part).join('\n');
}

/** Columns aligned to their widest cell; the last one is wrapped within its column. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]!.length)));
  const render = (row: readonly string[]) => {
    const before = row.slice(0, -1).map((cell, i) => `${cell.padEnd(widths[i]!)}  `);
    return wrapped(before.join(''), row.at(-1)!);
  };
  return [styled(render(header), 'dim'), ...rows.map(render)].join('\n');
}

export function bytes(size: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB'];
  let value = size;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return unit === 0 ? `${size} bytes` : `${value.toFixed(1)} ${units[unit]}`;
}

/** Prints a command alone on its line, however long it is, so that it can be copied. */
export function printCommand(says: string, command: string): void {
  print(`${wrapped('', says)}\n  ${command}`);
}

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

/** Shows progress in one line on stderr, if that is a terminal, from the second report after 300 ms on. */
export function progressLine(doing: string): Progress {
  if (!process.stderr.isTTY) return () => undefined;
  let shownAt = Date.now() + 300;
  return (done, total) => {
    const isLast = done >= total;
    if (Date.now() < shownAt && !isLast) return;
    shownAt = Date.now() + 100;
    const percent = total === 0 ? 100 : Math.floor((done / total) * 100);
    process.stderr.write(isLast ? '\r\u001b[K' : `\r\u001b[K${doing} ${percent} % of ${bytes(total)}`);
  };
}

/** A signal that an interrupt aborts. An import that is not committed yet then ends without a trace. */
export function interruptSignal(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => controller.abort());
  return controller.signal;
}

/** Exits quietly when the reader of our output has seen enough (`| head`). */
export function endWhenOutputCloses(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(0);
  });
}

/** Prints what went wrong and what to do. @param args those of the program @returns the exit code */
export function reportError(error: unknown, args: readonly string[]): number {
  if (error instanceof StateError) {
    const reader = { kind: 'person', host: hostFlagsIn(args), args } as const;
    if (args.includes('--json')) {
      const hint = hintFor(error, reader);
      const plan = error instanceof Unasked ? error.plan : {};
      printJson({ ...plan, error: { ...error.toJSON(), ...(hint === undefined ? {} : { hint }) } });
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
