// Writes files so that they are there whole or not at all, even after power loss; and reads regular files only, following no
// link and never hanging on a pipe.
import { randomBytes } from 'node:crypto';
import { type BigIntStats, constants, existsSync, lstatSync } from 'node:fs';
import { type FileHandle, link, lstat, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { safeText } from '../codec/safe-text.ts';
import { FormatError, StoreError } from '../errors.ts';
import { type FileRef, pathOf, type ReachedFile, reaching } from './paths/fence.ts';
import { whileDoing } from './system-error.ts';

const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;
/** No link is followed, and a pipe cannot make it hang. */
export const READ_FLAGS = O_RDONLY | O_NOFOLLOW | O_NONBLOCK;

/** The error codes of systems that cannot sync a directory. */
const NO_SUCH_OPERATION = process.platform === 'win32' ? ['EINVAL', 'EISDIR', 'EPERM', 'EACCES'] : ['EINVAL'];
const MAY_BE_ANOTHERS = [...NO_SUCH_OPERATION, 'EACCES', 'EPERM', 'EROFS'];

/** How names of unfinished files begin; an old one was left by a killed process. */
export const TEMPORARY_PREFIX = '.tmp-';

interface DurableWriteOptions {
  /** Permission bits of a new file. */
  mode?: number;
  /** The owner of the new file, where it is not to be the user of this process. */
  owner?: { uid: number; gid: number };
  /** Whether an existing file is replaced; or only this one, as it was seen. */
  replace: boolean | FileIdentity;
  /** True when a chunk stays valid after the next one was asked for: then writing and making chunks overlap. */
  chunksStayValid?: boolean;
  /** False when the caller syncs the directory itself, once for many files. */
  syncDirectory?: boolean;
}

/**
 * Writes all of `chunks` to `target` or leaves it alone: a temporary file beside it, fsync, rename, fsync of the directory.
 * Returns the new file's stat, or null when another file is there and must not be replaced. Errors of ours that `chunks` throws pass unchanged.
 * @throws StoreError STORE_NOT_FOUND, STORE_DENIED, STORE_NO_SPACE, STORE_UNSAFE_FILE, STORE_IO
 * @throws PolicyError POLICY_OUTSIDE_FENCE
 */
export async function writeDurably(
  target: FileRef,
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  options: DurableWriteOptions,
): Promise<BigIntStats | null> {
  return whileDoing(`write ${pathOf(target)}`, () =>
    reaching(target, (reached) => writeReached(reached, chunks, options)),
  );
}

async function writeReached(
  reached: ReachedFile,
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  { mode = 0o600, owner, replace, chunksStayValid = false, syncDirectory: sync = true }: DurableWriteOptions,
): Promise<BigIntStats | null> {
  const { access: target, directory } = reached;
  const temporary = path.join(directory, `${TEMPORARY_PREFIX}${randomBytes(8).toString('hex')}`);
  // Exclusive creation follows no link, so nobody can have the bytes sent elsewhere.
  const file = await open(temporary, 'wx', mode);
  let isTemporary = true;
  try {
    const created = await file.stat({ bigint: true });
    await reached.confirm(temporary, created);
    await writeChunks(file, chunks, chunksStayValid);
    if (owner !== undefined && (created.uid !== BigInt(owner.uid) || created.gid !== BigInt(owner.gid)))
      await file.chown(owner.uid, owner.gid);
    // After the owner, which takes bits away; and the mask of the process has taken some before.
    if (owner !== undefined) await file.chmod(mode);
    await file.sync();
    await reached.confirm(temporary, created);
    if (typeof replace === 'object') {
      const present = await lstat(target, { bigint: true }).catch(() => undefined);
      if (!isSameFile(present, replace)) return null;
    }
    if (replace) {
      await rename(temporary, target);
      isTemporary = false;
    } else if (!(await linkIfAbsent(temporary, target))) {
      return null;
    } else {
      await rm(temporary);
      isTemporary = false;
    }
    // Of the open file, not of the path: another writer may have put its own there by now.
    const stat = await file.stat({ bigint: true });
    if (sync) await syncDirectory(directory);
    return stat;
  } finally {
    await file.close();
    if (isTemporary) await rm(temporary, { force: true });
  }
}

/** A write may take fewer bytes than it was given. */
export async function writeAll(file: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let offset = 0; offset < chunk.length; ) {
    offset += (await file.write(chunk, offset)).bytesWritten;
  }
}

