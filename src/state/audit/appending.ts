// Appends lines to the audit log. Nothing that was written is ever changed: a line that a crash tore is ended, and noted in
// the next one (FORMAT.md F-18.5).
import { type FileHandle, rm } from 'node:fs/promises';
import { sha256Hex } from '../../codec/digest.ts';
import { checking } from '../../codec/json/checking.ts';
import { readSmallFile, syncDirectory, writeAll } from '../../disk/durable-file.ts';
import { createLogFile, logFile, logNumbers, openToAppend } from './files.ts';
import { type Chaining, recordIn, tornLineNote } from './line.ts';

/** When a file is full, and how many are kept. */
export interface Rotation {
  maxBytes: number;
  kept: number;
}

/** About 100 MB, or 150,000 lines. */
export const ROTATION: Rotation = { maxBytes: 4 * 1024 * 1024, kept: 25 };

/** More than most lines of ours have. */
const TAIL_BYTES = 4 * 1024;
/** A file with more in one line than this is not ours. */
const MAX_BYTES = 64 * 1024 * 1024;
const LINE_END = 0x0a;

/** How the log ends. */
interface End {
  /** Hash of its last line, as it will be once it is ended; null where there is none. */
  previous: string | null;
  /** Whether that line was not written to its end, or is none of ours. */
  isTorn: boolean;
  /** Whether it still has to be ended. */
  isOpen: boolean;
}

/**
 * Appends the line that `line` makes, under the caller's lock.
 * @param isDurable whether it survives power loss once this returns; then all before it does, too
 */
export async function appendLine(
  folder: string,
  line: (chaining: Chaining) => string,
  isDurable: boolean,
  rotation: Rotation,
): Promise<void> {
  const numbers = await logNumbers(folder);
  const last = numbers.at(-1);
  if (last === undefined) return startFile(folder, 1, line(now(null)));
  const { handle, size } = await openToAppend(logFile(folder, last));
  try {
    const end = await endOf(folder, numbers, handle, size);
    const { text, isNote } = linesAfter(end, line);
    if (!isNote && size > 0 && size + text.length > rotation.maxBytes) {
      await handle.sync(); // what is in the next file relies on it
      await startFile(folder, last + 1, text);
      await dropOldest(folder, [...numbers, last + 1], rotation);
      return;
    }
    await writeAll(handle, Buffer.from(text));
    if (isDurable) await handle.sync();
  } finally {
    await handle.close();
  }
}

function linesAfter(end: End, line: (chaining: Chaining) => string): { text: string; isNote: boolean } {
  if (!end.isTorn) return { text: line(now(end.previous)), isNote: false };
  const note = tornLineNote(now(end.previous));
  return { text: `${end.isOpen ? '\n' : ''}${note}${line(now(sha256Hex(note)))}`, isNote: true };
}

function now(previous: string | null): Chaining {
  return { time: new Date().toISOString(), previous };
}

async function startFile(folder: string, number: number, text: string): Promise<void> {
  const handle = await createLogFile(logFile(folder, number));
  try {
    await writeAll(handle, Buffer.from(text));
    await handle.sync();
  } finally {
    await handle.close();
  }
  await syncDirectory(folder);
}

async function dropOldest(folder: string, numbers: readonly number[], { kept }: Rotation): Promise<void> {
  for (const number of numbers.slice(0, -kept)) await rm(logFile(folder, number), { force: true });
}

/** An empty file was made by a process that ended before it wrote its first line. */
async function endOf(
  folder: string,
  numbers: readonly number[],
  handle: FileHandle,
  size: number,
): Promise<End> {
  const last = logFile(folder, numbers.at(-1)!);
  if (size > 0) return endIn(await tailOf(handle, size), () => readSmallFile(last, MAX_BYTES), size);
  const before = numbers.at(-2);
  if (before === undefined) return { previous: null, isTorn: false, isOpen: false };
  const bytes = await readSmallFile(logFile(folder, before), MAX_BYTES);
  const { isOpen, ...end } = await endIn(bytes, async () => bytes, bytes.length);
  // It is not ended any more: its hash is that of what is there.
  return isOpen
    ? { previous: sha256Hex(lastLineIn(bytes)), isTorn: true, isOpen: false }
    : { ...end, isOpen };
}

async function endIn(tail: Buffer, whole: () => Promise<Buffer>, size: number): Promise<End> {
  const line = lastLineIn(tail);
  const isCut = line.length === tail.length && tail.length < size;
  const bytes = isCut ? lastLineIn(await whole()) : line;
  const isOpen = bytes.at(-1) !== LINE_END;
  const ended = isOpen ? Buffer.concat([bytes, Buffer.from('\n')]) : bytes;
  return { previous: sha256Hex(ended), isTorn: isOpen || recordIn(ended, checking({})) === null, isOpen };
}

/** With its line end, if it has one. */
function lastLineIn(bytes: Buffer): Buffer {
  return bytes.subarray(bytes.lastIndexOf(LINE_END, -2) + 1);
}

async function tailOf(handle: FileHandle, size: number): Promise<Buffer> {
  const length = Math.min(size, TAIL_BYTES);
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await handle.read(buffer, 0, length, size - length);
  return buffer.subarray(0, bytesRead);
}
