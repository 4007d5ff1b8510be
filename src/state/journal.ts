// Reads and writes the journal of an import: what it changes, by id, kind of file and digest, never by path. While it exists,
// the import is committed and must be rolled forward. It is in the state directory, out of reach of components.
import * as z from 'zod';
import { removeRecord, writeRecord } from '../disk/record.ts';
import { RecordSchema, readChanges, recordOf } from './changes.ts';
import type { StateDirectory } from './directory.ts';

const JournalSchema = RecordSchema.extend({
  import_id: z.string().regex(/^[0-9a-f]{16}$/),
  component_dir: z.string(),
  /** Digest of the kept plan that was approved, and is used up with this import. */
  plan: z.string().nullable().default(null),
  /** The import that this one takes back. */
  reverts: z.string().nullable().default(null),
  /** Who is remembered from now on as the signer of a name. */
  remembers: z
    .object({ name: z.string(), signers: z.array(z.string()).readonly() })
    .nullable()
    .default(null),
});
export type Journal = Omit<z.infer<typeof JournalSchema>, 'version'>;

/** Once this returns, the import will happen: the commit point (FORMAT.md F-10.3). */
export async function writeJournal(state: StateDirectory, journal: Journal): Promise<void> {
  await writeRecord(state.journal, recordOf(journal));
}

/** @throws StoreError STORE_DAMAGED; FormatError FORMAT_UNSUPPORTED_VERSION */
export async function readJournal(state: StateDirectory): Promise<Journal | null> {
  return readChanges(state.journal, JournalSchema);
}

export async function removeJournal(state: StateDirectory): Promise<void> {
  await removeRecord(state.journal);
}
