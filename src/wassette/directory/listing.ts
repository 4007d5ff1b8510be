// Which components a directory has by its file names, and what looks like one but is not served by Wassette.
import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { fewOf } from '../../codec/enumeration.ts';
import { quoted } from '../../codec/safe-text.ts';
import { storeErrorFrom } from '../../errors.ts';
import { isProbe, isTransactional, parseFileName } from './files.ts';
import { transactional } from './reading.ts';

/** A file that Wassette passes over although its name ends like that of a component. */
export interface Unserved {
  file: string;
  /** The component it would be; null where its name says none. */
  id: string | null;
  why: string;
}

export interface ComponentListing {
  /** Ids that have a `.wasm` which Wassette loads; sorted. */
  installed: string[];
  /** Ids that have only a policy; sorted. */
  orphans: string[];
  unserved: Unserved[];
}

/** Of a component directory that does not exist: none. @throws StoreError STORE_DENIED, STORE_IO */
export async function entriesOf(dir: string): Promise<Dirent[]> {
  return readdir(dir, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw storeErrorFrom(error, `read the component directory ${dir}`);
  });
}

/**
 * A directory that does not exist has none.
 * @throws StoreError STORE_UNSUPPORTED for a transactional store
 */
export async function listComponents(dir: string): Promise<ComponentListing> {
  const entries = await entriesOf(dir);
  if (entries.some(({ name }) => isTransactional(name))) throw transactional(dir);
  const installed = new Set<string>();
  const policies = new Set<string>();
  const unserved: Unserved[] = [];
  for (const entry of entries) {
    const file = parseFileName(entry.name);
    if (file !== null && isProbe(file.id)) continue; // of a run that was killed
    const why = whyUnserved(entry);
    if (why !== null) unserved.push({ file: entry.name, id: file?.kind === 'wasm' ? file.id : null, why });
    else if (file?.kind === 'wasm') installed.add(file.id);
    if (file?.kind === 'policy') policies.add(file.id);
  }
  const orphans = [...policies].filter((id) => !installed.has(id));
  return { installed: [...installed].sort(), orphans: orphans.sort(), unserved };
}

/** Seen with 0.4.0 and 0.8.0: such a file is named by Wassette's own list, with no tools, and never loaded. */
function whyUnserved(entry: Dirent): string | null {
  if (!/\.wasm$/i.test(entry.name)) return null;
  if (entry.isSymbolicLink()) return 'a symbolic link';
  if (entry.isDirectory()) return 'a directory';
  if (!entry.isFile()) return 'not a regular file';
  return entry.name.endsWith('.wasm') ? null : 'a name that does not end in .wasm in lower case';
}

/** One line for a reader who looks for a component and does not find it. */
export function describeUnserved(unserved: readonly Unserved[]): string {
  return `not served by Wassette: ${fewOf(unserved.map(({ file, why }) => `${quoted(file)} (${why})`))}`;
}
