// The files of the audit log: numbered, each the continuation of the one before; only the last one grows.
import { constants, lstatSync } from 'node:fs';
import { type FileHandle, open, readdir } from 'node:fs/promises';
import path from 'node:path';
import { notADirectory, unsafeFile } from '../../disk/durable-file.ts';
import { whileDoing } from '../../disk/system-error.ts';
import { StoreError } from '../../errors.ts';

const { O_RDWR, O_APPEND, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;
const NAME = /^log-(\d{6,12})\.jsonl$/;
const WRITABLE_BY_OTHERS = 0o022;
const ROOT = 0;

/** A file of the log, by its number. */
export function logFile(folder: string, number: number): string {
  return path.join(folder, `log-${String(number).padStart(6, '0')}.jsonl`);
}

/** The numbers of its files, in order. @throws StoreError STORE_UNSAFE_FILE where the folder is none */
export async function logNumbers(folder: string): Promise<number[]> {
  const names = await whileDoing(`read ${folder}`, () =>
    readdir(folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw error.code === 'ENOTDIR' ? notADirectory(folder) : error;
    }),
  );
  const numbers = names.flatMap((name) => NAME.exec(name)?.[1] ?? []).map(Number);
  return numbers.sort((a, b) => a - b);
}

/** Where appends wait for each other: apart from the files, whose folder then changes only when a file is added. */
export function lockFolder(folder: string): string {
  return path.join(folder, 'lock');
}

/** @throws StoreError STORE_UNSAFE_FILE where something else is in the place of our folder, or it is another user's */
export function assertOwnFolder(folder: string): void {
  const found = lstatSync(folder, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isDirectory()) throw notADirectory(folder);
  if (!isOurs(found.uid, folder)) throw anothers(folder);
}

/**
 * Opens a file of the log so that everything goes to its end.
 * @throws StoreError STORE_UNSAFE_FILE for a link, a pipe, another user's file, or one that others may write
 */
export async function openToAppend(file: string): Promise<{ handle: FileHandle; size: number }> {
  const handle = await open(file, O_RDWR | O_APPEND | O_NOFOLLOW | O_NONBLOCK).catch((error) => {
    if ((error as NodeJS.ErrnoException).code === 'ENXIO') throw unsafeFile(file); // a socket
    throw error;
  });
  try {
    const stat = await handle.stat();
    if (!stat.isFile()) throw unsafeFile(file);
    if (!isOurs(stat.uid, path.dirname(file)) || (stat.mode & WRITABLE_BY_OTHERS) !== 0) throw anothers(file);
    return { handle, size: stat.size };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** Makes the next file. That of root is its folder's owner's, who goes on with it. */
export async function createLogFile(file: string): Promise<FileHandle> {
  const handle = await open(file, 'wx', 0o600);
  const { uid, gid } = lstatSync(path.dirname(file));
  if (process.geteuid?.() === ROOT && uid !== ROOT) await handle.chown(uid, gid);
  return handle;
}

/** Root may act for the user whose state directory it is. */
function isOurs(uid: number, folder: string): boolean {
  const own = process.geteuid?.();
  if (own === undefined || uid === own) return true;
  return own === ROOT && uid === lstatSync(path.dirname(folder)).uid;
}

function anothers(at: string): StoreError {
  return new StoreError('STORE_UNSAFE_FILE', `${at} belongs to another user, or others may write it`, {
    hint: 'run as the user whose it is, or move it away: the audit log begins anew without it',
  });
}
