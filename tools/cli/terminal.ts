// Output at a terminal: wrapped lines, colour if there is a terminal, progress on stderr.
import { randomBytes } from 'node:crypto';
import { asciiJson } from '../../src/codec/json/ascii.ts';
import { type OnProgress, type Progress, progressInWords } from '../../src/disk/progress.ts';
import { storeErrorFrom } from '../../src/disk/system-error.ts';
import { StoreError, showInvisible } from '../../src/errors.ts';
import { PacedProgress } from '../paced-progress.ts';

const MAX_WIDTH = 100;

/** What the options of the command say about its output, and why standard output took no more. */
const output = {
  isQuiet: false,
  mayColour: true,
  isStdoutTaken: false,
  lostTo: null as NodeJS.ErrnoException | null,
};

export function setOutput({ quiet = false, color = true }: { quiet?: boolean; color?: boolean }): void {
  output.isQuiet = quiet;
  output.mayColour = color;
}

/** Those that were in the environment. */
const passphrases = { WASSETTE_STATE_PASSPHRASE: '', WASSETTE_STATE_KEY_PASSPHRASE: '' };
export type PassphraseVariable = keyof typeof passphrases;

/** Takes them out of the environment before anything else happens, so that no program that is started gets one. */
export function takePassphrases(): void {
  passphrases.WASSETTE_STATE_PASSPHRASE = process.env.WASSETTE_STATE_PASSPHRASE ?? '';
  passphrases.WASSETTE_STATE_KEY_PASSPHRASE = process.env.WASSETTE_STATE_KEY_PASSPHRASE ?? '';
  for (const variable of Object.keys(passphrases)) delete process.env[variable];
}

/** Null where there was none. */
export function takenPassphrase(variable: PassphraseVariable): string | null {
  return passphrases[variable] || null;
}

/** What was asked for, or has to be decided. */
export function print(text: string): void {
  if (output.isStdoutTaken) complain(text);
  else write(`${forTerminal(text)}\n`);
}

/** Two columns for a program that reads them, with a tab between. */
export function printColumns(first: string, second: string): void {
  write(`${forTerminal(first)}\t${forTerminal(second)}\n`);
}

/** From now on standard output is for bytes alone, and what is printed goes to stderr. */
export function takeStdout(): void {
  output.isStdoutTaken = true;
}

/** From now on what is printed is where the person who is asked sees it. */
export function printWhereAsked(): void {
  if (!process.stdout.isTTY) takeStdout();
}

export function isStdoutTerminal(): boolean {
  return process.stdout.isTTY;
}

/** Words for standard output. Those it does not take are lost, and the command goes on. */
export function write(text: string): void {
  if (output.lostTo !== null) return;
  for (const part of inTwo(text)) process.stdout.write(part, noteLoss);
}

function noteLoss(error?: Error | null): void {
  if (error) output.lostTo ??= error;
}

/** A disk may take a part of what is written and call that a success; it refuses what follows then. */
function inTwo<T extends string | Uint8Array>(written: T): T[] {
  return [written.slice(0, -1) as T, written.slice(-1) as T];
}

/**
 * Writes bytes to standard output, no faster than they are read there.
 * @throws StoreError STORE_NO_SPACE, STORE_IO where they do not all arrive, but for a reader who has seen enough
 */
export async function writeBytes(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<void> {
  try {
    for await (const chunk of chunks) for (const part of inTwo(chunk)) await written(part);
  } catch (error) {
    // A snapshot that is sent on arrives whole or not at all.
    if (output.isStdoutTaken || !isReaderGone(error)) throw storeErrorFrom(error, WRITING);
    noteLoss(error as Error);
  }
}

const WRITING = 'write to standard output';

function written(part: string | Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(part, (error) => (error ? reject(error) : resolve()));
  });
}

/** What is good to know; `--quiet` leaves it out. */
export function tell(text: string): void {
  if (!output.isQuiet) print(text);
}

/** What a person should know of: with `--quiet` on stderr, so that standard output has the answer alone. */
export function warn(text: string): void {
  if (output.isQuiet) complain(text);
  else print(text);
}

/** A next step, alone on its line, however long it is, so that it can be copied. `--quiet` leaves it out. */
export function tellCommand(says: string, command: string): void {
  if (!output.isQuiet) printCommand(says, command);
}

