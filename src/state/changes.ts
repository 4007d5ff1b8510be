// Reads and writes the changes in journals and undo records, in every version of these records (FORMAT.md F-10.8).
import * as z from 'zod';
import { safeText } from '../codec/safe-text.ts';
import { readRecord } from '../disk/record.ts';
import { FormatError } from '../errors.ts';
import { type ComponentChange, type FileChange, type FileKind, KINDS } from '../plan/file-kinds.ts';

/** Raised with every new kind of file, so that a program that does not know the kind refuses the record. */
const VERSION = 3;

const FileSchema = z.object({ sha256: z.string(), size: z.number() }).nullable();
const FileChangeSchema = z.object({ old: FileSchema, new: FileSchema });

/** Since version 2: a list of files, which can be read whatever kinds there are. Version 3 has secrets among them. */
const ChangeSchema = z
  .object({
    component_id: z.string(),
    files: z.array(FileChangeSchema.extend({ kind: z.enum(KINDS) })),
  })
  .transform(({ component_id, files }) => {
    const changes = files.map(({ kind, ...change }): [FileKind, FileChange] => [kind, change]);
    return { component_id, ...absent(), ...Object.fromEntries(changes) };
  });

/** Version 1: a key for each of the three kinds that existed then. */
const Version1ChangeSchema = z
  .object({
    component_id: z.string(),
    wasm: FileChangeSchema,
    policy: FileChangeSchema,
    policyMeta: FileChangeSchema,
  })
  .transform((change) => ({ ...absent(), ...change }));

/** A kind that a record does not name was not changed by its import. */
function absent(): Record<FileKind, FileChange> {
  const none = { old: null, new: null };
  return Object.fromEntries(KINDS.map((kind) => [kind, none])) as Record<FileKind, FileChange>;
}

/** The fields of every record that holds changes. */
export const RecordSchema = z.object({
  version: z.int().min(1).max(VERSION),
  /** The secrets directory, where secrets are among them. */
  secrets_dir: z.string().nullable().default(null),
  changes: z.array(z.union([ChangeSchema, Version1ChangeSchema])),
});

/** A record in the form in which it is written today. */
export function recordOf<T extends { changes: readonly ComponentChange[] }>(record: T): object {
  const changes = record.changes.map(({ component_id, ...change }) => ({
    component_id,
    files: KINDS.map((kind) => ({ kind, ...change[kind] })),
  }));
  return { ...record, version: VERSION, changes };
}

const LaterSchema = z.looseObject({ version: z.int().gt(VERSION) }).transform(({ version }) => ({
  laterVersion: version,
}));

/**
 * A record that holds changes, or null when there is none.
 * @throws StoreError STORE_DAMAGED; FormatError FORMAT_UNSUPPORTED_VERSION for one of a later version
 */
export async function readChanges<T extends object>(file: string, schema: z.ZodType<T>): Promise<T | null> {
  const record = await readRecord(file, z.union([schema, LaterSchema]));
  if (record === null || !('laterVersion' in record)) return record;
  throw new FormatError(
    'FORMAT_UNSUPPORTED_VERSION',
    `${safeText(file, 4_096)} was written by a later wassette-state (version ${record.laterVersion}, and this one reads up to ${VERSION})`,
    {
      hint: 'use that later wassette-state here; nothing was changed',
      details: { version: record.laterVersion },
    },
  );
}
