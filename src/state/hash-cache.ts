// Remembers the SHA-256 of the code that exports have read, by what the file system says of each file, so that an export reads
// only what has changed since. For exports of this host's own files alone: what comes from elsewhere is always hashed.
import type { BigIntStats } from 'node:fs';
import * as z from 'zod';
import { isSha256 } from '../codec/digest.ts';
import { readRecord, writeRecord } from '../disk/record.ts';
import { StateError } from '../errors.ts';
import type { StateDirectory } from './directory.ts';

/** To be raised when what is remembered of a file means more than before: then nothing of it is believed. */
const VERSION = 1;
const SHA256_LENGTH = 64;
/** More than a document may have components; about 4 MB. */
const MOST_FILES = 20_000;
/** No file system that is in use tells times less exactly. Within it, a file can change and look as before. */
const GRANULARITY_NS = 2_000_000_000n;

const HashesSchema = z.object({
  version: z.literal(VERSION),
  /** The component directory, by device and inode. */
  directory: z.string(),
  /** By file name: what was hashed, and behind a blank what the file system said of it then. */
  files: z.record(z.string(), z.string()),
});

export class HashCache {
  readonly #files: Map<string, string>;
  /** Names of those that were asked for, which are kept before others. */
  readonly #used = new Set<string>();
  #isChanged = false;

  private constructor(
    private readonly state: StateDirectory,
    private readonly directory: string,
    private readonly nowNs: bigint,
    files: Record<string, string>,
  ) {
    this.#files = new Map(Object.entries(files));
  }

  /**
   * What is remembered of `directory`; nothing where the record is damaged, cannot be read, or is of another directory that
   * had this path.
   * @param nowNs not later than now, by the clock of the file system with the directory
   */
  static async open(state: StateDirectory, directory: BigIntStats, nowNs: bigint): Promise<HashCache> {
    const identity = `${directory.dev}-${directory.ino}`;
    const kept = await readRecord(state.hashes, HashesSchema).catch(nothing);
    return new HashCache(state, identity, nowNs, kept?.directory === identity ? kept.files : {});
  }

  /** The hash of a file that is as it was when it was hashed; null where that is not known. */
  hashOf(name: string, stat: BigIntStats): string | null {
    this.#used.add(name);
    const sha256 = this.#files.get(name)?.slice(0, SHA256_LENGTH) ?? '';
    return isSha256(sha256) && this.#files.get(name) === said(sha256, stat) ? sha256 : null;
  }

  /** Remembers what was read after `stat` was taken, unless the file is so young that it could change without a trace. */
  learn(name: string, stat: BigIntStats, sha256: string): void {
    const isYoung = [stat.mtimeNs, stat.ctimeNs].some((time) => time + GRANULARITY_NS > this.nowNs);
    if (isYoung || this.#files.get(name) === said(sha256, stat)) return;
    this.#files.set(name, said(sha256, stat));
    this.#isChanged = true;
  }

  /** Forgets all of it. */
  forget(): void {
    this.#files.clear();
    this.#isChanged = true;
  }

  /** Writes down what is new. An export does not fail where that cannot be done: the next one reads the files again. */
  async save(): Promise<void> {
    if (!this.#isChanged) return;
    const all = [...this.#files];
    const first = all.filter(([name]) => this.#used.has(name));
    const others = all.filter(([name]) => !this.#used.has(name));
    const files = Object.fromEntries([...first, ...others].slice(0, MOST_FILES));
    const { directory } = this;
    await writeRecord(this.state.hashes, { version: VERSION, directory, files }).catch(nothing);
    this.#isChanged = false;
  }
}

/** All by which a changed file differs. Whoever writes to a file can set its mtime back, but not its ctime. */
function said(sha256: string, { size, mtimeNs, ctimeNs, ino, dev }: BigIntStats): string {
  return `${sha256} ${size}-${mtimeNs}-${ctimeNs}-${ino}-${dev}`;
}

function nothing(error: unknown): null {
  if (error instanceof StateError) return null;
  throw error;
}
