// The journal of one import: what it changes, by id, kind of file and digest, never by path. While it exists the
// import is committed and must be rolled forward. It lives in the state directory, out of reach of components.
import path from 'node:path';
import * as z from 'zod';
import { sha256Hex } from '../codec/digest.ts';
import { readRecord, removeRecord, writeRecord } from '../disk/record.ts';

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

/** The folder in the state directory for one component directory, named by its real path. */
export function hostFolder(stateDir: string, componentDir: string): string {
  return path.join(stateDir, 'hosts', sha256Hex(componentDir).slice(0, 32));
}

function journalFile(stateDir: string, componentDir: string): string {
  return path.join(hostFolder(stateDir, componentDir), 'journal.json');
}

/** Once this returns, the import will happen: the commit point (FORMAT.md F-10.3). */
export async function writeJournal(stateDir: string, journal: Journal): Promise<void> {
  await writeRecord(journalFile(stateDir, journal.component_dir), journal);
}

export async function readJournal(stateDir: string, componentDir: string): Promise<Journal | null> {
  return readRecord(journalFile(stateDir, componentDir), JournalSchema);
}

export async function removeJournal(stateDir: string, componentDir: string): Promise<void> {
  await removeRecord(journalFile(stateDir, componentDir));
}
