// Our own folder inside a directory of Wassette's, for the lock and staged files: its owners, and removing leftovers.
import { existsSync, lstatSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';
import { sha256Hex } from '../../codec/digest.ts';
import { safeText } from '../../codec/safe-text.ts';
import { syncDirectory } from '../../disk/durable-file.ts';
import { readRecord, writeRecord } from '../../disk/record.ts';
import { whileDoing } from '../../disk/system-error.ts';
import { StoreError } from '../../errors.ts';
import type { FileDirectory } from '../../plan/file-kinds.ts';
import type { StateDirectory } from '../../state/directory.ts';
import type { FileLocations } from './files.ts';

const STAGING_PREFIX = 'staging-';
const OwnerSchema = z.object({ state_dir: z.string(), secrets_dir: z.string().nullable().default(null) });

/** The path of our folder. Wassette does not see it, because it reads only top-level files. */
export function ownFolder(directory: string): string {
  return path.join(directory, '.wassette-state');
}

/** Our folder for one component directory in a secrets directory, which several component directories may share. */
export function secretsFolder({ componentDir, secretsDir }: FileLocations): string {
  return path.join(ownFolder(secretsDir), sha256Hex(componentDir).slice(0, 32));
}

export function stagingFolder(locations: FileLocations, directory: FileDirectory, importId: string): string {
  const own = directory === 'secretsDir' ? secretsFolder(locations) : ownFolder(locations[directory]);
  return path.join(own, `${STAGING_PREFIX}${importId}`);
}

/**
 * Nanoseconds since 1970, by the clock of the file system with `directory`, which may be a server's: our folder changed there
 * when this run took its lock. Not later than now.
 */
export function fileSystemTime(directory: string): bigint {
  const clock = BigInt(Date.now()) * 1_000_000n;
  const changed = lstatSync(ownFolder(directory), { bigint: true, throwIfNoEntry: false })?.ctimeNs ?? clock;
  return changed < clock ? changed : clock;
}

function ownerFile(directory: string): string {
  return path.join(ownFolder(directory), 'owner.json');
}

/** Records which state directory will hold the journal of what is staged, and where secrets are staged, if any are. */
export async function noteOwner(
  { componentDir, secretsDir }: FileLocations,
  state: StateDirectory,
  withSecrets: boolean,
): Promise<void> {
  const owner = { state_dir: state.root, secrets_dir: withSecrets ? secretsDir : null };
  await writeRecord(ownerFile(componentDir), owner);
}

/**
 * Removes what unfinished imports left in Wassette's directories. Call it only under the lock and without a journal.
 * @throws StoreError STORE_INTERRUPTED when the journal may be in another state directory
 */
export async function dropStaging(
  { componentDir: directory }: FileLocations,
  state: StateDirectory,
): Promise<void> {
  const own = ownFolder(directory);
  const folders = await stagedIn(own);
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
  const secretsDir = owner?.secrets_dir;
  if (secretsDir) await dropStagedSecrets(secretsFolder({ componentDir: directory, secretsDir }));
  await whileDoing(`clean up ${own}`, async () => {
    for (const name of folders) await rm(path.join(own, name), { recursive: true, force: true });
    await rm(ownerFile(directory), { force: true });
    for (const name of await readdir(own).catch(() => [])) {
      if (name.startsWith('.') && isOld(path.join(own, name)))
        await rm(path.join(own, name), { force: true });
    }
  });
}

/** Until they are gone for good, also after power loss: the note that says where they are is removed next. */
async function dropStagedSecrets(own: string): Promise<void> {
  await whileDoing(`clean up ${own}`, async () => {
    for (const name of await stagedIn(own)) await rm(path.join(own, name), { recursive: true, force: true });
    // Also where nothing is left: whoever removed it may have been killed before this.
    if (existsSync(own)) await syncDirectory(own);
  });
}

async function stagedIn(own: string): Promise<string[]> {
  return (await readdir(own).catch(() => [])).filter((name) => name.startsWith(STAGING_PREFIX));
}

/** Whether a temporary file is from a killed process, and not from one that is working. */
function isOld(file: string): boolean {
  const stat = lstatSync(file, { throwIfNoEntry: false });
  return stat !== undefined && stat.mtimeMs < Date.now() - 60_000;
}

/** Whether an unfinished import left files behind; its journal decides whether it counts. */
export async function hasStaging(componentDir: string): Promise<boolean> {
  return (await stagedIn(ownFolder(componentDir))).length > 0;
}
