// Puts staged files in place, forward only. Every step can be repeated after a crash at any point: a file is touched only
// if it has its old bytes or its new ones, or is absent because the step before removed it (FORMAT.md F-10).

import { lstatSync, renameSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { deriveToolCache } from '../../component/derived-interface.ts';
import { withFileAt } from '../../disk/blobs/file-bytes.ts';
import { nowSeconds } from '../../disk/clock.ts';
import { isSameFile, syncDirectory } from '../../disk/durable-file.ts';
import { inParallel } from '../../disk/parallel.ts';
import { storeErrorFrom } from '../../disk/system-error.ts';
import { StateError, StoreError } from '../../errors.ts';
import {
  type ComponentChange,
  differs,
  FILE_KINDS,
  type FileKind,
  KINDS,
  KINDS_BESIDE_CODE,
} from '../../plan/file-kinds.ts';
import { sha256At } from './component-files.ts';
import { CACHE_KINDS, type FileLocations, fileName, pathOf } from './files.ts';
import type { Staging } from './staging.ts';

export interface RollForwardOptions {
  assertHeld: () => void;
  /** Whether this is after a crash: then the staged files may have been changed by somebody else. */
  recovering: boolean;
  /** Whether a tool cache is placed beside new code, for the next start. */
  withToolLists: boolean;
}

/**
 * Rolls all changes forward, in three parts with a sync of the directory between them: old code goes, policies are put
 * in place, new code comes. So code never stands without its policy or under another's, whatever order the disk writes in.
 * @throws StoreError STORE_INTERRUPTED when somebody else changed a file; the journal stays
 */
export async function rollForward(
  staging: Staging,
  changes: readonly ComponentChange[],
  { assertHeld, recovering, withToolLists }: RollForwardOptions,
): Promise<void> {
  // After a crash the staged bytes are whatever is found there, not what we just wrote.
  if (recovering) await inParallel(changes, 4, (change) => verifyStaged(staging, change));
  const { locations } = staging;
  const recoded = changes.filter(({ wasm }) => differs(wasm));
  const forEach = (some: readonly ComponentChange[], work: (change: ComponentChange) => Promise<void>) =>
    inParallel(some, 4, (change) => {
      assertHeld();
      return work(change);
    });

  await removeCaches(locations, recoded);
  await forEach(changes, async (change) => {
    await assertUntouched(locations, change);
    await withdrawOldCode(locations, change);
  });
  if (recoded.length > 0) await syncDirectories(staging);

  await forEach(changes, async (change) => {
    for (const kind of KINDS_BESIDE_CODE) await settle(staging, change, kind);
  });
  await syncDirectories(staging);

  await forEach(recoded, (change) => placeNewCode(staging, change));
  // A Wassette that was compiling the old code may have written its cache meanwhile.
  await removeCaches(locations, recoded);
  if (withToolLists) await forEach(recoded, (change) => placeToolList(staging, change));
  await syncDirectories(staging);
  await inParallel(changes, 4, (change) => verifyFinal(staging, change));
}

async function verifyStaged(staging: Staging, change: ComponentChange): Promise<void> {
  for (const kind of KINDS) {
    const wanted = change[kind].new?.sha256;
    if (!differs(change[kind]) || wanted === undefined) continue;
    const found = await sha256At(staging.fileOf(change.component_id, kind));
    if (found !== null && found !== wanted) throw changedMeanwhile(change, kind);
  }
}

/** Code and policy belong together: when only one of them changes, the other must be what was approved with it. */
async function assertUntouched(locations: FileLocations, change: ComponentChange): Promise<void> {
  for (const kind of KINDS) {
    if (!FILE_KINDS[kind].isReliedOn || differs(change[kind])) continue;
    const found = await sha256At(pathOf(locations, change.component_id, kind));
    if (found !== (change[kind].old?.sha256 ?? null)) throw changedMeanwhile(change, kind);
  }
}

async function withdrawOldCode(locations: FileLocations, change: ComponentChange): Promise<void> {
  if (!differs(change.wasm)) return;
  const file = pathOf(locations, change.component_id, 'wasm');
  const found = await sha256At(file);
  if (found === null || found === change.wasm.new?.sha256) return;
  if (found !== change.wasm.old?.sha256) throw changedMeanwhile(change, 'wasm');
  await rm(file);
}

async function settle(staging: Staging, change: ComponentChange, kind: FileKind): Promise<void> {
  if (!differs(change[kind])) return;
  const file = pathOf(staging.locations, change.component_id, kind);
  const wanted = change[kind].new?.sha256 ?? null;
  const found = await sha256At(file);
  if (found === wanted) return;
  if (found !== (change[kind].old?.sha256 ?? null)) throw changedMeanwhile(change, kind);
  if (wanted === null) await rm(file);
  else await moveIntoPlace(staging, change, kind, file);
}

async function placeNewCode(staging: Staging, change: ComponentChange): Promise<void> {
  if (change.wasm.new === null) return;
  const file = pathOf(staging.locations, change.component_id, 'wasm');
  const found = await sha256At(file);
  if (found === change.wasm.new.sha256) return;
  if (found !== null) throw changedMeanwhile(change, 'wasm');
  await moveIntoPlace(staging, change, 'wasm', file);
}

/**
 * The tools of the new code, so that a Wassette lists them as soon as it starts. Derived from the bytes in place, never
 * taken from a snapshot; a cache, without which only the first start is slower.
 */
async function placeToolList(staging: Staging, { component_id, wasm }: ComponentChange): Promise<void> {
  if (wasm.new === null) return;
  const { locations } = staging;
  try {
    const file = pathOf(locations, component_id, 'wasm');
    const list = withFileAt(file, (read) => deriveToolCache(component_id, wasm.new!, read, nowSeconds()));
    if (list === null) return;
    const staged = await staging.addCache(component_id, list);
    renameSync(staged, pathOf(locations, component_id, 'toolCache'));
  } catch (error) {
    if (!(error instanceof StateError) && typeof (error as NodeJS.ErrnoException).code !== 'string')
      throw error;
  }
}

async function moveIntoPlace(
  staging: Staging,
  change: ComponentChange,
  kind: FileKind,
  file: string,
): Promise<void> {
  const staged = staging.fileOf(change.component_id, kind);
  try {
    renameSync(staged, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw storeErrorFrom(error, `place ${file}`);
    throw new StoreError(
      'STORE_INTERRUPTED',
      `the staged file for ${fileName(change.component_id, kind)} is gone`,
      {
        hint: 'give this import up, and import the snapshot again',
        remedy: { do: 'abandon' },
        details: { component_id: change.component_id },
      },
    );
  }
}

/** A file that this process verified and moved has the same inode and times; any other file is hashed. */
async function verifyFinal(staging: Staging, change: ComponentChange): Promise<void> {
  for (const kind of KINDS) {
    if (!differs(change[kind])) continue;
    const file = pathOf(staging.locations, change.component_id, kind);
    const identity = staging.verifiedIdentity(change.component_id, kind);
    if (identity !== null && isSameFile(identity, lstatSync(file, { bigint: true, throwIfNoEntry: false })))
      continue;
    const found = await sha256At(file);
    if (found !== (change[kind].new?.sha256 ?? null)) throw changedMeanwhile(change, kind);
  }
}

/** Removes native code and tool caches of components whose code changes. Wassette makes them again. */
async function removeCaches(locations: FileLocations, changes: readonly ComponentChange[]): Promise<void> {
  const present = new Set(await readdir(locations.componentDir));
  for (const { component_id } of changes) {
    for (const kind of CACHE_KINDS) {
      if (present.has(fileName(component_id, kind)))
        await rm(pathOf(locations, component_id, kind), { force: true });
    }
  }
}

async function syncDirectories({ locations, directories }: Staging): Promise<void> {
  for (const directory of directories) await syncDirectory(locations[directory]);
}

function changedMeanwhile(change: ComponentChange, kind: FileKind): StoreError {
  const name = fileName(change.component_id, kind);
  return new StoreError(
    'STORE_INTERRUPTED',
    `${name} was changed by somebody else in the middle of an import`,
    {
      hint: 'put the file back and finish the import, or give it up',
      remedy: { do: 'recover-or-abandon' },
      details: { component_id: change.component_id, file: name },
    },
  );
}
