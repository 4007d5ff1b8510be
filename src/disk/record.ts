// Reads and writes our small JSON files that must survive a crash whole: journals, undo records, kept plans.
import { lstatSync } from 'node:fs';
import { readdir, rm, unlink } from 'node:fs/promises';
import path from 'node:path';
import type * as z from 'zod';
import { checking } from '../codec/json/checking.ts';
import { parsedJson } from '../codec/json/parsed.ts';
import { StoreError } from '../errors.ts';
import {
  makeDirectoryDurably,
  readSmallFile,
  syncDirectory,
  TEMPORARY_PREFIX,
  writeDurably,
} from './durable-file.ts';
import { whileDoing } from './system-error.ts';

const MAX_BYTES = 256 * 1024 * 1024;
const UNFINISHED_MS = 3_600_000;

/**
 * Writes the record to a temporary name, syncs, renames, syncs the directory. Folders are made as needed, 0700.
 * @param owner where it is not the user of this process
 */
export async function writeRecord(
  file: string,
  value: unknown,
  owner?: { uid: number; gid: number },
): Promise<void> {
  await makeDirectoryDurably(path.dirname(file));
  await writeDurably(file, [Buffer.from(`${JSON.stringify(value)}\n`)], {
    replace: true,
    ...(owner === undefined ? {} : { owner }),
  });
}

/** The record, or null when there is none. @throws StoreError STORE_DAMAGED when it is not what `schema` says */
export async function readRecord<T>(file: string, schema: z.ZodType<T>): Promise<T | null> {
  let bytes: Buffer;
  try {
    bytes = await readSmallFile(file, MAX_BYTES);
  } catch (error) {
    if (error instanceof StoreError && error.code === 'STORE_NOT_FOUND') return null;
    throw error;
  }
  const value = parsedJson(bytes.toString('utf8'));
  const parsed = schema.safeParse(value, checking(value));
  if (parsed.success) return parsed.data;
  throw new StoreError('STORE_DAMAGED', `${file} is damaged`, {
    hint: 'it is written whole or not at all, so something else changed it; move it away to go on without it',
  });
}

/** Removes the record durably; false when there is none. */
export async function removeRecord(file: string): Promise<boolean> {
  const existed = await whileDoing(`remove ${file}`, () => removeIfPresent(file));
  if (existed) await syncDirectory(path.dirname(file));
  return existed;
}

/** Removes what killed processes left half written; nobody takes this long to write a record. */
export async function clearUnfinishedRecords(directory: string): Promise<void> {
  for (const name of await readdir(directory).catch(() => [])) {
    if (!name.startsWith(TEMPORARY_PREFIX)) continue;
    const file = path.join(directory, name);
    const stat = lstatSync(file, { throwIfNoEntry: false });
    if (stat !== undefined && stat.mtimeMs < Date.now() - UNFINISHED_MS) await rm(file, { force: true });
  }
}

async function removeIfPresent(file: string): Promise<boolean> {
  try {
    await unlink(file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}
