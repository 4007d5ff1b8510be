// Which imports into this directory can be taken back, and which were. Reads only.
import { actionOf } from './plan/file-kinds.ts';
import type { StepAction } from './plan/step.ts';
import { type CommonOptions, openSite } from './site/site.ts';
import { nextToUndo, readUndoRecords } from './state/undo-records.ts';

/** An import that was finished. */
export interface PastImport {
  /** The name of its undo record. */
  import_id: string;
  /** In seconds since 1970. */
  imported_at: number;
  /** The digest of its snapshot. */
  source: string;
  /** What that snapshot is called in the local store today. */
  names: readonly string[];
  /** What it changed. */
  components: readonly { component_id: string; action: StepAction }[];
  /** When it was taken back, in seconds since 1970; null where it was not. */
  undone_at: number | null;
  /** Whether it is the one that an undo takes back. */
  is_next: boolean;
}

export interface ImportHistory {
  /** Newest first. */
  imports: readonly PastImport[];
  /** Whether an import was interrupted: once it is finished, it is the newest. */
  unfinished: boolean;
}

/** @throws StoreError STORE_DAMAGED, STORE_DENIED; FormatError FORMAT_UNSUPPORTED_VERSION */
export async function importHistory(options: CommonOptions = {}): Promise<ImportHistory> {
  const { host, store } = await openSite(options);
  const records = await readUndoRecords(host.state);
  const undone = new Map(records.map(({ reverts, created_at }) => [reverts, created_at]));
  const names = new Map((await store.list()).map((snapshot) => [snapshot.digest, snapshot.names]));
  const next = nextToUndo(records);
  const imports = records
    .filter(({ reverts }) => reverts === null)
    .map((record) => ({
      import_id: record.import_id,
      imported_at: record.created_at,
      source: record.source,
      names: names.get(record.source) ?? [],
      components: record.changes.map((change) => ({
        component_id: change.component_id,
        action: actionOf(change),
      })),
      undone_at: undone.get(record.import_id) ?? null,
      is_next: record === next,
    }));
  return { imports: imports.toReversed(), unfinished: await host.components.isUnfinished() };
}
