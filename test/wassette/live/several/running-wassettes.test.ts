// Several Wassettes that run on one directory, taken together: in which order they load, and whose an error is.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import type { ComponentChange } from '../../../../src/plan/file-kinds.ts';
import type { LiveWassette } from '../../../../src/wassette/live/live-wassette.ts';
import type { Neighbour } from '../../../../src/wassette/live/registry/neighbours.ts';
import { RunningWassettes } from '../../../../src/wassette/live/several/running-wassettes.ts';
import { failing } from '../../../fixtures/failing.ts';
import { makeHost } from '../../../fixtures/host.ts';
import { introduction } from '../../../fixtures/wassette/window-records.ts';

const NONE = { old: null, new: null };
/** Of a component without code, so that it is unloaded. */
const REMOVED: ComponentChange = {
  component_id: 'weather',
  wasm: NONE,
  policy: NONE,
  policyMeta: NONE,
  secrets: NONE,
};

const REPLACED: ComponentChange = {
  ...REMOVED,
  wasm: { old: { sha256: 'a' }, new: { sha256: 'b' } },
} as never;

/**
 * Windows of these versions, in processes 1, 2, …; which of them was told something, in order. Each writes its native code
 * over that of another version, and says whose that was.
 */
function windowsOf(versions: readonly string[], failingProcess?: number) {
  const { state } = makeHost();
  const native = path.join(state.componentDir, 'weather.cwasm');
  const overwritten: string[] = [];
  const told: string[] = [];
  const neighbours = versions.map((wassette_version, i) => {
    const live: Partial<LiveWassette> = {
      pid: i + 1,
      program: null,
      version: async () => ({ text: wassette_version }) as Awaited<ReturnType<LiveWassette['version']>>,
      callTool: async () => {
        told.push(`${wassette_version} in ${i + 1}`);
        const there = existsSync(native) ? readFileSync(native, 'utf8') : wassette_version;
        if (there !== wassette_version) overwritten.push(there);
        writeFileSync(native, wassette_version);
        return { isError: i + 1 === failingProcess, text: 'no' };
      },
    };
    return { process: i + 1, live, introduction: introduction(state, { wassette_version }) };
  });
  return {
    running: new RunningWassettes(undefined, neighbours as unknown as Neighbour[], state),
    told,
    overwritten,
    native,
  };
}

it('those of one version load one after the other, so that each version compiles once', async () => {
  const { running, told, overwritten, native } = windowsOf(['0.4.0', '0.8.0', '0.4.0', '0.8.0']);
  writeFileSync(native, '0.8.0');
  await running.load([REMOVED]);
  expect(overwritten).toEqual([]);
  expect(told).toEqual(['0.4.0 in 1', '0.4.0 in 3', '0.8.0 in 2', '0.8.0 in 4']);
});

it('what has to be loaded before a change is not written over the native code of another version', async () => {
  const { running, told, overwritten, native } = windowsOf(['0.4.0', '0.8.0', '0.4.0', '0.8.0']);
  writeFileSync(native, '0.8.0');
  await running.waitUntilLoaded([REPLACED]);
  expect(overwritten).toEqual([]);
  expect(told).toEqual(['0.4.0 in 1', '0.4.0 in 3', '0.8.0 in 2', '0.8.0 in 4']);
});

it('native code stays where all windows are of one version', async () => {
  const { running, told, native } = windowsOf(['0.8.0', '0.8.0']);
  writeFileSync(native, '0.8.0');
  await running.waitUntilLoaded([REPLACED]);
  expect(told).toHaveLength(2);
  expect(existsSync(native)).toBe(true);
});

it('an error says in which window it was, and which Wassette that has', async () => {
  const { running } = windowsOf(['0.8.0', '0.4.0'], 2);
  await expect(running.load([REMOVED])).rejects.toThrow(
    failing('VERIFY_NOT_LOADED', {
      message: expect.stringContaining('in another window (process 2, Wassette 0.4.0)'),
      details: { component_id: 'weather', window_pid: 2 },
    }),
  );
});
