// Brings a Wassette up to date after an import by another process that ended in the middle, or failed.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileName } from '../../directory/files.ts';
import { DirectoryLocks, under } from '../../directory/locks.ts';
import { finishCommitted, type HostPaths } from '../../directory/recovery.ts';
import type { LiveComponent, ToolCaller } from '../live-wassette.ts';
import { loadFile } from '../loading.ts';
import { dropNativeCode } from './native-code.ts';

/**
 * Finishes what was committed, and has the Wassette run what is on disk then. Each Wassette does this for itself.
 * @throws StoreError STORE_INTERRUPTED, STORE_LOCKED; VerificationError VERIFY_NOT_LOADED for the first that does not load
 */
export async function catchUp(
  paths: HostPaths,
  live: ToolCaller,
  changed: readonly LiveComponent[],
): Promise<void> {
  const { componentDir } = paths.locations;
  const locks = new DirectoryLocks(componentDir, paths.state.root);
  await under(await locks.forFiles(), async (filesHeld) => {
    await finishCommitted(paths, filesHeld);
    await dropNativeCode(
      componentDir,
      changed.map(({ id }) => id),
    );
    let failure: unknown;
    for (const { id } of changed) {
      await loadPresent(live, componentDir, id).catch((error) => {
        failure ??= error;
      });
    }
    if (failure !== undefined) throw failure;
  });
}

async function loadPresent(live: ToolCaller, componentDir: string, id: string): Promise<void> {
  const at = (kind: 'wasm' | 'policy') => path.join(componentDir, fileName(id, kind));
  const hasPolicy = existsSync(at('policy'));
  if (existsSync(at('wasm'))) {
    // A load keeps the policy that is in memory, even when its file is gone.
    if (!hasPolicy) await live.callTool('reset-permission', { component_id: id });
    await loadFile(live, id, at('wasm'));
  } else if (!hasPolicy) {
    // It would also remove a policy that was left behind on purpose.
    await live.callTool('unload-component', { id });
  }
}
