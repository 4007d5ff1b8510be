// Keeps undo records: what each import replaced, by digest. The bytes are blobs in the local store.
import { readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';
import { syncDirectory } from '../disk/durable-file.ts';
import { writeRecord } from '../disk/record.ts';
import { whileDoing } from '../disk/system-error.ts';
import { type ComponentChange, filesBefore } from '../plan/file-kinds.ts';
import { RecordSchema, readChanges, recordOf } from './changes.ts';
import { type StateDirectory, undoIn } from './directory.ts';

/** Imports into one component directory that can be taken back; older ones are forgotten. */
const KEPT_RECORDS = 10;
/** The last second that a date can have. */
const LATEST = 8.64e12;

const UndoRecordSchema = RecordSchema.extend({
  import_id: z.string(),
  created_at: z.number().min(0).max(LATEST),
  source: z.string(),
  reverts: z.string().nullable(),
  plan: z.string().nullable().default(null),
});

/** What an import replaced. */
export interface UndoRecord {
  import_id: string;
  created_at: number;
  /** What was restored: a snapshot digest, or the name of the record that was undone. */
  source: string;
  /** The import that this undo took back; null for an import. */
  reverts: string | null;
  /** Digest of the kept plan that was approved for it; null when the approval came without one. */
  plan: string | null;
  /** Where secrets were changed; null where none were. */
  secrets_dir: string | null;
  changes: ComponentChange[];
}

/** Remembers an import that is about to be committed. */
export async function writePendingUndo(state: StateDirectory, record: UndoRecord): Promise<void> {
  await writeRecord(pendingIn(state.undo), recordOf(record));
}

/** The import whose record is not settled; null when there is none, or its record cannot be read. */
export async function pendingImport(state: StateDirectory): Promise<string | null> {
  const pending = await readChanges(pendingIn(state.undo), UndoRecordSchema).catch(() => null);
  return pending?.import_id ?? null;
}

/** Removes the record of an import that was not committed. */
export async function dropPendingUndo(state: StateDirectory): Promise<void> {
  await rm(pendingIn(state.undo), { force: true });
}

/** An import that is given up where it stands uses up no approval: nobody may be told that its plan was applied. */
export async function forgetPlanOfPendingUndo(state: StateDirectory): Promise<void> {
  const pending = await readChanges(pendingIn(state.undo), UndoRecordSchema);
  if (pending !== null && pending.plan !== null) await writePendingUndo(state, { ...pending, plan: null });
}

/** After an import: its record gets the next number, and imports before the last ten are forgotten. Safe to repeat. */
export async function settlePendingUndo({ undo: dir }: StateDirectory): Promise<void> {
  const numbers = await recordNumbers(dir);
  await whileDoing(`write in ${dir}`, async () => {
    try {
      await rename(pendingIn(dir), path.join(dir, recordName((numbers.at(-1) ?? 0) + 1)));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      if (numbers.length > 0) await syncDirectory(dir); // settled before a crash, perhaps not yet for good
      return;
    }
    await dropOldest(dir);
    await syncDirectory(dir);
  });
}

/** The record of an undo is dropped together with that of the import it took back. */
async function dropOldest(dir: string): Promise<void> {
  const records = await readNumbered(dir);
  const imports = records.filter(({ record }) => record.reverts === null);
  const kept = new Set(imports.slice(-KEPT_RECORDS).map(({ record }) => record.import_id));
  for (const { number, record } of records) {
    if (!kept.has(record.reverts ?? record.import_id))
      await rm(path.join(dir, recordName(number)), { force: true });
  }
}

/** All records of a component directory, oldest first. */
export async function readUndoRecords(state: StateDirectory): Promise<UndoRecord[]> {
  return readFolder(state.undo);
}

/** The import that `undo` takes back next: the newest that was not taken back already, or null. */
export function nextToUndo(records: readonly UndoRecord[]): UndoRecord | null {
  const reverted = new Set(records.map((record) => record.reverts));
  return records.findLast((record) => record.reverts === null && !reverted.has(record.import_id)) ?? null;
}

/** What came of the plan `digest`: the import for which it was approved, and the undo that took that back. */
export function recordsOfPlan(
  records: readonly UndoRecord[],
  digest: string,
): { made: UndoRecord; takenBack: UndoRecord | null } | null {
  const made = records.find(({ plan }) => plan === digest);
  if (made === undefined) return null;
  return { made, takenBack: records.find(({ reverts }) => reverts === made.import_id) ?? null };
}

/** SHA-256 of every blob that some undo record of this state directory needs, pending ones included. */
export async function blobsOfUndoRecords({ hosts }: StateDirectory): Promise<Set<string>> {
  const records: UndoRecord[] = [];
  for (const host of await readdir(hosts).catch(() => [])) {
    const dir = undoIn(path.join(hosts, host));
    const pending = await readChanges(pendingIn(dir), UndoRecordSchema);
    records.push(...(await readFolder(dir)), ...(pending === null ? [] : [pending]));
  }
  const replaced = records.flatMap(({ changes }) => changes.flatMap(filesBefore));
  return new Set(replaced.filter(({ kind }) => kind !== 'secrets').map(({ sha256 }) => sha256));
}

/** SHA-256 of every secrets file that an import into this component directory replaced, and may be wanted back. */
export async function secretsOfUndoRecords(state: StateDirectory): Promise<Set<string>> {
  const pending = await readChanges(pendingIn(state.undo), UndoRecordSchema);
  const records = [...(await readUndoRecords(state)), ...(pending === null ? [] : [pending])];
  return new Set(
    records.flatMap(({ changes }) => changes.flatMap(({ secrets }) => secrets.old?.sha256 ?? [])),
  );
}

async function readFolder(dir: string): Promise<UndoRecord[]> {
  return (await readNumbered(dir)).map(({ record }) => record);
}

async function readNumbered(dir: string): Promise<{ number: number; record: UndoRecord }[]> {
  const records: { number: number; record: UndoRecord }[] = [];
  for (const number of await recordNumbers(dir)) {
    const record = await readChanges(path.join(dir, recordName(number)), UndoRecordSchema);
    if (record !== null) records.push({ number, record });
  }
  return records;
}

function pendingIn(dir: string): string {
  return path.join(dir, 'pending.json');
}

function recordName(number: number): string {
  return `${number}.json`;
}

async function recordNumbers(dir: string): Promise<number[]> {
  const names = await readdir(dir).catch(() => []);
  return names
    .flatMap((name) => /^(\d+)\.json$/.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
}
