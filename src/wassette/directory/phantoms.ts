// Files that Wassette never loads although they are named like code, such as links and folders, and whose tools it lists all the
// same: Wassette 0.8 looks at what a link leads to, and lists the tool cache beside it where the stamp in it is of that.
import { realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import { readSmallFile } from '../../disk/durable-file.ts';
import { storeErrorFrom } from '../../disk/system-error.ts';
import { StateError } from '../../errors.ts';
import { type CachedTools, cachedTools, MAX_TOOL_CACHE_BYTES } from '../../snapshot/tool-cache.ts';
import { sha256At } from './component-files.ts';
import { fileName } from './files.ts';
import type { UnloadableFile } from './listing.ts';

/** By component id. */
export interface Phantoms {
  listed: readonly string[];
  /** Those that may be listed: their cache cannot be read here. */
  doubtful: readonly string[];
}

/** @throws StoreError STORE_DENIED, STORE_IO */
export async function phantomsAmong(dir: string, unloadable: readonly UnloadableFile[]): Promise<Phantoms> {
  const listed: string[] = [];
  const doubtful: string[] = [];
  for (const { id } of unloadable) {
    const cached = id === null ? 'none' : await cachedBeside(dir, id);
    if (typeof cached === 'object') listed.push(id!);
    else if (cached === 'unread') doubtful.push(id!);
  }
  return { listed, doubtful };
}

async function cachedBeside(dir: string, id: string): Promise<CachedTools> {
  const bytes = await cacheAt(path.join(dir, fileName(id, 'toolCache')));
  const file = path.join(dir, fileName(id, 'wasm'));
  const target = bytes === 'none' ? null : targetOf(file);
  if (bytes === 'none' || target === null) return 'none';
  if (bytes === 'unread') return 'unread';
  const { size, mtimeSeconds } = target;
  const byTime = cachedTools(bytes, { size, mtimeSeconds, sha256: '' });
  if (byTime !== 'none' || !target.isFile) return byTime;
  const sha256 = await sha256At(realpathSync(file));
  return sha256 === null ? 'none' : cachedTools(bytes, { size, mtimeSeconds, sha256 });
}

async function cacheAt(file: string): Promise<Buffer | 'none' | 'unread'> {
  try {
    return await readSmallFile(file, MAX_TOOL_CACHE_BYTES);
  } catch (error) {
    if (!(error instanceof StateError)) throw error;
    return error.code === 'STORE_NOT_FOUND' ? 'none' : 'unread';
  }
}

/** Null where it leads nowhere. */
function targetOf(file: string): { size: number; mtimeSeconds: number; isFile: boolean } | null {
  try {
    const found = statSync(file, { bigint: true });
    const mtimeSeconds = Number(found.mtimeNs / 1_000_000_000n);
    return { size: Number(found.size), mtimeSeconds, isFile: found.isFile() };
  } catch (error) {
    const failure = storeErrorFrom(error, `look at ${file}`);
    const leadsNowhere =
      failure instanceof StateError && ['STORE_NOT_FOUND', 'STORE_UNSAFE_FILE'].includes(failure.code);
    if (leadsNowhere) return null;
    throw failure;
  }
}
