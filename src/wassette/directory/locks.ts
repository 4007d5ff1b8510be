// The two locks of a component directory. Imports come one after the other, however long each of them fetches and compiles;
// its files are locked only while they are exchanged, or read by an export, so that reading goes on meanwhile. A third is of
// the secrets directory, which several component directories may share.
import { chown, lstat, mkdir, stat } from 'node:fs/promises';
import { makeDirectoryDurably, unsafeFile } from '../../disk/durable-file.ts';
import { acquireLock, findDeadOwners, type Lock, type LockName } from '../../disk/lock.ts';
import { whileDoing } from '../../disk/system-error.ts';
import { ownFolder } from './own-folder.ts';

/** Long enough for an import in another window that has to compile, and shorter than clients wait for a tool. */
const IMPORT_WAIT_MS = 30_000;
const FILES_WAIT_MS = 10_000;

export class DirectoryLocks {
  readonly #folder: string;

  constructor(
    private readonly componentDir: string,
    private readonly stateDir: string,
  ) {
    this.#folder = ownFolder(componentDir);
  }

  /** Until it is released no other import begins. @throws StoreError STORE_LOCKED */
  forImport(signal?: AbortSignal): Promise<Lock> {
    return this.#acquire(this.componentDir, 'import', IMPORT_WAIT_MS, signal);
  }

  /** Until it is released no files are exchanged. @throws StoreError STORE_LOCKED */
  forFiles(signal?: AbortSignal): Promise<Lock> {
    return this.#acquire(this.componentDir, 'lock', FILES_WAIT_MS, signal);
  }

  /**
   * Until it is released no import, into whichever component directory, changes these secrets; the directory is made. It is
   * taken before that for the files.
   * @throws StoreError STORE_LOCKED
   */
  async forSecrets(secretsDir: string, signal?: AbortSignal): Promise<Lock> {
    await makeDirectoryDurably(secretsDir);
    return this.#acquire(secretsDir, 'lock', IMPORT_WAIT_MS, signal);
  }

  /** Whether a process that held one of them was killed. */
  async haveDeadOwner(): Promise<boolean> {
    return (await findDeadOwners(this.#folder)).length > 0;
  }

  /** Whether an import was killed, and none began since. */
  async haveDeadImport(): Promise<boolean> {
    // Where we may not even look, the lock says so.
    return (await findDeadOwners(this.#folder, 'import').catch(() => [])).length > 0;
  }

  /** The locks are in our own folder, which gets the owner of the directory that it is in. */
  async #acquire(
    directory: string,
    name: LockName,
    waitMs: number,
    signal: AbortSignal | undefined,
  ): Promise<Lock> {
    const folder = ownFolder(directory);
    await whileDoing(`lock ${directory}`, async () => {
      const { uid, gid } = await stat(directory);
      await mkdir(folder, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw error;
      });
      const own = await lstat(folder);
      if (!own.isDirectory()) throw unsafeFile(folder);
      if (process.geteuid?.() === 0 && own.uid !== uid) await chown(folder, uid, gid);
    });
    return acquireLock(folder, { stateDir: this.stateDir, name, waitMs, signal });
  }
}

/** Runs `work` under a lock, which is released whatever happens. */
export async function under<T>(lock: Lock, work: (assertHeld: () => void) => Promise<T>): Promise<T> {
  try {
    return await work(() => lock.assertHeld());
  } finally {
    await lock.release();
  }
}
