// Keeps plans that wait for an approval: each can be used once, within an hour.
import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';
import { beginningOfDigest, isSha256 } from '../codec/digest.ts';
import { fewOf } from '../codec/enumeration.ts';
import { quoted } from '../codec/safe-text.ts';
import { acquireLock, clearDeadClaims, type Lock, type LockName } from '../disk/lock.ts';
import { readRecord, removeRecord, writeRecord } from '../disk/record.ts';
import { ConflictError, StoreError, UsageError } from '../errors.ts';
import type { Plan } from '../plan/plan.ts';
import type { StateDirectory } from './directory.ts';

const LIFETIME_SECONDS = 3600;
/** How long one that was approved in time may take to be applied. */
const APPLYING_SECONDS = 3600;
/** Of the beginning of a digest that approves a plan. */
const APPROVAL_DIGITS = 12;

const FindingsSchema = z.object({
  tools: z.record(z.string(), z.array(z.string()).readonly()).readonly(),
  warnings: z.array(z.string()).readonly(),
});
const KeptPlanSchema = z.object({
  version: z.literal(1),
  digest: z.string(),
  nonce: z.string(),
  expires_at: z.number(),
  /** What was found in the code, so that the approving call need not read it again. */
  findings: FindingsSchema.default({ tools: {}, warnings: [] }),
});
type KeptPlan = z.infer<typeof KeptPlanSchema>;

/** Keeps only what is needed to recognise the plan; the plan itself is made again when it is approved. */
export async function keepPlan(
  state: StateDirectory,
  plan: Plan,
  findings: KeptPlan['findings'],
  nowSeconds: number,
): Promise<void> {
  await dropExpired(state, nowSeconds);
  const kept: KeptPlan = {
    version: 1,
    digest: plan.digest,
    nonce: plan.nonce,
    findings,
    expires_at: nowSeconds + LIFETIME_SECONDS,
  };
  await writeRecord(fileOf(state, plan.digest), kept);
}

/** @throws ConflictError CONFLICT_STALE_PLAN when there is no such plan any more */
export async function findPlan(state: StateDirectory, digest: string, nowSeconds: number): Promise<KeptPlan> {
  if (!isDigest(digest)) throw stale(digest);
  const kept = await readRecord(fileOf(state, digest), KeptPlanSchema);
  if (kept === null || kept.digest !== digest || kept.expires_at < nowSeconds) throw stale(digest);
  return kept;
}

/**
 * The digest of the only plan that begins with `beginning`, among those that are kept and `used`, which were applied; a
 * whole digest is given back as it is. The beginning must be long: a short one could come to mean another plan, once the
 * plan that was reviewed is gone.
 * @throws UsageError USAGE_BAD_ARGUMENT; ConflictError CONFLICT_STALE_PLAN
 */
export async function keptDigest(
  state: StateDirectory,
  beginning: string,
  used: readonly string[],
  nowSeconds: number,
): Promise<string> {
  const digest = beginningOfDigest(beginning);
  if (digest === null || digest.length < 'sha256:'.length + APPROVAL_DIGITS) {
    throw new UsageError('USAGE_BAD_ARGUMENT', `${quoted(beginning)} is not the digest of a plan`, {
      hint: `give sha256: and its 64 digits 0-9 a-f, or at least the first ${APPROVAL_DIGITS} of them`,
    });
  }
  if (digest.length === 'sha256:'.length + 64) return digest;
  const names = await readdir(state.plans).catch(() => []);
  const candidates = names.map((name) => `sha256:${name.replace(/\.json$/, '')}`);
  const found = new Set(used.filter((each) => each.startsWith(digest)));
  for (const candidate of candidates.filter((each) => each.startsWith(digest)))
    if (await findPlan(state, candidate, nowSeconds).catch(nullIfStale)) found.add(candidate);
  const [only, ...others] = found;
  if (only === undefined) throw stale(digest);
  if (others.length > 0) {
    throw new UsageError('USAGE_BAD_ARGUMENT', `${found.size} plans begin with ${digest}`, {
      hint: `give more digits: ${fewOf([...found])}`,
      details: { digests: [...found].slice(0, 10) },
    });
  }
  return only;
}

function nullIfStale(error: unknown): null {
  if (error instanceof ConflictError) return null;
  throw error;
}

/** Whether it was not used up yet. */
export function isKept(state: StateDirectory, digest: string): boolean {
  return isDigest(digest) && existsSync(fileOf(state, digest));
}

/** @throws ConflictError CONFLICT_STALE_PLAN when it was used up meanwhile */
export function assertKept(state: StateDirectory, digest: string): void {
  if (!isKept(state, digest)) throw stale(digest);
}

/**
 * Runs `work` while nobody else applies the plan `digest`; null where another call, of this process or another, is at it
 * for longer than `waitMs`. A process that has ended is at nothing.
 */
export async function whileApplying<T extends object>(
  state: StateDirectory,
  digest: string,
  work: () => Promise<T>,
  { waitMs, signal }: { waitMs: number; signal?: AbortSignal | undefined },
): Promise<T | null> {
  const name: LockName = `plan-${digest.replace(/^sha256:/, '')}`;
  let lock: Lock;
  try {
    lock = await acquireLock(state.applying, { stateDir: state.root, name, waitMs, signal });
  } catch (error) {
    if (error instanceof StoreError && error.code === 'STORE_LOCKED') return null;
    throw error;
  }
  try {
    return await work();
  } finally {
    await lock.release();
  }
}

/** After its import, so that it cannot be approved a second time. */
export async function dropPlan(state: StateDirectory, digest: string): Promise<void> {
  await removeRecord(fileOf(state, digest));
}

async function dropExpired({ plans: dir, applying }: StateDirectory, nowSeconds: number): Promise<void> {
  await clearDeadClaims(applying);
  for (const name of await readdir(dir).catch(() => [])) {
    const kept = await readRecord(path.join(dir, name), KeptPlanSchema).catch(() => null);
    if (kept === null || kept.expires_at + APPLYING_SECONDS < nowSeconds)
      await rm(path.join(dir, name), { force: true });
  }
}

function isDigest(digest: string): boolean {
  return isSha256(digest.replace(/^sha256:/, ''));
}

function fileOf(state: StateDirectory, digest: string): string {
  return path.join(state.plans, `${digest.replace(/^sha256:/, '')}.json`);
}

function stale(digest: string): ConflictError {
  return new ConflictError('CONFLICT_STALE_PLAN', `there is no plan ${quoted(digest)} waiting for approval`, {
    hint: 'a plan can be approved once, within an hour: plan again, and review what is new',
    remedy: { do: 'plan-again' },
  });
}
