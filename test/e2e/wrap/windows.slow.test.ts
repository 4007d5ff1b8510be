// Several windows on one directory, each with a real Wassette inside, and a terminal beside them.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { LOADED_FEATURES } from '../../fixtures/components/code-features.ts';
import { makeHost, policyText, type TestHost } from '../../fixtures/host.ts';
import type { WassetteVersion } from '../../fixtures/wassette/wassette.ts';
import {
  has,
  inTerminal,
  isInstalled,
  killing,
  openWindow,
  snapshotOf,
} from '../../fixtures/wassette/windows.ts';
import type { WrappedAgent } from '../../fixtures/wassette/wrapped-agent.ts';

async function openWindows(host: TestHost, versions: readonly WassetteVersion[]): Promise<WrappedAgent[]> {
  const windows: WrappedAgent[] = [];
  for (const version of versions) windows.push(await openWindow(host, version));
  return windows;
}

/** All windows and the disk agree, at the latest once they have caught up. */
async function agreed(
  host: TestHost,
  windows: readonly WrappedAgent[],
  id: string,
  timeout = 20_000,
): Promise<boolean> {
  return vi.waitFor(
    async () => {
      const installed = isInstalled(host, id);
      for (const window of windows) expect(await has(window, id)).toBe(installed);
      return installed;
    },
    { timeout, interval: 100 },
  );
}

describe.each([
  ['two', ['0.8.0', '0.8.0']],
  ['five, of two versions,', ['0.8.0', '0.4.0', '0.8.0', '0.4.0', '0.8.0']],
] as const)('%s windows on one directory', (_, versions) => {
  test('all have what one imports, with that permission; and all have lost it when a terminal takes it back', async () => {
    const host = makeHost();
    const file = await snapshotOf(host, 'weather');
    const windows = await openWindows(host, versions);
    for (const window of windows) expect(await has(window, 'weather')).toBe(false);
    const imported = await windows[0]!.importState({ snapshot: file });
    expect(imported.text).toContain(
      'To take this import back, the user runs in a terminal: wassette-state undo',
    );
    expect(imported.text).toContain('Applied');
    for (const window of windows) {
      expect(await has(window, 'weather')).toBe(true);
      expect(window.listChanges).toBeGreaterThan(0);
    }
    await inTerminal(host, ['undo', '--yes']);
    for (const window of windows) expect(await has(window, 'weather')).toBe(false);
    expect(readdirSync(host.locations.componentDir).filter((name) => name.startsWith('weather'))).toEqual([]);
  });
});

test('twenty windows all have what a terminal imports, compiled once', async () => {
  const host = makeHost();
  const file = await snapshotOf(host, 'weather');
  const windows = await openWindows(
    host,
    Array.from({ length: 20 }, () => '0.8.0' as const),
  );
  const begun = performance.now();
  await inTerminal(host, ['import', file, '--yes']);
  const took = performance.now() - begun;
  for (const window of windows) expect(await has(window, 'weather')).toBe(true);
  await inTerminal(host, ['undo', '--yes']);
  for (const window of windows) expect(await has(window, 'weather')).toBe(false);
  console.info(`import into 20 windows: ${Math.round(took)} ms`);
});

test('two windows import at the same moment: both imports are there, in both', async () => {
  const host = makeHost();
  const files = [await snapshotOf(host, 'weather'), await snapshotOf(host, 'maps')];
  const windows = await openWindows(host, ['0.8.0', '0.8.0']);
  for (let round = 0; round < 5; round++) {
    const answers = await Promise.all(
      windows.map((window, i) => window.importState({ snapshot: files[i]! })),
    );
    for (const [i, answer] of answers.entries()) {
      // Whoever comes second planned for another state, and plans again.
      if (!answer.isError) continue;
      expect(answer.text).toContain('CONFLICT_STALE_PLAN');
      await windows[i]!.importState({ snapshot: files[i]! });
    }
    for (const id of ['weather', 'maps']) expect(await agreed(host, windows, id)).toBe(true);
    await inTerminal(host, ['undo', '--yes']);
    await inTerminal(host, ['undo', '--yes']);
    for (const id of ['weather', 'maps']) expect(await agreed(host, windows, id)).toBe(false);
  }
});

describe('a terminal that is killed in the middle of an import', () => {
  test('leaves one of the two states, on disk and in every window, whichever message it was killed at', async () => {
    const host = makeHost();
    const file = await snapshotOf(host, 'weather');
    const windows = await openWindows(host, ['0.8.0', '0.4.0', '0.8.0']);
    const wrote = path.join(path.dirname(host.locations.componentDir), 'wrote');
    await inTerminal(host, ['import', file, '--yes'], killing({ WROTE: wrote }));
    const messages = Number(readFileSync(wrote, 'utf8'));
    expect(messages).toBeGreaterThan(20);
    const outcomes = new Set<boolean>();
    let isThere = await agreed(host, windows, 'weather');
    for (let at = 1; at <= messages; at++) {
      const change = isThere ? ['undo', '--yes'] : ['import', file, '--yes'];
      await inTerminal(host, change, killing({ KILL_AT: String(at) })).catch(() => undefined);
      // An import that was not committed is cleared away by the next one, or by this.
      if (existsSync(host.state.journal)) await inTerminal(host, ['recover']);
      const now = await agreed(host, windows, 'weather');
      outcomes.add(now === isThere);
      isThere = now;
    }
    expect([...outcomes].sort()).toEqual([false, true]);
  });
});

