// An object driver that keeps objects as files in one directory. It makes nothing before the first put, and follows no link
// inside.
import { type BigIntStats, lstatSync, lutimesSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { openFileBytes } from '../../../disk/blobs/file-bytes.ts';
import {
  makeDirectoryDurably,
  notADirectory,
  syncDirectory,
  TEMPORARY_PREFIX,
  unsafeFile,
  writeDurably,
} from '../../../disk/durable-file.ts';
import { acquireLock } from '../../../disk/lock.ts';
import { storeErrorFrom, whileDoing } from '../../../disk/system-error.ts';
import { StoreError } from '../../../errors.ts';
import type {
  ListedObject,
  ObjectDriver,
  ObjectHead,
  OpenObject,
  PutOptions,
  Renewal,
} from '../object-driver.ts';
import { assertObjectKey, isObjectKey } from '../object-key.ts';

const LOCK_WAIT_MS = 30_000;
const LOCKS = '.locks';

export class FileDriver implements ObjectDriver {
  readonly #root: string;
  readonly #stateDir: string;
  /** Directories inside the root, as keys, that were seen to be real directories since the last flush. */
  readonly #realDirectories = new Set<string>();
  readonly #unsynced = new Set<string>();

  constructor(root: string, options: { stateDir?: string } = {}) {
    this.#root = path.resolve(root);
    this.#stateDir = options.stateDir ?? this.#root;
  }

  async get(key: string): Promise<OpenObject | null> {
    if (!this.#parentExists(key)) return null;
    return nullIfMissing(async () => {
      const { stat, bytes } = await openFileBytes(this.#fileOf(key));
      return { etag: etagOf(stat), bytes };
    });
  }

  async put(
    key: string,
    bytes: AsyncIterable<Uint8Array>,
    { ifAbsent = false, ifMatch }: PutOptions = {},
  ): Promise<string | null> {
    const file = this.#fileOf(key);
    const directory = path.dirname(file);
    const write = async () => {
      await this.#makeDirectory(directory);
      const stat = await writeDurably(file, bytes, { replace: !ifAbsent, syncDirectory: false });
      this.#syncLater(directory);
      return stat === null ? null : etagOf(stat);
    };
    try {
      if (ifMatch === undefined) return await write();
      // Whoever is late need not wait for the lock to learn it.
      const isLate = async () => (await this.head(key))?.etag !== ifMatch;
      if (await isLate()) return null;
      return await this.#locked('objects', async () => ((await isLate()) ? null : await write()));
    } catch (error) {
      this.#realDirectories.clear(); // perhaps one was removed under us
      throw error;
    }
  }

  async head(key: string): Promise<ObjectHead | null> {
    if (!this.#parentExists(key)) return null;
    const file = this.#fileOf(key);
    const stat = lstatOrNull(file);
    if (stat !== null && !stat.isFile()) throw unsafeFile(file);
    return stat === null ? null : headOf(stat);
  }

  async renew(key: string): Promise<Renewal> {
    const file = this.#fileOf(key);
    const now = Date.now() / 1000;
    if (!this.#parentExists(key)) return 'gone';
    const found = await nullIfMissing(async () => {
      // Synchronous for the reason that a look is: a thousand components are renewed by each export that finds them here.
      await whileDoing(`renew ${file}`, async () => lutimesSync(file, now, now));
      return true;
    });
    if (found === null) return 'gone';
    // Whoever wrote it may not have synced the directory yet, and now somebody else relies on it.
    this.#syncLater(path.dirname(file));
    return 'renewed';
  }

  async *list(prefix: string): AsyncGenerator<ListedObject> {
    const start = prefix.slice(0, Math.max(prefix.lastIndexOf('/'), 0));
    if (start === '' || this.#parentExists(`${start}/_`)) yield* this.#walk(start, prefix);
  }

  /** Whoever tells what was seen runs this exclusively. */
  async delete(key: string, seen?: ObjectHead): Promise<boolean> {
    if (!this.#parentExists(key)) return true;
    const file = this.#fileOf(key);
    const stat = seen && lstatOrNull(file);
    if (stat && etagOf(stat) !== seen.etag) return false;
    await whileDoing(`remove ${file}`, () => rm(file, { force: true }));
    this.#syncLater(path.dirname(file));
    return true;
  }

  async flush(): Promise<void> {
    const directories = [...this.#unsynced];
    this.#unsynced.clear(); // first, since somebody may write meanwhile
    this.#realDirectories.clear();
    try {
      await Promise.all(directories.map((directory) => syncDirectory(directory)));
    } catch (error) {
      for (const directory of directories) this.#unsynced.add(directory);
      throw error;
    }
  }

  /** Runs `work` while nobody else, in this process or another, runs work under the same store. */
  async exclusively<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    return this.#locked('store', work, signal);
  }

  /** Removes files that killed processes left half written before `beforeMs`; returns how many bytes that freed. */
  async removeLeftovers(beforeMs: number): Promise<number> {
    return this.#removeLeftovers(this.#root, BigInt(Math.floor(beforeMs)) * 1_000_000n);
  }

  async #removeLeftovers(directory: string, beforeNs: bigint): Promise<number> {
    let freed = 0;
    for (const entry of await entriesOf(directory)) {
      const child = path.join(directory, entry.name);
      if (entry.isDirectory()) freed += await this.#removeLeftovers(child, beforeNs);
      if (!entry.isFile() || !entry.name.startsWith(TEMPORARY_PREFIX)) continue;
      const stat = lstatOrNull(child);
      if (stat === null || stat.mtimeNs >= beforeNs) continue;
      await whileDoing(`remove ${child}`, () => rm(child, { force: true }));
      freed += Number(stat.size);
    }
    return freed;
  }

  async *#walk(directory: string, prefix: string): AsyncGenerator<ListedObject> {
    const keys: string[] = [];
    for (const entry of await entriesOf(path.join(this.#root, directory))) {
      const key = directory === '' ? entry.name : `${directory}/${entry.name}`;
      if (!isObjectKey(key)) continue; // unfinished files and locks
      if (entry.isDirectory()) yield* this.#walk(key, prefix);
      else if (entry.isFile() && key.startsWith(prefix)) keys.push(key);
    }
    for (const key of keys) {
      const stat = lstatOrNull(this.#fileOf(key));
      if (stat?.isFile()) yield { key, head: headOf(stat) };
    }
  }

  #fileOf(key: string): string {
    assertObjectKey(key);
    return path.join(this.#root, key);
  }

  /** False when a directory on the way to `key` is missing. @throws StoreError STORE_UNSAFE_FILE when one is a link */
  #parentExists(key: string): boolean {
    assertObjectKey(key);
    for (let slash = key.indexOf('/'); slash >= 0; slash = key.indexOf('/', slash + 1)) {
      const directory = key.slice(0, slash);
      if (this.#realDirectories.has(directory)) continue;
      const stat = lstatOrNull(path.join(this.#root, directory));
      if (stat === null) return false;
      if (!stat.isDirectory()) throw notADirectory(path.join(this.#root, directory));
      this.#realDirectories.add(directory);
    }
    return true;
  }

  async #makeDirectory(directory: string): Promise<void> {
    const key = path.relative(this.#root, directory).replaceAll(path.sep, '/');
    if (this.#realDirectories.has(key)) return;
    await whileDoing(`make ${directory}`, async () => {
      // The root itself may be reached through links: it is the operator's choice where the store lives.
      if (key === '') {
        await makeDirectoryDurably(this.#root);
        return;
      }
      await this.#makeDirectory(path.dirname(directory));
      try {
        await mkdir(directory, { mode: 0o700 });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
        if (!lstatOrNull(directory)?.isDirectory()) throw notADirectory(directory);
      }
    });
    this.#realDirectories.add(key);
  }

  /** Also the directories above it, which a killed run may have made and not synced. */
  #syncLater(directory: string): void {
    for (let at = directory; !this.#unsynced.has(at); at = path.dirname(at)) {
      this.#unsynced.add(at);
      if (at === this.#root) return;
    }
  }

  async #locked<T>(name: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const lock = await acquireLock(path.join(this.#root, LOCKS, name), {
      stateDir: this.#stateDir,
      waitMs: LOCK_WAIT_MS,
      signal,
    });
    try {
      return await work();
    } finally {
      await lock.release();
    }
  }
}

function headOf(stat: BigIntStats): ObjectHead {
  return {
    size: Number(stat.size),
    etag: etagOf(stat),
    modifiedMs: Number(stat.mtimeNs / 1_000_000n),
  };
}

function etagOf(stat: BigIntStats): string {
  return [stat.ino, stat.size, stat.mtimeNs, stat.ctimeNs].join('-');
}

async function entriesOf(directory: string) {
  const entries = await nullIfMissing(() =>
    whileDoing(`list ${directory}`, () => readdir(directory, { withFileTypes: true })),
  );
  return entries ?? [];
}

/** Synchronous, because it is called ten thousand times in a row and costs less than a trip to the thread pool. */
function lstatOrNull(file: string): BigIntStats | null {
  try {
    return lstatSync(file, { bigint: true, throwIfNoEntry: false }) ?? null;
  } catch (error) {
    throw storeErrorFrom(error, `look at ${file}`);
  }
}

async function nullIfMissing<T>(work: () => Promise<T>): Promise<T | null> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof StoreError && error.code === 'STORE_NOT_FOUND') return null;
    throw error;
  }
}
