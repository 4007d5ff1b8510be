// `-` for a snapshot: standard input or output. Both go through a private scratch file: a snapshot is read in any order, and
// is written whole or not at all.
import path from 'node:path';
import type { Compression } from '../../src/codec/compression/compression.ts';
import { readFileBytes } from '../../src/disk/blobs/file-bytes.ts';
import { inScratch } from '../../src/disk/scratch.ts';
import { whileDoing } from '../../src/disk/system-error.ts';
import { FormatError, StateError, UsageError } from '../../src/errors.ts';
import { snapshotEnding } from '../../src/places/file-name.ts';
import { keepJsonStream } from '../../src/places/json/stream.ts';
import { passingFile, type Reference } from '../../src/places/reference.ts';
import { isStdoutTerminal, writeBytes } from './terminal.ts';

export const STANDARD = '-';

/** @throws UsageError USAGE_BAD_ARGUMENT where a snapshot is to go to standard output, and that is not for it alone */
export function assertForSnapshotAlone(json: boolean | undefined): void {
  if (json) {
    throw new UsageError('USAGE_BAD_ARGUMENT', '--json and "-" would print two documents in one', {
      hint: 'leave --json out: what is printed is the snapshot, which is JSON',
    });
  }
  if (isStdoutTerminal()) {
    throw new UsageError('USAGE_BAD_ARGUMENT', '"-" is standard output, and that is a terminal', {
      hint: 'send it on through a pipe: wassette-state --help shows one to another machine',
    });
  }
}

/** Runs `work` with the snapshot that `reference` names, whose bytes are there until it is done. */
export async function withSnapshotAt<T>(
  reference: string,
  signal: AbortSignal,
  work: (reference: string | Reference) => Promise<T>,
): Promise<T> {
  if (reference !== STANDARD) return work(reference);
  const { stdin } = process;
  if (stdin.isTTY) {
    throw new UsageError('USAGE_BAD_ARGUMENT', '"-" is standard input, and nothing is sent to it', {
      hint: 'send a snapshot through a pipe: wassette-state --help shows one to another machine',
    });
  }
  const stop = () => stdin.destroy(signal.reason as Error);
  signal.addEventListener('abort', stop);
  try {
    return await inScratch(async (scratch) => {
      const file = path.join(scratch, 'standard-input.json');
      try {
        await keepJsonStream(whatComesFrom(stdin), file, signal);
        return await work(passingFile(file));
      } catch (error) {
        // The path of what is not there any more tells its reader nothing.
        if (error instanceof StateError) error.message = error.message.replaceAll(file, 'standard input');
        throw error;
      }
    });
  } finally {
    signal.removeEventListener('abort', stop);
    stdin.destroy();
  }
}

/** @throws StoreError when reading fails; FormatError FORMAT_NOT_A_SNAPSHOT when nothing comes */
async function* whatComesFrom(stdin: NodeJS.ReadStream): AsyncGenerator<Uint8Array> {
  const chunks = stdin[Symbol.asyncIterator]();
  for (let isEmpty = true; ; isEmpty = false) {
    const { done, value } = await whileDoing('read standard input', () => chunks.next());
    if (done && isEmpty) {
      throw new FormatError('FORMAT_NOT_A_SNAPSHOT', 'nothing came', {
        hint: 'the command that should send the snapshot says why it did not',
      });
    }
    if (done) return;
    yield value as Buffer;
  }
}

/** Has `write` write a snapshot to a file, and sends that to standard output once it is whole. */
export async function toStandardOutput<T>(
  compress: Compression | undefined,
  write: (file: Reference) => Promise<T>,
): Promise<T> {
  return inScratch(async (scratch) => {
    const file = path.join(scratch, `standard-output${snapshotEnding(compress?.codec ?? null)}`);
    const written = await write(passingFile(file));
    await writeBytes(readFileBytes(file));
    return written;
  });
}
