// Proves that a running Wassette works on our component directory, before anything is changed.
import path from 'node:path';
import { safeText } from '../../codec/safe-text.ts';
import { StoreError } from '../../errors.ts';
import { liveComponents, livePolicyPath, unloadLive } from './answers.ts';
import { describeDifference, detailsOf, differenceFrom } from './host-difference.ts';
import type { LiveComponent, ToolCaller } from './live-wassette.ts';
import { HostProbe, removeOldProbes } from './probe.ts';

const TIMEOUT_MS = 60_000;
const UNLOAD_TIMEOUT_MS = 10_000;

/**
 * `componentDir` is a real path. Puts a probe into it, asks the server for it, and removes it again. Nothing else proves
 * it, because two copies look alike. Only while the directory is locked.
 *
 * The server must also use our path for the directory. With another path (a bind mount, a container) a load would delete
 * the component before it fails to copy the file over itself. The server's clients get one notice of a changed tool list.
 *
 * @throws StoreError STORE_OTHER_HOST saying what differs; STORE_UNREACHABLE when the server does not answer as a
 * Wassette, or has its tools switched off; STORE_DENIED when we may not write in the directory; the signal's reason
 */
export async function assertSameHost(
  live: ToolCaller,
  componentDir: string,
  signal?: AbortSignal,
): Promise<void> {
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  const either = signal === undefined ? timeout : AbortSignal.any([timeout, signal]);
  try {
    const before = await liveComponents(live, either);
    await removeOldProbes(componentDir);
    const probe = new HostProbe(componentDir);
    try {
      await assertSeen(live, probe, before, componentDir, either);
      await assertCalledBy(componentDir, live, probe, either);
    } finally {
      await probe.remove();
    }
  } catch (error) {
    if (!timeout.aborted || signal?.aborted) throw error;
    throw new StoreError(
      'STORE_UNREACHABLE',
      `the running Wassette did not answer within ${TIMEOUT_MS / 1000} s`,
      {
        hint: 'look at its log, or stop it, import, and start it again',
        cause: error,
      },
    );
  }
}

async function assertSeen(
  live: ToolCaller,
  probe: HostProbe,
  before: readonly LiveComponent[],
  componentDir: string,
  signal: AbortSignal,
): Promise<void> {
  await probe.putSign();
  if ((await liveComponents(live, signal)).some(({ id }) => id === probe.id)) return;
  const difference = await differenceFrom(before, componentDir);
  const shown =
    difference === null ? 'the components of both have the same names' : describeDifference(difference);
  throw new StoreError(
    'STORE_OTHER_HOST',
    `the running Wassette does not see files in ${componentDir} (${shown})`,
    {
      hint: 'use the directory and the server that belong together',
      remedy: { do: 'name-directories' },
      details: { component_dir: componentDir, ...(difference && detailsOf(difference)) },
    },
  );
}

async function assertCalledBy(
  componentDir: string,
  live: ToolCaller,
  probe: HostProbe,
  signal: AbortSignal,
): Promise<void> {
  await probe.putComponent();
  const there = path.dirname(await policyPathOnce(live, probe.id, signal));
  // On Windows one may have the prefix \\?\.
  if (path.toNamespacedPath(there) === path.toNamespacedPath(componentDir)) return;
  throw new StoreError(
    'STORE_OTHER_HOST',
    `the running Wassette calls this directory by another path than ${safeText(componentDir, 400)}`,
    {
      hint: 'make it the same path for both, or stop the server, import, and start it again; the log has the path it uses',
      details: { component_dir: componentDir },
      said: { words: 'it calls the directory', path: there },
    },
  );
}

/** Asking loads the component, so it is unloaded again, even when nobody waits for the answer any more. */
async function policyPathOnce(live: ToolCaller, id: string, signal: AbortSignal): Promise<string> {
  const unload = () => unloadLive(live, id, AbortSignal.timeout(UNLOAD_TIMEOUT_MS));
  let found: string;
  try {
    found = await livePolicyPath(live, id, signal);
  } catch (error) {
    await unload().catch(() => undefined); // the first error says more
    throw error;
  }
  await unload();
  return found;
}
