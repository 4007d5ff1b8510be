// A lock between processes that ends with its owner: each claimant writes a file that names it, then looks at the others.
// No shared name is ever taken over, so two processes that find a dead owner cannot both win.
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { open, readdir, rename, rm, unlink } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import * as z from 'zod';
import { checking } from '../codec/json/checking.ts';
import { parsedJson } from '../codec/json/parsed.ts';
import { safeText } from '../codec/safe-text.ts';
import { StoreError } from '../errors.ts';
import { makeDirectoryDurably, readSmallFile } from './durable-file.ts';
import { currentOwner, isAlive, ProcessOwnerSchema } from './process-owner.ts';
import { whileDoing } from './system-error.ts';

const LockOwnerSchema = ProcessOwnerSchema.extend({
  /** The state directory in which the owner keeps its journal. */
  state_dir: z.string(),
});
export type LockOwner = z.infer<typeof LockOwnerSchema>;

export interface Lock {
  /** @throws StoreError STORE_LOCKED when the lock file was removed, so that the work must stop */
  assertHeld(): void;
  release(): Promise<void>;
}

/** Locks of different names in one directory do not know each other. */
export type LockName = 'lock' | 'import' | `plan-${string}`;
const MAX_CLAIM_BYTES = 64 * 1024;

/**
 * Takes the lock kept in `directory` (made when missing). Claims of dead processes are removed.
 * @throws StoreError STORE_LOCKED when a live process holds it for longer than `waitMs`
 */
export async function acquireLock(
  directory: string,
  options: { stateDir: string; name?: LockName; waitMs?: number; signal?: AbortSignal | undefined },
): Promise<Lock> {
  const { name = 'lock' } = options;
  const deadline = Date.now() + (options.waitMs ?? 2_000);
  for (;;) {
    options.signal?.throwIfAborted();
    const claim = await writeClaim(directory, name, options.stateDir);
    const rival = await findLiveRival(directory, name, claim);
    if (rival === null) return heldLock(directory, claim);
    await remove(path.join(directory, claim));
    if (Date.now() >= deadline) throw lockedBy(directory, rival);
    await delay(20 + Math.random() * 80);
  }
}

/** Owners of `directory`'s locks, or of one, whose processes are gone: traces of a run that was killed. */
export async function findDeadOwners(directory: string, lock?: LockName): Promise<LockOwner[]> {
  const owners: LockOwner[] = [];
  for (const name of await claimsIn(directory)) {
    if (lock !== undefined && !isClaimOn(lock, name)) continue;
    const owner = await readClaim(path.join(directory, name));
    if (typeof owner === 'object' && !isAlive(owner)) owners.push(owner);
  }
  return owners;
}

/** Removes what dead owners left in `directory`, whatever the names of its locks. */
export async function clearDeadClaims(directory: string): Promise<void> {
  for (const name of await readdir(directory).catch(() => [])) {
    const file = path.join(directory, name);
    const owner = await readClaim(file).catch(() => 'gone' as const);
    if (typeof owner === 'object' && !isAlive(owner)) await rm(file, { force: true });
  }
}

async function remove(claim: string): Promise<void> {
  await unlink(claim).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
}

async function writeClaim(directory: string, lock: LockName, stateDir: string): Promise<string> {
  const token = randomBytes(8).toString('hex');
  const claim = `${lock}-${token}.json`;
  const temporary = path.join(directory, `.${claim}`);
  await whileDoing(`lock ${directory}`, async () => {
    await makeDirectoryDurably(directory);
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(JSON.stringify({ ...currentOwner(), state_dir: stateDir }));
    } finally {
      await file.close();
    }
    await rename(temporary, path.join(directory, claim));
  });
  return claim;
}

/** Dead claims on the way are removed, whichever lock they are on. */
async function findLiveRival(directory: string, lock: LockName, claim: string): Promise<LockOwner | null> {
  for (const name of await claimsIn(directory)) {
    if (name === claim) continue;
    const owner = await readClaim(path.join(directory, name));
    if (owner === 'gone') continue;
    if (owner !== 'damaged' && isAlive(owner)) {
      if (isClaimOn(lock, name)) return owner;
      continue;
    }
    await rm(path.join(directory, name), { force: true });
  }
  return null;
}

function isClaimOn(lock: LockName, name: string): boolean {
  return /^-[0-9a-f]{16}\.json$/.test(name.slice(lock.length)) && name.startsWith(lock);
}

/** Claims on all locks of the directory. */
async function claimsIn(directory: string): Promise<string[]> {
  const names = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return names.filter((name) => /^(lock|import|plan-.+)-[0-9a-f]{16}\.json$/.test(name));
}

/** `gone` when it was released meanwhile; `damaged` only after power loss, because a claim appears whole, by rename. */
async function readClaim(file: string): Promise<LockOwner | 'gone' | 'damaged'> {
  try {
    const text = (await readSmallFile(file, MAX_CLAIM_BYTES)).toString('utf8');
    const value = parsedJson(text);
    return LockOwnerSchema.safeParse(value, checking(value)).data ?? 'damaged';
  } catch (error) {
    if (error instanceof StoreError && error.code === 'STORE_NOT_FOUND') return 'gone';
    throw error;
  }
}

function heldLock(directory: string, claim: string): Lock {
  const file = path.join(directory, claim);
  return {
    assertHeld() {
      if (existsSync(file)) return;
      throw new StoreError('STORE_LOCKED', `the lock of ${directory} was removed while it was held`, {
        hint: 'something removes our files from that directory: stop that first',
        remedy: { do: 'recover' },
      });
    },
    async release() {
      await remove(file);
    },
  };
}

function lockedBy(directory: string, owner: LockOwner): StoreError {
  return new StoreError(
    'STORE_LOCKED',
    `process ${owner.pid} is at work in ${directory} (its state directory: ${safeText(owner.state_dir)})`,
    {
      hint: 'wait until it has finished and try again',
      details: { pid: owner.pid, host: safeText(owner.host), state_dir: safeText(owner.state_dir) },
    },
  );
}
