// Which components a directory has, judged by file names, and which files only look like one: Wassette loads none of those.
import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { fewOf } from '../../codec/enumeration.ts';
import { quoted } from '../../codec/safe-text.ts';
import { storeErrorFrom } from '../../disk/system-error.ts';
import { isProbe, isTransactional, parseFileName } from './files.ts';
import { transactional } from './reading.ts';

/** A file that Wassette does not load although it is named like the code of a component. */
export interface UnloadableFile {
  file: string;
  /** The component it would be; null when its name is not that of one. */
  id: string | null;
  why: string;
}

export interface ComponentListing {
  /** Ids that have a `.wasm` which Wassette loads; sorted. */
  installed: string[];
  /** Ids that have only a policy; sorted. */
  orphans: string[];
  unloadable: UnloadableFile[];
}

/** None when the directory does not exist. @throws StoreError STORE_DENIED, STORE_IO */
export async function entriesOf(dir: string): Promise<Dirent[]> {
  return readdir(dir, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw storeErrorFrom(error, `read the component directory ${dir}`);
  });
}

/**
 * A directory that does not exist has no components.
 * @throws StoreError STORE_UNSUPPORTED for a transactional store
 */
export async function listComponents(dir: string): Promise<ComponentListing> {
  const entries = await entriesOf(dir);
  if (entries.some(({ name }) => isTransactional(name))) throw transactional(dir);
  const installed = new Set<string>();
  const policies = new Set<string>();
  const unloadable: UnloadableFile[] = [];
  for (const entry of entries) {
    const file = parseFileName(entry.name);
    if (file !== null && isProbe(file.id)) continue; // of a run that was killed
    const why = whyUnloadable(entry);
    if (why !== null) unloadable.push({ file: entry.name, id: file?.kind === 'wasm' ? file.id : null, why });
    else if (file?.kind === 'wasm') installed.add(file.id);
    if (file?.kind === 'policy') policies.add(file.id);
  }
  const orphans = [...policies].filter((id) => !installed.has(id));
  return { installed: [...installed].sort(), orphans: orphans.sort(), unloadable };
}

/** Observed with 0.4.0 and 0.8.0: Wassette lists such a file, without tools, and never loads it. */
function whyUnloadable(entry: Dirent): string | null {
  if (!/\.wasm$/i.test(entry.name)) return null;
  if (entry.isSymbolicLink()) return 'a symbolic link';
  if (entry.isDirectory()) return 'a directory';
  if (!entry.isFile()) return 'not a regular file';
  return entry.name.endsWith('.wasm') ? null : 'a name that does not end in .wasm in lower case';
}

/** One line for a reader who looks for a component and does not find it. */
export function describeUnloadable(unloadable: readonly UnloadableFile[]): string {
  return `not loaded by Wassette: ${fewOf(unloadable.map(({ file, why }) => `${quoted(file)} (${why})`))}`;
}
