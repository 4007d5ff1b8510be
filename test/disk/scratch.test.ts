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
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { sha256Hex } from '../../src/codec/digest.ts';
import { currentOwner } from '../../src/disk/process-owner.ts';
import { clearDeadScratch, inScratch } from '../../src/disk/scratch.ts';
import { assertLoadable } from '../../src/wassette/live/program/trial-load.ts';
import { failing } from '../fixtures/failing.ts';

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

  it('is told by its place where it cannot be made', async () => {
    const within = path.join(temporary, 'file');
    writeFileSync(within, '');
    const inFile = inScratch(async () => undefined, path.join(within, 'in-it'));
    await expect(inFile).rejects.toThrow(path.join(within, 'in-it'));
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

  it('of a process that cannot be seen is removed after a day', async () => {
    const elsewhere = { ...currentOwner(), host: 'another-host' };
    const [fresh, old] = [leave('fresh', elsewhere), leave('old', elsewhere)];
    const before = new Date(Date.now() - 25 * 60 * 60_000);
    utimesSync(old, before, before);
    await clearDeadScratch();
    expect([existsSync(fresh), existsSync(old)]).toEqual([true, false]);
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
  const { pids, program } = slowProgram();
  const trial = `import(${JSON.stringify(TRIAL)})
    .then(({ assertLoadable }) => assertLoadable([${JSON.stringify(program)}], { ...${JSON.stringify(emptyCode(file))}, keepAs: '/nowhere' }))`;
  const owner = spawn(process.execPath, ['--import', 'tsx', '-e', trial], {
    env: { ...process.env, TMPDIR: temporary },
    stdio: 'inherit',
  });
  // Between the start of the trial and of what watches over it nothing guards it.
  while (!existsSync(pids) || !childrenOf(owner.pid!).some((command) => command.includes('kill -KILL')))
    await delay(20);
  owner.kill('SIGKILL');
  await once(owner, 'exit');
  const left = readFileSync(pids, 'utf8').trim().split(' ').map(Number);
  expect(left).toHaveLength(2);
  await expect.poll(() => left.filter(isRunning), { timeout: 20_000 }).toEqual([]);
  expect(readdirSync(temporary).some((name) => name.startsWith('wassette-state-scratch-'))).toBe(true);
  await clearDeadScratch();
  expect(readdirSync(temporary).some((name) => name.startsWith('wassette-state-scratch-'))).toBe(false);
});

describe('a trial for which nobody waits any more', () => {
  /** Plays a Wassette that compiles until it is told to go on, and counts how often it is started. */
  function slowWassette({ failing = false } = {}) {
    const at = (name: string) => path.join(temporary, name);
    const end = failing
      ? 'echo "Error: no such import" >&2; exit 1'
      : 'touch "$5/slow.wasm"; echo native > "$5/slow.cwasm"';
    writeFileSync(at('slow.wasm'), '');
    writeFileSync(
      at('wassette'),
      `#!/bin/sh
echo started >> ${at('starts')}
mkdir -p "$5"
while [ ! -e ${at('go')} ]; do sleep 0.02; done
${end}
`,
    );
    chmodSync(at('wassette'), 0o755);
    const starts = () =>
      existsSync(at('starts')) ? readFileSync(at('starts'), 'utf8').split('\n').length - 1 : 0;
    return {
      starts,
      load: (signal?: AbortSignal) =>
        assertLoadable([at('wassette')], { ...emptyCode(at('slow.wasm')), keepAs: at('native') }, signal),
      /** A caller that gives up while it compiles, and takes the file with it. */
      async giveUp() {
        const abort = new AbortController();
        const trial = this.load(abort.signal);
        trial.catch(() => undefined);
        while (starts() === 0) await delay(20);
        abort.abort();
        await expect(trial).rejects.toThrow();
        rmSync(at('slow.wasm'));
      },
      goOn: () => writeFileSync(at('go'), ''),
    };
  }

  it('goes on, and the next caller waits for the same', async () => {
    const wassette = slowWassette();
    await wassette.giveUp();
    const next = wassette.load();
    wassette.goOn();
    await next;
    expect(readFileSync(path.join(temporary, 'native'), 'utf8')).toBe('native\n');
    expect(wassette.starts()).toBe(1);
  });

  it('ends by itself, and its native code is kept', async () => {
    const wassette = slowWassette();
    await wassette.giveUp();
    wassette.goOn();
    await expect.poll(() => existsSync(path.join(temporary, 'native')), { timeout: 20_000 }).toBe(true);
  });

  it('keeps its failure for the next caller, and only for that one', async () => {
    const wassette = slowWassette({ failing: true });
    await wassette.giveUp();
    wassette.goOn();
    await expect
      .poll(() => readdirSync(temporary).some((name) => name.includes('scratch')), { timeout: 20_000 })
      .toBe(false);
    await expect(wassette.load()).rejects.toThrow(failing('VERIFY_NOT_LOADED'));
    expect(wassette.starts()).toBe(1);
    writeFileSync(path.join(temporary, 'slow.wasm'), '');
    await expect(wassette.load()).rejects.toThrow(failing('VERIFY_NOT_LOADED'));
    expect(wassette.starts()).toBe(2);
  });

  it('does not keep its process from ending, and ends with it', async () => {
    const { pids, program } = slowProgram();
    const trial = `const abort = new AbortController();
      const { assertLoadable } = await import(${JSON.stringify(TRIAL)});
      const { existsSync } = await import('node:fs');
      const loading = assertLoadable([${JSON.stringify(program)}], { ...${JSON.stringify(emptyCode(path.join(temporary, 'slow.wasm')))}, keepAs: '/nowhere' }, abort.signal);
      loading.catch(() => undefined);
      while (!existsSync(${JSON.stringify(pids)})) await new Promise((r) => setTimeout(r, 20));
      abort.abort();`;
    const owner = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', trial], {
      env: { ...process.env, TMPDIR: temporary },
      stdio: 'inherit',
    });
    await once(owner, 'exit');
    const left = readFileSync(pids, 'utf8').trim().split(' ').map(Number);
    await expect.poll(() => left.filter(isRunning), { timeout: 20_000 }).toEqual([]);
  });
});

const TRIAL = new URL('../../src/wassette/live/program/trial-load.ts', import.meta.url).href;

const emptyCode = (file: string) => ({ file, sha256: sha256Hex(''), within: temporary });

/** A program that never ends, has a child, and leaves both their ids. */
function slowProgram(): { program: string; pids: string } {
  const program = path.join(temporary, 'wassette');
  const pids = path.join(temporary, 'pids');
  writeFileSync(path.join(temporary, 'slow.wasm'), '');
  writeFileSync(program, `#!/bin/sh\nsleep 1000 &\necho $$ $! > ${pids}.new\nmv ${pids}.new ${pids}\nwait\n`);
  chmodSync(program, 0o755);
  return { program, pids };
}

/** The command lines of what the process started. */
function childrenOf(pid: number): string[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
  return children.map((child) => {
    const file = `/proc/${child}/cmdline`;
    return existsSync(file) ? readFileSync(file, 'utf8') : '';
  });
}

function isRunning(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return !/\) [ZX] /.test(stat);
  } catch {
    return false;
  }
}
