// Changes a small text file of another program: follows links to the file itself, keeps its mode and owner, and never
// replaces what somebody else has written meanwhile.
import type { BigIntStats } from 'node:fs';
import { access, constants } from 'node:fs/promises';
import path from 'node:path';
import { utf8Text } from '../codec/utf8.ts';
import { FormatError, StoreError } from '../errors.ts';
import { makeDirectoryDurably, openRegularFile, readToEnd, writeDurably } from './durable-file.ts';
import { followPath } from './paths/kernel-path.ts';
import { whileDoing } from './system-error.ts';

/** What reads JSON needs a hundred times as much memory. */
const MAX_BYTES = 16 * 1024 * 1024;

/** A file as it was read. */
export interface ForeignFile {
  /** Where it really is: editors write through a link, too, and a link is often how settings are shared. */
  path: string;
  /** Null when there is no file. */
  text: string | null;
  stat: BigIntStats | null;
}

/**
 * @throws StoreError STORE_UNSAFE_FILE, STORE_DENIED, STORE_IO; FormatError FORMAT_LIMIT_EXCEEDED, FORMAT_INVALID_CONFIG
 */
export async function readForeignFile(location: string): Promise<ForeignFile> {
  const { real } = followPath(path.resolve(location));
  let opened: Awaited<ReturnType<typeof openRegularFile>>;
  try {
    opened = await openRegularFile(real);
  } catch (error) {
    if (error instanceof StoreError && error.code === 'STORE_NOT_FOUND')
      return { path: real, text: null, stat: null };
    throw error;
  }
  const { handle, stat } = opened;
  try {
    if (stat.size > MAX_BYTES) throw tooLarge(real, stat.size);
    const bytes = await whileDoing(`read ${real}`, () => readToEnd(handle, Number(stat.size)));
    const text = utf8Text(bytes);
    if (text === undefined) throw notText(real);
    return { path: real, text, stat };
  } finally {
    await handle.close();
  }
}

/**
 * Writes the whole file or leaves it alone. False when it is not what was read any more: then read again.
 * @throws StoreError STORE_DENIED also for a file that nobody may write; STORE_NO_SPACE, STORE_IO
 */
export async function replaceForeignFile(read: ForeignFile, text: string): Promise<boolean> {
  const { path: file, stat } = read;
  if (stat === null) {
    await makeDirectoryDurably(path.dirname(file));
    return (await writeDurably(file, [Buffer.from(text)], { replace: false })) !== null;
  }
  await assertMayChange(read);
  const written = await writeDurably(file, [Buffer.from(text)], {
    replace: stat,
    mode: Number(stat.mode & 0o7777n),
    owner: { uid: Number(stat.uid), gid: Number(stat.gid) },
  });
  return written !== null;
}

/** A rename would replace a read-only file; but somebody has said that it is not to be changed. @throws StoreError STORE_DENIED */
export async function assertMayChange({ path: file, stat }: ForeignFile): Promise<void> {
  if (stat === null) return;
  const isWritable = (stat.mode & 0o222n) !== 0n && (await access(file, constants.W_OK).then(yes, no));
  if (isWritable) return;
  throw new StoreError('STORE_DENIED', `${file} is read-only`, {
    hint: 'change it where it is made, or make it writable and repeat this',
    details: { file },
  });
}

const yes = () => true;
const no = () => false;

function tooLarge(file: string, size: bigint): FormatError {
  return new FormatError(
    'FORMAT_LIMIT_EXCEEDED',
    `${file}: ${size} bytes are over the limit of ${MAX_BYTES}`,
    { hint: 'look at what is in that file', details: { limit: MAX_BYTES } },
  );
}

function notText(file: string): FormatError {
  return new FormatError('FORMAT_INVALID_CONFIG', `${file} is not text in UTF-8`, {
    hint: 'correct the file, and repeat this',
  });
}
