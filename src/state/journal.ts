// The journal of one import: what it changes, by id, kind of file and digest, never by path. While it exists the
// import is committed and must be rolled forward. It lives in the state directory, out of reach of components.
import * as z from 'zod';
import { readRecord, removeRecord, writeRecord } from '../disk/record.ts';
import type { StateDirectory } from './directory.ts';

const FileStateSchema = z.object({ sha256: z.string(), size: z.number() }).nullable();
const FileChangeSchema = z.object({ old: FileStateSchema, new: FileStateSchema });

export const ChangeSchema = z.object({
  component_id: z.string(),
  wasm: FileChangeSchema,
  policy: FileChangeSchema,
  policyMeta: FileChangeSchema,
});

const JournalSchema = z.object({
  version: z.literal(1),
  import_id: z.string().regex(/^[0-9a-f]{16}$/),
  component_dir: z.string(),
  changes: z.array(ChangeSchema),
});

export type Change = z.infer<typeof ChangeSchema>;
export type Journal = z.infer<typeof JournalSchema>;

/** Once this returns, the import will happen: the commit point (FORMAT.md F-10.3). */
export async function writeJournal(state: StateDirectory, journal: Journal): Promise<void> {
  await writeRecord(state.journal, journal);
}

export async function readJournal(state: StateDirectory): Promise<Journal | null> {
  return readRecord(state.journal, JournalSchema);
}

export async function removeJournal(state: StateDirectory): Promise<void> {
  await removeRecord(state.journal);
}