async function linkIfAbsent(existing: string, target: string): Promise<boolean> {
  try {
    await link(existing, target);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function writeChunks(
  file: FileHandle,
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  overlap: boolean,
): Promise<void> {
  let last = Promise.resolve();
  for await (const chunk of chunks) {
    await last;
    last = writeAll(file, chunk);
    if (overlap)
      last.catch(() => undefined); // thrown by the next `await last`
    else await last;
  }
  await last;
}

/**
 * Makes a directory and those above it so that they survive power loss; returns the first that was made, if any.
 * Each is on the disk before anything is in it, so of those found here only the last may still have to be synced: it
 * may be from a run that was killed.
 * @throws StoreError STORE_UNSAFE_FILE, STORE_DENIED, STORE_NO_SPACE, STORE_IO
 */
export async function makeDirectoryDurably(directory: string, mode = 0o700): Promise<string | undefined> {
  if (isKnownDurable(directory)) return undefined;
  return whileDoing(`create ${directory}`, async () => {
    const levels = [directory];
    while (!existsSync(levels[0]!)) levels.unshift(path.dirname(levels[0]!));
    for (const [made, level] of levels.entries()) {
      // Also for the one that is there: it may be a file. Not `recursive`: Node never comes back from that below /proc.
      await mkdir(level, { mode }).catch(async (error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw error;
        if (!(await stat(level)).isDirectory()) throw notADirectory(level);
      });
      await syncDirectory(path.dirname(level), made > 0 ? NO_SUCH_OPERATION : MAY_BE_ANOTHERS);
    }
    rememberDurable(directory);
    return levels[1];
  });
}

/** Directories that this process has made durable, by path: what tells each from another one that is put there later. */
const durable = new Map<string, string>();
const MOST_REMEMBERED = 1_000;

function isKnownDurable(directory: string): boolean {
  const known = durable.get(directory);
  return known !== undefined && known === directoryIdentity(directory);
}

function rememberDurable(directory: string): void {
  const identity = directoryIdentity(directory);
  if (identity !== null && durable.size < MOST_REMEMBERED) durable.set(directory, identity);
}

/** Null where there is none, or a link. */
function directoryIdentity(directory: string): string | null {
  const found = lstatSync(directory, { bigint: true, throwIfNoEntry: false });
  return found?.isDirectory() ? `${found.dev} ${found.ino} ${found.birthtimeNs}` : null;
}

/**
 * It is not made: a directory that does not exist is more often a typing mistake than intended.
 * @throws StoreError STORE_NOT_FOUND when there is no directory for `file`; PolicyError POLICY_OUTSIDE_FENCE
 */
export async function assertDirectoryOf(file: FileRef): Promise<void> {
  try {
    await whileDoing(`write ${pathOf(file)}`, () =>
      reaching(file, ({ directory }) => lstat(`${directory}${path.sep}.`)),
    );
  } catch (error) {
    if (!(error instanceof StoreError) || error.code !== 'STORE_NOT_FOUND') throw error;
    const directory = safeText(path.dirname(pathOf(file)), 4_096);
    throw new StoreError(
      'STORE_NOT_FOUND',
      `cannot write ${safeText(path.basename(pathOf(file)), 260)}: the directory ${directory} does not exist`,
      {
        hint: 'make that directory first, or write the file somewhere else',
        details: { directory },
        cause: error,
      },
    );
  }
}

/** Makes renames and removals in `directory` survive power loss, on systems that can sync a directory. */
export async function syncDirectory(directory: string, tolerated = NO_SUCH_OPERATION): Promise<void> {
  await whileDoing(`sync ${directory}`, async () => {
    try {
      const handle = await open(directory, O_RDONLY);
      try {
        await handle.sync();
      } finally {
        await handle.close();
      }
    } catch (error) {
      if (!tolerated.includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    }
  });
}

/**
 * Opens a regular file for reading. Links are not followed and a pipe cannot make it hang.
 * @throws StoreError STORE_NOT_FOUND, STORE_UNSAFE_FILE, STORE_DENIED, STORE_IO
 * @throws PolicyError POLICY_OUTSIDE_FENCE
 */
export async function openRegularFile(file: FileRef): Promise<{ handle: FileHandle; stat: BigIntStats }> {
  return whileDoing(`read ${pathOf(file)}`, () => reaching(file, openReached));
}

async function openReached(reached: ReachedFile): Promise<{ handle: FileHandle; stat: BigIntStats }> {
  const { access } = reached;
  const handle = await open(access, READ_FLAGS).catch((error) => {
    if ((error as NodeJS.ErrnoException).code === 'ENXIO') throw unsafeFile(reached.path); // a socket
    throw error;
  });
  try {
    const stat = await handle.stat({ bigint: true });
    await reached.confirm(access, stat);
    if (!stat.isFile()) throw unsafeFile(reached.path);
    return { handle, stat };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** Distinguishes a file from any other, and from itself after a write. */
export type FileIdentity = Pick<BigIntStats, 'dev' | 'ino' | 'size' | 'mtimeNs'>;

/** Whether two looks saw the same file, not written in between; also true when there was none both times. */
export function isSameFile(a: FileIdentity | undefined, b: FileIdentity | undefined): boolean {
  return a?.ino === b?.ino && a?.dev === b?.dev && a?.size === b?.size && a?.mtimeNs === b?.mtimeNs;
}

/** The stat of what is where a file should be. @throws StoreError STORE_NOT_FOUND, STORE_DENIED; PolicyError */
export async function lookAt(file: FileRef): Promise<BigIntStats> {
  return whileDoing(`look at ${pathOf(file)}`, () =>
    reaching(file, ({ access }) => lstat(access, { bigint: true })),
  );
}

/**
 * The whole of a regular file, which may have at most `maxBytes`.
 * @throws StoreError STORE_NOT_FOUND, STORE_UNSAFE_FILE, STORE_DENIED, STORE_IO
 * @throws FormatError FORMAT_LIMIT_EXCEEDED; PolicyError POLICY_OUTSIDE_FENCE
 */
export async function readSmallFile(file: FileRef, maxBytes: number): Promise<Buffer> {
  const { handle, stat } = await openRegularFile(file);
  const name = pathOf(file);
  try {
    if (stat.size > maxBytes) {
      throw new FormatError(
        'FORMAT_LIMIT_EXCEEDED',
        `${name}: ${stat.size} bytes are over the limit of ${maxBytes}`,
        {
          hint: 'it is not a file of ours, or it was damaged',
          details: { limit: maxBytes },
        },
      );
    }
    return await whileDoing(`read ${name}`, () => readToEnd(handle, Number(stat.size)));
  } finally {
    await handle.close();
  }
}

/** Up to `size` bytes from the start; fewer when the file has become shorter. */
export async function readToEnd(handle: FileHandle, size: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(size);
  let filled = 0;
  while (filled < size) {
    const { bytesRead } = await handle.read(buffer, filled, size - filled, filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}

export function unsafeFile(file: string): StoreError {
  return new StoreError('STORE_UNSAFE_FILE', `${file} is not a regular file`, {
    hint: 'only a regular file may be there; symbolic links, directories, pipes and devices are not followed',
  });
}

export function notADirectory(file: string): StoreError {
  return new StoreError('STORE_UNSAFE_FILE', `${file} is not a directory`, {
    hint: 'remove it: neither a file nor a link inside our directories can take the place of a directory',
  });
}
