// Predicts from the files of a component directory what a Wassette lists. Wassette looks again whenever it is asked, and
// lists more than it can run: links, `.WASM`, broken code, tool caches without code.
import type { Dirent } from 'node:fs';
import path from 'node:path';
import type { ReadAt } from '../../component/decoder/interface-sections.ts';
import { COMPONENT_PREAMBLE, PREAMBLE_BYTES } from '../../component/decoder/wasm-format.ts';
import { deriveInterface, toolNamesOf } from '../../component/derived-interface.ts';
import { withFileAt } from '../../disk/blobs/file-bytes.ts';
import { readSmallFile } from '../../disk/durable-file.ts';
import { storeErrorFrom } from '../../disk/system-error.ts';
import { StateError } from '../../errors.ts';
import {
  areSameTools,
  cachedComponentId,
  cachedToolNames,
  MAX_TOOL_CACHE_BYTES,
} from '../../snapshot/tool-cache.ts';
import { fileName, isProbe, isTransactional, parseFileName } from '../directory/files.ts';
import { entriesOf } from '../directory/listing.ts';
import { readInstalledKeys } from '../receipts/reading.ts';

/** A file of code. */
interface CodeFile {
  /** The file's stem. */
  key: string;
  /** The names under which Wassette may list it. */
  names: readonly string[];
  /** Whether it is a regular file named as Wassette names it: every version lists it, if it is a component at all. */
  isPlain: boolean;
}

export class DirectoryListing {
  readonly #codeByName = new Map<string, CodeFile>();

  private constructor(
    private readonly dir: string,
    private readonly code: readonly CodeFile[],
    private readonly cacheFiles: readonly string[],
  ) {
    for (const file of code) for (const name of file.names) this.#codeByName.set(name, file);
  }

  /** Empty when the directory does not exist. @throws StoreError STORE_DENIED, STORE_IO */
  static async read(dir: string): Promise<DirectoryListing> {
    const entries = await entriesOf(dir);
    const hasReceipts = entries.some(({ name }) => isTransactional(name));
    const code = hasReceipts ? await codeWithReceipts(dir, entries) : entries.flatMap(codeFileOf);
    const cacheFiles = entries.filter(isToolCache).map(({ name }) => name);
    return new DirectoryListing(dir, code, cacheFiles);
  }

  get isEmpty(): boolean {
    return this.code.length === 0;
  }

  /** Components that every Wassette lists, but that are not in `listed`. */
  missingFrom(listed: ReadonlySet<string>): string[] {
    return this.code
      .filter(({ names, isPlain }) => isPlain && !names.some((name) => listed.has(name)))
      .filter(({ key }) => this.#isComponent(key))
      .map(({ key }) => key);
  }

  /** Names in `listed` that no file here explains. */
  async strangersIn(listed: Iterable<string>): Promise<string[]> {
    const strangers = [...listed].filter((name) => !this.#codeByName.has(name) && !isProbe(name));
    if (strangers.length === 0) return [];
    const cached = new Set<string | null>();
    for (const name of this.cacheFiles) cached.add(cachedComponentId(await this.#cache(name)));
    return strangers.filter((name) => !cached.has(name));
  }

  /** False only when the code of `name` here certainly has other tools. */
  async mayHaveTools(name: string, tools: readonly string[]): Promise<boolean> {
    const file = this.#codeByName.get(name);
    if (file === undefined || !file.isPlain) return true;
    const cached = cachedToolNames(await this.#cache(fileName(file.key, 'toolCache')));
    if (areSameTools(cached, tools)) return true;
    const derived = this.#derivedTools(file.key);
    return derived === null || areSameTools(derived, tools);
  }

  #isComponent(key: string): boolean {
    return this.#look(key, (read) => COMPONENT_PREAMBLE.equals(read(0, PREAMBLE_BYTES))) ?? false;
  }

  #derivedTools(key: string): string[] | null {
    const derived = this.#look(key, deriveInterface);
    return derived && toolNamesOf(derived);
  }

  /** Null when the file cannot be read. */
  #look<T>(key: string, work: (read: ReadAt, size: number) => T): T | null {
    const file = path.join(this.dir, fileName(key, 'wasm'));
    try {
      return withFileAt(file, work);
    } catch (error) {
      if (storeErrorFrom(error, `read ${file}`) instanceof StateError) return null;
      throw error;
    }
  }

  async #cache(name: string): Promise<Buffer | undefined> {
    return readSmallFile(path.join(this.dir, name), MAX_TOOL_CACHE_BYTES).catch(() => undefined);
  }
}

function codeFileOf(entry: Dirent): CodeFile[] {
  const key = /^(.+)\.wasm$/i.exec(entry.name)?.[1];
  if (key === undefined || isProbe(key)) return [];
  return [{ key, names: [key], isPlain: entry.isFile() && entry.name === fileName(key, 'wasm') }];
}

/** A file without a receipt is not used, but an older Wassette on the same directory lists it. */
async function codeWithReceipts(dir: string, entries: readonly Dirent[]): Promise<CodeFile[]> {
  const installed = await readInstalledKeys(dir);
  return entries.flatMap(codeFileOf).map((file) => {
    const receipt = installed.get(file.key);
    return {
      key: file.key,
      names: receipt === undefined ? [file.key] : [file.key, receipt.serverId],
      isPlain: file.isPlain && receipt?.isTool === true,
    };
  });
}

function isToolCache({ name }: Dirent): boolean {
  return parseFileName(name)?.kind === 'toolCache';
}
