// What a killed run leaves behind: nothing that the next one does not clear away, and no process.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { currentOwner } from '../../src/disk/process-owner.ts';
import { clearDeadScratch, inScratch } from '../../src/disk/scratch.ts';
import { assertLoadable } from '../../src/wassette/live/program/trial-load.ts';

let temporary: string;
beforeEach(() => {
  temporary = mkdtempSync(path.join(tmpdir(), 'wassette-state-test-'));
  vi.stubEnv('TMPDIR', temporary);
});

function leave(name: string, owner: object | null): string {
  const directory = path.join(temporary, `wassette-state-scratch-${name}`);
  mkdirSync(path.join(directory, 'deep'), { recursive: true });
  writeFileSync(path.join(directory, 'deep', 'file'), 'x');
  if (owner !== null) writeFileSync(path.join(directory, 'owner.json'), JSON.stringify(owner));
  return directory;
}

/** The id of a process that has ended. */
const gone = () => spawnSync('true').pid;

describe('a scratch directory', () => {
  it('is empty but for the name of its owner, and gone after the work, whether it succeeds or not', async () => {
    let seen = '';
    const look = async (directory: string) => {
      seen = directory;
      expect(readdirSync(directory)).toEqual(['owner.json']);
      throw new Error('failed');
    };
    await expect(inScratch(look)).rejects.toThrow('failed');
    expect(seen).toContain(temporary);
    expect(readdirSync(temporary)).toEqual([]);
  });

  it('of a process that is gone is removed by the next work, one of a living process is not', async () => {
    leave('dead', { ...currentOwner(), pid: gone() });
    leave('other-start', { ...currentOwner(), start_time: '1' });
    leave('other-boot', { ...currentOwner(), boot_id: 'another' });
    const kept = [
      leave('alive', currentOwner()),
      leave('other-machine', { ...currentOwner(), host: 'another', pid: gone() }),
      leave('just-made', null),
      path.join(temporary, 'somebody-elses'),
    ];
    mkdirSync(kept.at(-1)!);
    await inScratch(async () => undefined);
    expect(readdirSync(temporary).sort()).toEqual(kept.map((each) => path.basename(each)).sort());
  });

  it('that never got an owner is removed after an hour', async () => {
    const directory = leave('nameless', null);
    const before = Date.now() / 1000 - 2 * 60 * 60;
    utimesSync(directory, before, before);
    await clearDeadScratch();
    expect(existsSync(directory)).toBe(false);
  });
});

it('a trial ends with us when we are killed, with all that it started', async () => {
  const file = path.join(temporary, 'slow.wasm');
  const program = path.join(temporary, 'wassette');
  const pids = path.join(temporary, 'pids');
  writeFileSync(file, '');
  writeFileSync(program, `#!/bin/sh\nsleep 1000 &\necho $$ $! > ${pids}.new\nmv ${pids}.new ${pids}\nwait\n`);
  chmodSync(program, 0o755);
  const trial = `import(${JSON.stringify(new URL('../../src/wassette/live/program/trial-load.ts', import.meta.url).href)})
    .then(({ assertLoadable }) => assertLoadable([${JSON.stringify(program)}], [{ file: ${JSON.stringify(file)}, keepAs: '/nowhere' }]))`;
  const owner = spawn(process.execPath, ['--import', 'tsx', '-e', trial], {
    env: { ...process.env, TMPDIR: temporary },
    stdio: 'inherit',
  });
  while (!existsSync(pids)) await delay(20);
  owner.kill('SIGKILL');
  await once(owner, 'exit');
  const left = readFileSync(pids, 'utf8').trim().split(' ').map(Number);
  expect(left).toHaveLength(2);
  await expect.poll(() => left.filter(isRunning), { timeout: 20_000 }).toEqual([]);
  expect(readdirSync(temporary).some((name) => name.startsWith('wassette-state-scratch-'))).toBe(true);
  await clearDeadScratch();
  expect(readdirSync(temporary).some((name) => name.startsWith('wassette-state-scratch-'))).toBe(false);
});

it('a trial that is cancelled ends at once, with all that it started', async () => {
  const program = path.join(temporary, 'wassette');
  const pids = path.join(temporary, 'pids');
  writeFileSync(program, `#!/bin/sh\nsleep 1000 &\necho $$ $! > ${pids}.new\nmv ${pids}.new ${pids}\nwait\n`);
  chmodSync(program, 0o755);
  const abort = new AbortController();
  const trial = assertLoadable(
    [program],
    [{ file: path.join(temporary, 'slow.wasm'), keepAs: path.join(temporary, 'native') }],
    abort.signal,
  );
  trial.catch(() => undefined);
  while (!existsSync(pids)) await delay(20);
  abort.abort();
  await expect(trial).rejects.toThrow();
  const left = readFileSync(pids, 'utf8').trim().split(' ').map(Number);
  await expect.poll(() => left.filter(isRunning), { timeout: 20_000 }).toEqual([]);
});

function isRunning(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return !/\) [ZX] /.test(stat);
  } catch {
    return false;
  }
}
