// Reads the audit log, and checks its chain. Whoever appends waits meanwhile, so that no line is seen half written.
import path from 'node:path';
import { sha256Hex } from '../../codec/digest.ts';
import { readSmallFile } from '../../disk/durable-file.ts';
import { acquireLock, type Lock } from '../../disk/lock.ts';
import { StoreError } from '../../errors.ts';
import type { StateDirectory } from '../directory.ts';
import type { AuditRecord } from './entry.ts';
import { lockFolder, logFile, logNumbers } from './files.ts';
import { isTornLineNote, recordIn } from './line.ts';

/** Many times what a file of ours holds. */
const MAX_BYTES = 64 * 1024 * 1024;
const LINE_END = 0x0a;
const WAIT_MS = 2_000;
const MOST_BREAKS = 100;

/** One line of the audit log, and where it is. */
export interface AuditLine {
  /** The name of the file in the state directory's `audit`. */
  file: string;
  /** Counted from 1 in its file. */
  line: number;
  /** What it says; null for a line that was not written to its end, or that is none of ours. */
  record: AuditRecord | null;
}

/** Where a chain does not hold. */
export interface AuditBreak {
  file: string;
  line: number;
  what: string;
}

/** What the chain of an audit log says of it. */
export interface AuditCheck {
  /** Whether every line follows from the one before. A torn line that is noted, or that is the last one, does not count. */
  holds: boolean;
  /** How many there are. */
  lines: number;
  files: number;
  /** Hash of the last line, its line end included: kept elsewhere, it shows later that nothing before it was changed. */
  head: { sha256: string; file: string; line: number; time: string | null } | null;
  /** Hash that the first line gives for the one before it, where older files were dropped. */
  continues: string | null;
  /** The first places where it does not hold. */
  breaks: readonly AuditBreak[];
  /** Lines that a crash or a full disk tore; `noted` where a later line says so. */
  torn: readonly { file: string; line: number; noted: boolean }[];
}

interface RawLine extends AuditLine {
  sha256: string;
  isEnded: boolean;
}

/** Every line, oldest first. @throws StoreError STORE_DENIED, STORE_UNSAFE_FILE, STORE_IO; FormatError */
export async function readAuditLines(state: StateDirectory): Promise<AuditLine[]> {
  const lines = await rawLines(state);
  return lines.map(({ file, line, record, isEnded }) => ({ file, line, record: isEnded ? record : null }));
}

/** @throws as `readAuditLines` */
export async function checkAuditLog(state: StateDirectory): Promise<AuditCheck> {
  const lines = await rawLines(state);
  const breaks: AuditBreak[] = [];
  const torn: { file: string; line: number; noted: boolean }[] = [];
  lines.forEach((line, i) => {
    const before = lines[i - 1];
    const after = lines[i + 1];
    const { file, line: number } = line;
    const isNoted = after?.record != null && isTornLineNote(after.record);
    const isTorn = isNoted || (after === undefined && (line.record === null || !line.isEnded));
    if (isTorn) torn.push({ file, line: number, noted: isNoted });
    const what = isTorn ? null : breakAt(line, before);
    if (what !== null) breaks.push({ file, line: number, what });
  });
  const first = lines[0];
  const last = lines.at(-1);
  return {
    holds: breaks.length === 0,
    lines: lines.length,
    files: new Set(lines.map(({ file }) => file)).size,
    head:
      last === undefined ? null : { ...placeOf(last), sha256: last.sha256, time: last.record?.time ?? null },
    continues: first?.record?.previous_sha256 ?? null,
    breaks: breaks.slice(0, MOST_BREAKS),
    torn,
  };
}

function breakAt({ record, file, line }: RawLine, before: RawLine | undefined): string | null {
  if (record === null) return 'it is no line of the log';
  const given = record.previous_sha256;
  if (before === undefined) {
    // Older files are dropped, and the first one that is left goes on from them.
    if ((given === null) === isFirstFile(file)) return null;
    return given === null ? 'it begins a chain, but older lines were here' : 'the lines before it are gone';
  }
  if (given === before.sha256) return null;
  return `it does not follow from line ${before.line}${before.file === file ? '' : ` of ${before.file}`}: that line was changed, or lines between them were added or removed (line ${line} names another)`;
}

function isFirstFile(file: string): boolean {
  return file === path.basename(logFile('', 1));
}

function placeOf({ file, line }: AuditLine): { file: string; line: number } {
  return { file, line };
}

async function rawLines({ audit: folder, root }: StateDirectory): Promise<RawLine[]> {
  if ((await logNumbers(folder)).length === 0) return [];
  const lock = await lockIfPossible(folder, root);
  try {
    const lines: RawLine[] = [];
    for (const number of await logNumbers(folder)) {
      const file = logFile(folder, number);
      for (const line of linesIn(await readSmallFile(file, MAX_BYTES), path.basename(file))) lines.push(line);
    }
    return lines;
  } finally {
    await lock?.release();
  }
}

/** Where we may not write, or somebody holds it for long, it is read without: then the last line may look torn. */
async function lockIfPossible(folder: string, root: string): Promise<Lock | null> {
  try {
    return await acquireLock(lockFolder(folder), { stateDir: root, waitMs: WAIT_MS });
  } catch (error) {
    if (error instanceof StoreError) return null;
    throw error;
  }
}

function* linesIn(bytes: Buffer, file: string): Generator<RawLine> {
  let line = 0;
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf(LINE_END, at);
    const isEnded = end >= 0;
    const next = isEnded ? end + 1 : bytes.length;
    const text = bytes.subarray(at, next);
    line++;
    yield { file, line, record: recordIn(text), sha256: sha256Hex(text), isEnded };
    at = next;
  }
}