describe('a window that is killed in the middle of an import', () => {
  test('is left out, whichever message it was killed at, and has what the others have once it is opened again', async () => {
    const host = makeHost();
    const file = await snapshotOf(host, 'weather');
    const steady = await openWindows(host, ['0.8.0', '0.8.0']);
    const wrote = path.join(path.dirname(host.locations.componentDir), 'wrote');
    const counted = await openWindow(host, '0.8.0', { env: killing({ WROTE: wrote }) });
    await inTerminal(host, ['import', file, '--yes']);
    await counted.stop();
    const messages = Number(readFileSync(wrote, 'utf8'));
    expect(messages).toBeGreaterThan(5);
    let isThere = await agreed(host, steady, 'weather');
    for (let at = 1; at <= messages; at++) {
      // It may be killed while it starts, when it looks for the others.
      await openWindow(host, '0.8.0', { env: killing({ KILL_AT: String(at) }) }).catch(() => undefined);
      const change = isThere ? ['undo', '--yes'] : ['import', file, '--yes'];
      await inTerminal(host, change);
      const again = await openWindow(host, '0.8.0');
      expect(await agreed(host, [...steady, again], 'weather')).toBe(!isThere);
      await again.stop();
      isThere = !isThere;
    }
  });
});

describe('a window that is stopped in the middle of an import', () => {
  test('holds it for a bounded time, whichever message it was stopped at, and has what is on disk once it goes on', async () => {
    const outcomes = await Promise.all(
      [3, 5, 8, 12, 14, 17].map(async (at) => {
        const host = makeHost();
        const file = await snapshotOf(host, 'weather');
        const steady = await openWindow(host, '0.8.0');
        const stopped = await openWindow(host, '0.8.0', { env: killing({ STOP_AT: String(at) }) });
        const outcome = await inTerminal(host, ['import', file, '--yes']).catch(({ stderr }) => stderr);
        process.kill(stopped.pid, 'SIGCONT');
        const isThere = await agreed(host, [steady, stopped], 'weather', 60_000);
        if (!isThere) expect(outcome).toContain('STORE_BUSY');
        return isThere;
      }),
    );
    expect(new Set(outcomes)).toEqual(new Set([false, true]));
  });
});

describe('a window that cannot load what is imported', () => {
  test('takes it back everywhere, also where it was loaded already', async () => {
    const host = makeHost();
    // Without its program it cannot be tried before.
    const windows = [await openWindow(host, '0.8.0'), await openWindow(host, '0.4.0', { isHidden: true })];
    const code = Buffer.from(await LOADED_FEATURES.find(({ name }) => name === 'task.return')!.make());
    const file = await snapshotOf(host, 'newer', { code, policy: policyText() });
    const answer = await windows[0]!.importState({ snapshot: file });
    expect(answer.text).toContain('VERIFY_NOT_LOADED');
    expect(answer.text).toContain(`in another window (process ${windows[1]!.pid}`);
    expect(isInstalled(host, 'newer')).toBe(false);
  });
});

test('a window whose launcher is named from its own folder has what a terminal elsewhere imports', async () => {
  const host = makeHost();
  const file = await snapshotOf(host, 'weather');
  const cwd = path.join(path.dirname(host.locations.componentDir), 'launcher');
  mkdirSync(cwd);
  writeFileSync(path.join(cwd, 'start.sh'), 'exec "$@"\n');
  const window = await openWindow(host, '0.8.0', { through: ['sh', 'start.sh'], cwd });
  await inTerminal(host, ['import', file, '--yes']);
  expect(await has(window, 'weather')).toBe(true);
});

describe('a window with another state directory', () => {
  test('is a reason to refuse, which the plan says with both, before anybody is asked', async () => {
    const host = makeHost();
    const file = await snapshotOf(host, 'weather');
    const here = await openWindow(host, '0.8.0');
    const elsewhere = path.join(path.dirname(host.locations.componentDir), 'other-state');
    const other = await openWindow(host, '0.8.0', { flags: ['--state-dir', elsewhere] });
    const planned = await here.call('import_state', { snapshot: file });
    expect(planned.isError).toBe(false);
    expect(planned.text).toMatch(/^This cannot be applied now: /);
    for (const said of ['cannot be applied now', String(other.pid), elsewhere, host.locations.stateDir])
      expect(JSON.stringify(planned.structured)).toContain(said);
    const refused = await here.importState({ snapshot: file });
    expect(refused.text).toContain('STORE_BUSY');
    await other.stop();
    expect((await here.importState({ snapshot: file })).text).toContain('Applied');
  });
});

test('a window that is stopped, as by a debugger, holds an import for a bounded time and nothing is changed', async () => {
  const host = makeHost();
  const file = await snapshotOf(host, 'weather');
  const steady = await openWindow(host, '0.8.0');
  const stopped = await openWindow(host, '0.8.0');
  process.kill(stopped.pid, 'SIGSTOP');
  await expect(inTerminal(host, ['import', file, '--yes'])).rejects.toThrow('STORE_BUSY');
  process.kill(stopped.pid, 'SIGCONT');
  expect(await agreed(host, [steady, stopped], 'weather')).toBe(false);
  await inTerminal(host, ['import', file, '--yes']);
  expect(await agreed(host, [steady, stopped], 'weather')).toBe(true);
});

test('what the agent of one window grants is told to the agent of another', async () => {
  const host = makeHost();
  const file = await snapshotOf(host, 'weather');
  const [one, two] = (await openWindows(host, ['0.8.0', '0.8.0'])) as [WrappedAgent, WrappedAgent];
  await one.importState({ snapshot: file });
  await one.call('grant-environment-variable-permission', {
    component_id: 'weather',
    details: { key: 'SECRET_TOKEN' },
  });
  await vi.waitFor(() =>
    expect(two.messages.join()).toMatch(/grant-environment-variable-permission.*weather/),
  );
  expect(one.messages).toEqual([]);
});
