// Our own folder inside a directory of Wassette's, for the lock and staged files: its owners, and removing leftovers.
import { lstatSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';
import { safeText } from '../../codec/safe-text.ts';
import { readRecord, writeRecord } from '../../disk/record.ts';
import { whileDoing } from '../../disk/system-error.ts';
import { StoreError } from '../../errors.ts';
import { FILE_DIRECTORIES } from '../../plan/file-kinds.ts';
import type { StateDirectory } from '../../state/directory.ts';
import type { FileLocations } from './files.ts';

const STAGING_PREFIX = 'staging-';
const OwnerSchema = z.object({ state_dir: z.string() });

/** The path of our folder. Wassette does not see it, because it reads only top-level files. */
export function ownFolder(directory: string): string {
  return path.join(directory, '.wassette-state');
}

export function stagingFolder(directory: string, importId: string): string {
  return path.join(ownFolder(directory), `${STAGING_PREFIX}${importId}`);
}

function ownerFile(directory: string): string {
  return path.join(ownFolder(directory), 'owner.json');
}

/** Records in `directory` which state directory will hold the journal of what is staged there. */
export async function noteOwner(directory: string, state: StateDirectory): Promise<void> {
  await writeRecord(ownerFile(directory), { state_dir: state.root });
}

/**
 * Removes what unfinished imports left in Wassette's directories. Call it only under the lock and without a journal.
 * @throws StoreError STORE_INTERRUPTED when the journal may be in another state directory
 */
export async function dropStaging(locations: FileLocations, state: StateDirectory): Promise<void> {
  for (const directory of FILE_DIRECTORIES) await dropStagingIn(locations[directory], state);
}

async function dropStagingIn(directory: string, state: StateDirectory): Promise<void> {
  const own = ownFolder(directory);
  const folders = (await readdir(own).catch(() => [])).filter((name) => name.startsWith(STAGING_PREFIX));
  const owner = await readRecord(ownerFile(directory), OwnerSchema).catch(() => null);
  if (folders.length > 0 && owner !== null && owner.state_dir !== state.root) {
    throw new StoreError(
      'STORE_INTERRUPTED',
      `an import into ${directory} was interrupted; its journal is in ${safeText(owner.state_dir)}`,
      {
        hint: 'finish it with that state directory',
        remedy: { do: 'recover', stateDir: owner.state_dir },
        details: { state_dir: safeText(owner.state_dir, 4_096) },
      },
    );
  }
  await whileDoing(`clean up ${own}`, async () => {
    for (const name of folders) await rm(path.join(own, name), { recursive: true, force: true });
    await rm(ownerFile(directory), { force: true });
    for (const name of await readdir(own).catch(() => [])) {
      if (name.startsWith('.') && isOld(path.join(own, name)))
        await rm(path.join(own, name), { force: true });
    }
  });
}

/** Whether a temporary file is from a killed process, and not from one that is working. */
function isOld(file: string): boolean {
  const stat = lstatSync(file, { throwIfNoEntry: false });
  return stat !== undefined && stat.mtimeMs < Date.now() - 60_000;
}

/** Whether an unfinished import left files behind; its journal decides whether it counts. */
export async function hasStaging(componentDir: string): Promise<boolean> {
  const names = await readdir(ownFolder(componentDir)).catch(() => []);
  return names.some((name) => name.startsWith(STAGING_PREFIX));
}
