// Brings a Wassette up to date after an import by another process that ended in the middle, or failed.
import path from 'node:path';
import type { Lock } from '../../../disk/lock.ts';
import { StateError } from '../../../errors.ts';
import { sha256At } from '../../directory/component-files.ts';
import { fileName } from '../../directory/files.ts';
import { DirectoryLocks, under } from '../../directory/locks.ts';
import { finishCommitted, type HostPaths } from '../../directory/recovery.ts';
import type { LiveComponent, LiveWassette } from '../live-wassette.ts';
import { loadPresent } from '../loading.ts';
import { dropNativeCode, NativeCode, type StagedCode } from './native-code.ts';
import { hasOtherNeighbours } from './starting.ts';

/** Each waits ten seconds. */
const MOST_TRIES = 12;

/**
 * Finishes what was committed, and has the Wassette run what is on disk then. Each Wassette does this for itself.
 * @throws StoreError STORE_INTERRUPTED, STORE_LOCKED; VerificationError VERIFY_NOT_LOADED for the first that does not load
 */
export async function catchUp(
  paths: HostPaths,
  live: LiveWassette,
  changed: readonly LiveComponent[],
): Promise<void> {
  const { componentDir } = paths.locations;
  const locks = new DirectoryLocks(componentDir, paths.state.root);
  await under(await untilFree(locks), async (filesHeld) => {
    await finishCommitted(paths, filesHeld);
    const native = new NativeCode(paths.state, await codeOf(changed, componentDir));
    if (await hasOtherNeighbours(paths.state, () => live.version()))
      await dropNativeCode(
        componentDir,
        changed.map(({ id }) => id),
      );
    // What the other process had compiled before it ended need not be compiled again.
    await native.placeFor(live);
    let failure: unknown;
    for (const { id } of changed) {
      await loadPresent(live, componentDir, id).catch((error) => {
        failure ??= error;
      });
    }
    if (failure !== undefined) throw failure;
  });
}

async function codeOf(changed: readonly LiveComponent[], componentDir: string): Promise<StagedCode[]> {
  const code: StagedCode[] = [];
  for (const { id } of changed) {
    const file = path.join(componentDir, fileName(id, 'wasm'));
    const sha256 = await sha256At(file);
    if (sha256 !== null) code.push({ component_id: id, sha256, file });
  }
  return code;
}

/** Others catch up at the same time, and one may have to compile. @throws StoreError STORE_LOCKED */
async function untilFree(locks: DirectoryLocks): Promise<Lock> {
  for (let tried = 1; ; tried++) {
    try {
      return await locks.forFiles();
    } catch (error) {
      const isLocked = error instanceof StateError && error.code === 'STORE_LOCKED';
      if (!isLocked || tried === MOST_TRIES) throw error;
    }
  }
}
