import { execFileSync } from 'node:child_process';
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { acquireLock, findDeadOwners } from '../../src/disk/lock.ts';
import { failing } from '../fixtures/failing.ts';
import {
  claimsIn,
  contendElsewhere,
  holdElsewhere,
  leaveClaim,
  leaveZombie,
  ownClaim,
} from '../fixtures/system/locking.ts';
import { stop } from '../fixtures/system/processes.ts';

const locked = failing('STORE_LOCKED');

function folder(): string {
  const base = mkdtempSync(path.join(tmpdir(), 'wassette-state-lock-'));
  onTestFinished(() => rmSync(base, { recursive: true, force: true }));
  return path.join(base, 'own');
}
const take = (directory: string, waitMs = 0) => acquireLock(directory, { stateDir: '/mine', waitMs });

describe('the lock', () => {
  it('is taken where nobody holds it, in a folder made for it, and leaves nothing behind', async () => {
    const directory = folder();
    const lock = await take(directory);
    lock.assertHeld();
    expect(lstatSync(directory).mode & 0o777).toBe(0o700);
    expect(lstatSync(path.join(directory, claimsIn(directory)[0]!)).mode & 0o777).toBe(0o600);
    await lock.release();
    expect(readdirSync(directory)).toEqual([]);
  });

  it('is refused while a live process holds it, and the error says which', async () => {
    const directory = folder();
    const child = await holdElsewhere(directory);
    const details = { pid: child.pid, host: hostname(), state_dir: '/elsewhere' };
    await expect(take(directory)).rejects.toThrow(failing('STORE_LOCKED', { details }));
    expect(claimsIn(directory)).toHaveLength(1); // and the refused claim is gone
  });

  it('is free again once its owner was killed', async () => {
    const directory = folder();
    const child = await holdElsewhere(directory);
    expect(await findDeadOwners(directory)).toEqual([]);
    await stop(child);
    expect(await findDeadOwners(directory)).toMatchObject([{ pid: child.pid, state_dir: '/elsewhere' }]);
    await (await take(directory)).release();
    expect(readdirSync(directory)).toEqual([]);
  });

  it('is free when its owner was killed and nobody buried it', async () => {
    const directory = folder();
    await leaveZombie(directory);
    expect(claimsIn(directory)).toHaveLength(1);
    await (await take(directory)).release();
  });

  it('comes to whoever waits long enough', async () => {
    const directory = folder();
    const first = await take(directory);
    const second = take(directory, 60_000);
    await first.release();
    (await second).assertHeld();
  });

  it('is no longer waited for when the work was given up', async () => {
    const directory = folder();
    await take(directory);
    const work = new AbortController();
    const waiting = acquireLock(directory, { stateDir: '/mine', waitMs: 60_000, signal: work.signal });
    work.abort();
    await expect(waiting).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }));
    expect(claimsIn(directory)).toHaveLength(1);
  });

  it('is held by one at a time, also when many find a dead owner at once', async () => {
    const directory = folder();
    leaveClaim(directory, await ownClaim(directory, { start_time: '1' }));
    const inside = path.join(path.dirname(directory), 'inside');
    await Promise.all([1, 2, 3].map(() => contendElsewhere(directory, inside, 15)));
    expect(readdirSync(directory)).toEqual([]);
  });

  it('stops the work of an owner whose claim was taken away', async () => {
    const directory = folder();
    const lock = await take(directory);
    rmSync(path.join(directory, claimsIn(directory)[0]!));
    expect(() => lock.assertHeld()).toThrow(locked);
    await lock.release();
  });
});

describe('a claim that was left', () => {
  it.each([
    ['a process number that another process has now', { start_time: '1' }],
    ['a process from before the machine was started', { boot_id: 'another' }],
    ['a process number that nobody has', { pid: 4_194_305 }],
  ])('by %s counts as dead and is removed', async (_, changed) => {
    const directory = folder();
    leaveClaim(directory, await ownClaim(directory, changed));
    const lock = await take(directory);
    expect(claimsIn(directory)).toHaveLength(1);
    await lock.release();
  });

  it.each([
    ['another host', { host: 'elsewhere.example', pid: 4_194_305 }],
    ['another container', { pid_namespace: 'pid:[1]', pid: 4_194_305 }],
    ['a process of another user', { pid: 1, start_time: startTime(1) }],
  ])('by %s counts as alive, because we cannot see it', async (_, changed) => {
    const directory = folder();
    const claim = leaveClaim(directory, await ownClaim(directory, changed));
    await expect(take(directory)).rejects.toThrow(locked);
    expect(await findDeadOwners(directory)).toEqual([]);
    expect(lstatSync(claim).isFile()).toBe(true);
  });

  it.each(['', '{"pid":', 'null', '[]', '{}', '{"pid":"1"}'])(
    'damaged, as %j, names nobody and is removed',
    async (content) => {
      const directory = folder();
      leaveClaim(directory, content);
      expect(await findDeadOwners(directory)).toEqual([]);
      await (await take(directory)).release();
      expect(readdirSync(directory)).toEqual([]);
    },
  );

  // A component that may write in its own directory can put these there.
  it.each(['link', 'directory'])('as a %s is refused, not followed', async (kind) => {
    const directory = folder();
    const claim = leaveClaim(directory, '');
    rmSync(claim);
    if (kind === 'link') symlinkSync('/etc/hostname', claim);
    else mkdirSync(claim);
    await expect(take(directory)).rejects.toThrow(failing('STORE_UNSAFE_FILE'));
  });

  it('as a pipe is refused without waiting for a writer', async () => {
    const directory = folder();
    const claim = leaveClaim(directory, '');
    rmSync(claim);
    execFileSync('mkfifo', [claim]);
    // Whoever did wait gets an end of file from this, so that the test fails instead of hanging.
    const writer = setTimeout(() => execFileSync('sh', ['-c', ': > "$0"', claim]), 5_000);
    await expect(take(directory)).rejects.toThrow(failing('STORE_UNSAFE_FILE'));
    clearTimeout(writer);
  });

  it('is quoted in the error without anything that moves the cursor', async () => {
    const directory = folder();
    leaveClaim(directory, await ownClaim(directory, { state_dir: '/x\u001b[2J\u202e' }));
    const error = (await take(directory).catch((thrown) => thrown)) as { toJSON(): object };
    expect(error).toEqual(locked);
    expect(JSON.stringify(error.toJSON())).not.toMatch(/\\u001b|\u202e/);
  });
});

/** As the kernel tells it: field 22 of the process's stat. */
function startTime(pid: number): string {
  const stat = execFileSync('cat', [`/proc/${pid}/stat`], { encoding: 'utf8' });
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]!;
}
