import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { stateDirectory } from '../../../src/state/directory.ts';
import { assertNoneUntold } from '../../../src/wassette/live/several/untold-wassettes.ts';
import {
  findRunningWassettes,
  isSeenServing,
  wassetteArguments,
} from '../../../src/wassette/live/wassette-processes.ts';
import { failing } from '../../fixtures/failing.ts';
import { makeHost } from '../../fixtures/host.ts';
import { asAnotherUser } from '../../fixtures/system/another-user.ts';
import { runLikeOrphan, runLikeWassette, runLikeWindow, stop } from '../../fixtures/system/processes.ts';
import { isRoot } from '../../fixtures/system/root.ts';
import { leaveRecord } from '../../fixtures/wassette/window-records.ts';

describe('a process is a Wassette', () => {
  it.each([
    [['wassette', 'run'], ['run']],
    [
      ['/usr/local/bin/wassette', 'serve', '--stdio'],
      ['serve', '--stdio'],
    ],
    [['wassette.exe'], []],
    [['./wassette.bin', 'run'], ['run']],
    [['/lib64/ld-linux-x86-64.so.2', '--library-path', '/x', '/opt/wassette.bin', 'run'], ['run']],
    [['ld-musl-x86_64.so.1', '/opt/wassette'], []],
  ])('when it is run as %j', (argv, args) => {
    expect(wassetteArguments(argv)).toEqual(args);
  });

  it.each([
    [['wassette-state', 'serve']],
    [['node', 'dist/cli.js', 'wassette']],
    [['vim', 'wassette']],
    [['grep', '-r', '/usr/bin/wassette']],
    [[]],
  ])('not when it is run as %j', (argv) => {
    expect(wassetteArguments(argv)).toBeNull();
  });
});

describe('a component directory is busy', () => {
  it.each([
    ['a flag', (dir: string) => ({ args: ['run', '--component-dir', dir] })],
    ['a variable', (dir: string) => ({ args: ['serve'], env: { WASSETTE_COMPONENT_DIR: dir } })],
    ['a flag relative to where it runs', (dir: string) => ({ args: ['run', '--component-dir=.'], cwd: dir })],
    [
      'a file of settings relative to where it runs, of a user without a home',
      (dir: string) => {
        writeFileSync(path.join(dir, 'own.toml'), `component_dir = "${dir}"\n`);
        return { args: ['run'], cwd: dir, env: { HOME: '', WASSETTE_CONFIG_FILE: 'own.toml' } };
      },
    ],
    [
      'the default',
      (dir: string) => ({
        args: ['run'],
        env: { XDG_DATA_HOME: dir.replace(/\/wassette\/components$/, '') },
      }),
    ],
  ])('while a Wassette runs on it by %s, and no longer', async (how, launch) => {
    const { locations } = makeHost();
    const dir =
      how === 'the default' ? `${locations.componentDir}/wassette/components` : locations.componentDir;
    const here = stateDirectory({ ...locations, componentDir: dir });
    await expect(assertNoneUntold(here)).resolves.toBeUndefined();
    const { args, ...rest } = launch(dir) as { args: string[]; env?: Record<string, string>; cwd?: string };
    const child = await runLikeWassette(args, rest);
    expect(readFileSync(`/proc/${child.pid}/cmdline`, 'utf8')).toMatch(/^wassette\0/);
    await expect(assertNoneUntold(here)).rejects.toThrow(
      failing('STORE_BUSY', {
        message: expect.stringMatching(new RegExp(`process ${child.pid}, started as "wassette (run|serve)`)),
        details: { pid: child.pid, component_dir: dir },
      }),
    );
    await stop(child);
    await expect(assertNoneUntold(here)).resolves.toBeUndefined();
  });

  it('not by one that runs elsewhere, nor by another program with the same arguments', async () => {
    const { locations } = makeHost();
    await runLikeWassette(['run', '--component-dir', locations.secretsDir]);
    await runLikeWassette(['run', '--component-dir', locations.componentDir], { name: 'wassette-state' });
    // Nor does one that neither runs nor changes what is there.
    await runLikeWassette(['secret', '--component-dir', locations.componentDir]);
    await expect(assertNoneUntold(stateDirectory(locations))).resolves.toBeUndefined();
  });

  it.runIf(isRoot)('not by one of another user, whose home is not ours', async () => {
    const home = path.dirname(makeHost().locations.componentDir);
    chmodSync(home, 0o755);
    await runLikeWassette(['run'], { env: { HOME: '/root' } });
    const found = asAnotherUser(`
      import { findRunningWassettes } from '@/src/wassette/live/wassette-processes.ts';
      process.env.HOME = ${JSON.stringify(home)};
      const found = await findRunningWassettes(process.env.HOME + '/.local/share/wassette/components');
      console.log(JSON.stringify(found));
    `);
    expect(JSON.parse(found)).toEqual([]);
  });

  it.runIf(isRoot && mayMount())('by one that has it at another path, in its own file system', async () => {
    const { componentDir } = makeHost().locations;
    const elsewhere = path.join(path.dirname(componentDir), 'elsewhere');
    mkdirSync(elsewhere);
    const child = await runLikeWassette(['serve', '--component-dir', elsewhere], {
      before: `mount --bind ${componentDir} ${elsewhere}`,
    });
    expect(await findRunningWassettes(componentDir)).toEqual([child.pid]);
    expect(await findRunningWassettes(elsewhere)).toEqual([]);
    expect(await isSeenServing(child.pid!, componentDir)).toBe(false);
  });
});

/** Less than what one that is ending is waited for. */
const AT_ONCE = 15_000;

describe('a Wassette that nobody can tell is waited for', () => {
  const busy = (details: object, message = /./) =>
    failing('STORE_BUSY', {
      details: expect.objectContaining(details),
      message: expect.stringMatching(message),
    });

  it(
    'not when the process that started it is gone, which is so of a service',
    async () => {
      const { locations, state } = makeHost();
      const pid = await runLikeOrphan(['run', '--component-dir', locations.componentDir]);
      await expect(assertNoneUntold(state)).rejects.toThrow(busy({ pid }));
    },
    AT_ONCE,
  );

  it(
    'not in a window that does not answer',
    async () => {
      const { locations, state } = makeHost();
      const args = ['run', '--component-dir', locations.componentDir];
      const window_pid = await runLikeWindow(args, ['--state-dir', state.root]);
      await expect(assertNoneUntold(state)).rejects.toThrow(busy({ window_pid }, /that does not answer$/));
    },
    AT_ONCE,
  );

  it('not in a window that has no socket, and it is said why', async () => {
    const { locations, state } = makeHost();
    const args = ['run', '--component-dir', locations.componentDir];
    const window_pid = await runLikeWindow(args, ['--state-dir', state.root]);
    mkdirSync(state.sockets, { recursive: true });
    chmodSync(state.sockets, 0o755);
    await expect(assertNoneUntold(state)).rejects.toThrow(
      busy({ window_pid }, /that cannot be reached: .*sockets is open to other users$/),
    );
  });

  it('when its window has taken its socket away, and is ending it', async () => {
    const { locations, state } = makeHost();
    const pid = await runLikeWindow(['run', '--component-dir', locations.componentDir]);
    leaveRecord(state, { wassette_pid: pid });
    const looking = assertNoneUntold(state);
    setTimeout(() => process.kill(-pid, 'SIGTERM'), 300);
    await expect(looking).resolves.toBeUndefined();
  });
});

/** Whether a process may have mounts of its own. */
function mayMount(): boolean {
  return spawnSync('unshare', ['-m', 'true']).status === 0;
}
