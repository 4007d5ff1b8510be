// The last import into a component directory: what has come there since, nobody approved as a plan.
import { StateError } from '../errors.ts';
import { readUndoRecords } from '../state/undo-records.ts';
import type { Site } from './site.ts';

/** The newest import that was finished here. */
export interface LastImport {
  import_id: string;
  /** In seconds since 1970. */
  imported_at: number;
  /** The digest of its snapshot. */
  source: string;
  /** What that snapshot is called in the local store today. */
  names: readonly string[];
  /** When it was taken back, in seconds since 1970; null where it was not. */
  undone_at: number | null;
}

/** Null where there was none that this machine knows of, and where its records cannot be read: a comparison goes on then. */
export async function lastImportInto({ host, store }: Site): Promise<LastImport | null> {
  try {
    const records = await readUndoRecords(host.state);
    const last = records.findLast(({ reverts }) => reverts === null);
    if (last === undefined) return null;
    const { import_id, created_at, source } = last;
    return {
      import_id,
      imported_at: created_at,
      source,
      names: (await store.list()).find(({ digest }) => digest === source)?.names ?? [],
      undone_at: records.find(({ reverts }) => reverts === import_id)?.created_at ?? null,
    };
  } catch (error) {
    if (error instanceof StateError) return null;
    throw error;
  }
}