/** For a command whose answer is another one then. */
export function isQuiet(): boolean {
  return output.isQuiet;
}

/** Marks our own styles: random, so that the name of a component cannot contain it. */
const STYLE_MARK = `\ue000${randomBytes(8).toString('hex')}`;
const STYLES = new RegExp(`${STYLE_MARK}\\d+m`, 'g');

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

/** Lines on stderr. */
export function complain(text: string): void {
  const plain = process.stderr.isTTY ? text : text.replaceAll(STYLES, '');
  process.stderr.write(`${forTerminal(plain)}\n`);
}

/** Prints JSON in ASCII: what is invisible or moves the cursor is escaped, and parses back unchanged. */
export function printJson(value: unknown): void {
  print(asciiJson(value, 2));
}

export function width(): number {
  return Math.min(process.stdout.columns || 80, MAX_WIDTH);
}

type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow';
const CODES: Record<Style, number> = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33 };

export function styled(text: string, style: Style): string {
  const stream = output.isStdoutTaken ? process.stderr : process.stdout;
  const hasColour = output.mayColour && stream.isTTY && !process.env.NO_COLOR && process.env.TERM !== 'dumb';
  return hasColour ? `${STYLE_MARK}${CODES[style]}m${text}${STYLE_MARK}0m` : text;
}

/**
 * Breaks `text` at spaces to fit the terminal; the first line starts with `first`, the others align below it. The indentation
 * of `text` is kept. A word longer than a line stays whole, so that a digest or path can be copied.
 */
export function wrapped(first: string, text: string): string {
  const unindented = text.replace(/^ +/, '');
  const start = first + ' '.repeat(text.length - unindented.length);
  const indent = columnsOf(start);
  const room = Math.max(20, width() - indent);
  const lines: string[] = [];
  let line = '';
  for (const word of unindented.split(' ')) {
    if (line !== '' && columnsOf(line) + 1 + columnsOf(word) > room) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  lines.push(line);
  return lines.map((part, i) => (i === 0 ? start : ' '.repeat(indent)) + part).join('\n');
}

/** Our own styles take no room. */
function columnsOf(text: string): number {
  return text.replaceAll(STYLES, '').length;
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

/** Shows progress in one line on stderr, if that is a terminal which can clear it, after 300 ms. */
export function progressLine(): OnProgress {
  if (output.isQuiet || !process.stderr.isTTY || process.env.TERM === 'dumb') return () => undefined;
  const line = new PacedProgress(
    (progress) => process.stderr.write(`${CLEARED_LINE}${shown(progress)}`),
    100,
    300,
  );
  return (progress) => {
    if (progress.fraction < 1) return line.report(progress);
    line.drop();
    process.stderr.write(CLEARED_LINE);
  };
}

const CLEARED_LINE = '\r\u001b[K';

/** While one component is compiled or loaded, nobody knows how much of that is over. */
function shown(progress: Progress): string {
  const { doing, fraction } = progress;
  const isCounted = doing === 'compiling' || doing === 'loading';
  return `${progressInWords(progress)}${isCounted ? '' : ` (${Math.floor(fraction * 100)} %)`}`;
}

/** A signal that an interrupt aborts. An import that is not committed yet then ends without a trace. */
export function interruptSignal(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => controller.abort());
  return controller.signal;
}

/** What cannot be written ends no command midway: its words are lost then, its work is not. */
export function surviveLostOutput(): void {
  output.lostTo = null;
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
}

function isReaderGone(error: unknown): boolean {
  return ['EPIPE', 'ECONNRESET'].includes((error as NodeJS.ErrnoException).code ?? '');
}

/**
 * Waits until everything is written. A reader who has seen enough (`| head`) is no failure.
 * @throws StoreError STORE_NO_SPACE, STORE_IO
 */
export async function assertWordsArrived(): Promise<void> {
  await written('').catch(noteLoss);
  const { lostTo } = output;
  if (lostTo === null || isReaderGone(lostTo)) return;
  const error = storeErrorFrom(lostTo, WRITING);
  if (!(error instanceof StoreError)) throw error;
  const { code, message, details } = error;
  const hint = 'the command did what it was told; only its words are lost';
  throw new StoreError(code, message, { details, cause: lostTo, hint });
}
