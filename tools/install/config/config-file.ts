// The file of a client: which of its files it is, and writing the change that was shown.
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { type ForeignFile, readForeignFile, replaceForeignFile } from '../../../src/disk/foreign-file.ts';
import { acquireLock } from '../../../src/disk/lock.ts';
import { ConflictError, StoreError } from '../../../src/errors.ts';
import { type Change, changeOf, ENTRY_NAME, placeOf, type Wish } from '../change.ts';
import { type Client, type Machine, newFileOf } from '../clients.ts';
import { launchIn } from '../entry.ts';
import type { Launch } from '../launch.ts';
import { isDirectory } from '../machine.ts';
import { configText } from './config-text.ts';

/** A client writes its own file now and then, but not without pause. */
const ATTEMPTS = 5;
/** Another `install` asks and checks without the lock. */
const LOCK_WAIT_MS = 20_000;

/**
 * The files of a client that have an entry of our name, where it joins several: the one that counts comes first. Otherwise the
 * one that it reads, or would.
 */
export async function configFilesOf(
  client: Client,
  machine: Machine,
): Promise<[counts: ForeignFile, ...others: ForeignFile[]]> {
  const files = await Promise.all(client.files(machine).map(readForeignFile));
  const present = files.filter(({ text }) => text !== null);
  const has = ({ text, path: file }: ForeignFile) =>
    configText(text!, placeOf(client, file)).servers[ENTRY_NAME] !== undefined;
  const [first, ...others] = client.joinsFiles && present.length > 1 ? present.filter(has) : [];
  if (first !== undefined) return [first, ...others];
  return [present[0] ?? (await readForeignFile(newFileOf(client, machine)))];
}

/** Whether the client has left anything on this machine. */
export function isHere(client: Client, file: ForeignFile, machine: Machine): boolean {
  return file.text !== null || isDirectory(client.folder?.(machine) ?? path.dirname(file.path));
}

/** @throws StoreError STORE_NOT_FOUND when there is no folder for the file, and the client would not make it */
export function assertFolder({ name, makesFolder }: Client, { path: file }: ForeignFile): void {
  const folder = path.dirname(file);
  if (makesFolder || isDirectory(folder)) return;
  throw new StoreError('STORE_NOT_FOUND', `${name} has not run here: there is no ${folder}`, {
    hint: `nothing was written, for other clients neither: start ${name} once and repeat this, or leave it out`,
    details: { directory: folder },
  });
}

/**
 * Writes the change, onto what is in the file by then. Two `install` at once take turns.
 * @param lock the directory of the lock
 * @throws ConflictError CONFLICT_STALE_PLAN when our entry was changed since; StoreError as the disk
 */
export async function writeChange(wish: Wish, shown: Change, lock: string): Promise<void> {
  const held = await acquireLock(lock, { stateDir: path.dirname(lock), waitMs: LOCK_WAIT_MS });
  try {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const now = await readForeignFile(wish.file);
      const change = changeOf(now.text, wish);
      if (!isDeepStrictEqual(change.before, shown.before)) throw changedMeanwhile(wish);
      if (await replaceForeignFile(now, change.text)) return;
    }
  } finally {
    await held.release();
  }
  throw new StoreError('STORE_CHANGING', `${wish.file} keeps changing`, {
    hint: `close ${wish.client.name}, and repeat this; nothing was written to that file`,
    details: { file: wish.file },
  });
}

/** What the client will start, by its file as it is now. */
export async function launchWritten({ client, file }: Pick<Wish, 'client' | 'file'>): Promise<Launch | null> {
  const { text } = await readForeignFile(file);
  return launchIn(configText(text ?? '', placeOf(client, file)).entry(ENTRY_NAME), client.shape);
}

function changedMeanwhile({ file }: Wish): ConflictError {
  return new ConflictError('CONFLICT_STALE_PLAN', `${file}: our entry was changed since it was shown`, {
    hint: 'repeat this, and look at the change again',
    details: { file },
  });
}
