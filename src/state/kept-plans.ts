// Keeps plans that wait for an approval: each can be used once, while it waits.
import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';
import { beginningOfDigest, isSha256 } from '../codec/digest.ts';
import { fewOf } from '../codec/enumeration.ts';
import { quoted } from '../codec/safe-text.ts';
import { makeDirectoryDurably } from '../disk/durable-file.ts';
import { acquireLock, clearDeadClaims, type Lock, type LockName } from '../disk/lock.ts';
import { isToCome, type Moment, MomentSchema, secondsBetween, secondsSeen } from '../disk/moment.ts';
import { clearUnfinishedRecords, readRecord, removeRecord, writeRecord } from '../disk/record.ts';
import { ConflictError, StoreError, UsageError } from '../errors.ts';
import type { Plan } from '../plan/plan.ts';
import type { StateDirectory } from './directory.ts';
import { type Review, ReviewSchema } from './review.ts';

/** How long a plan waits for whoever asked for it. */
const LIFETIME_SECONDS = 3600;
/** How long one that was approved in time may take to be applied. */
const APPLYING_SECONDS = 3600;
/** Of the beginning of a digest that approves a plan. */
const APPROVAL_DIGITS = 12;

const FindingsSchema = z.object({
  tools: z.record(z.string(), z.array(z.string()).readonly()).readonly(),
  warnings: z.array(z.string()).readonly(),
  fit: z.array(z.string()).readonly().optional(),
});
const KeptPlanSchema = z.object({
  version: z.literal(2),
  digest: z.string(),
  nonce: z.string(),
  kept: MomentSchema,
  /** How long it waits, in seconds. */
  lifetime: z.number(),
  /** What was found in the code, so that the approving call need not read it again. */
  findings: FindingsSchema,
  /** What the operator reads, where the plan waits for the operator. */
  review: ReviewSchema.nullable(),
});
export type KeptPlan = z.infer<typeof KeptPlanSchema>;
/** Of an earlier program, whose plans waited for an hour. */
const EarlierSchema = z.object({ version: z.literal(1) });

/** Whom a plan waits for: the operator has to be shown all of it, and has more time. */
export interface ForOperator {
  review: Review;
  /** In seconds. */
  lifetime: number;
}

/** Keeps what is needed to recognise the plan; the plan itself is made again when it is approved. */
export async function keepPlan(
  state: StateDirectory,
  { digest, nonce }: Pick<Plan, 'digest' | 'nonce'>,
  findings: KeptPlan['findings'],
  now: Moment,
  forOperator: ForOperator | null = null,
): Promise<void> {
  await dropExpired(state, now);
  const kept: KeptPlan = {
    version: 2,
    digest,
    nonce,
    kept: now,
    lifetime: forOperator?.lifetime ?? LIFETIME_SECONDS,
    findings,
    review: forOperator?.review ?? null,
  };
  await writeRecord(fileIn(state.plans, digest), kept);
  // Made by the user of this process, because the operator may be another one.
  if (forOperator !== null)
    for (const each of [state.approvals, state.applying]) await makeDirectoryDurably(each);
}

/** @throws ConflictError CONFLICT_STALE_PLAN when there is no such plan any more */
export async function findPlan(state: StateDirectory, digest: string, now: Moment): Promise<KeptPlan> {
  if (!isDigest(digest)) throw stale(digest);
  const kept = await readKept(fileIn(state.plans, digest));
  if (kept === null || kept.digest !== digest || isOver(kept, state, now)) throw stale(digest);
  return kept;
}

/** The plans that wait, in the order in which they were kept. Those that cannot be read are left out. */
export async function keptPlans(state: StateDirectory, now: Moment): Promise<KeptPlan[]> {
  const found: KeptPlan[] = [];
  for (const digest of await digestsIn(state)) {
    const kept = await findPlan(state, digest, now).catch(() => null);
    if (kept !== null) found.push(kept);
  }
  return found.sort((a, b) => a.kept.at - b.kept.at || (a.digest < b.digest ? -1 : 1));
}

/** Whether it waits no more, or the clock cannot be right. */
function isOver({ digest, kept, lifetime }: KeptPlan, { plans }: StateDirectory, now: Moment): boolean {
  const seen = secondsSeen(fileIn(plans, digest), plans);
  return isToCome(kept, now) || secondsBetween(kept, now, seen) > lifetime;
}

async function readKept(file: string): Promise<KeptPlan | null> {
  const kept = await readRecord(file, z.union([KeptPlanSchema, EarlierSchema]));
  return kept?.version === 2 ? kept : null;
}

async function digestsIn(state: StateDirectory): Promise<string[]> {
  return (await recordsIn(state.plans)).map((name) => `sha256:${name.replace(/\.json$/, '')}`);
}

/** Not what another process is writing there at the moment. */
async function recordsIn(directory: string): Promise<string[]> {
  const names = await readdir(directory).catch(() => []);
  return names.filter((name) => name.endsWith('.json'));
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
  now: Moment,
): Promise<string> {
  const digest = beginningOfDigest(beginning);
  if (digest === null || digest.length < 'sha256:'.length + APPROVAL_DIGITS) {
    throw new UsageError('USAGE_BAD_ARGUMENT', `${quoted(beginning)} is not the digest of a plan`, {
      hint: `give sha256: and its 64 digits 0-9 a-f, or at least the first ${APPROVAL_DIGITS} of them`,
    });
  }
  if (digest.length === 'sha256:'.length + 64) return digest;
  const candidates = (await digestsIn(state)).filter((each) => each.startsWith(digest));
  const found = new Set(used.filter((each) => each.startsWith(digest)));
  for (const candidate of candidates)
    if (await findPlan(state, candidate, now).catch(nullIfStale)) found.add(candidate);
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
  return isDigest(digest) && existsSync(fileIn(state.plans, digest));
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

/** After its import, so that neither it nor its approval can be used a second time. */
export async function dropPlan({ plans, approvals }: StateDirectory, digest: string): Promise<void> {
  await removeRecord(fileIn(plans, digest));
  await removeRecord(fileIn(approvals, digest));
}

async function dropExpired(state: StateDirectory, now: Moment): Promise<void> {
  const { plans, approvals, applying } = state;
  await clearDeadClaims(applying);
  for (const directory of [plans, approvals]) await clearUnfinishedRecords(directory);
  for (const name of await recordsIn(plans)) {
    const kept = await readKept(path.join(plans, name)).catch(nullIfDamaged);
    if (kept === undefined) continue;
    if (kept === null || isOver({ ...kept, lifetime: kept.lifetime + APPLYING_SECONDS }, state, now))
      await rm(path.join(plans, name), { force: true });
  }
  // An approval is worth nothing without its plan.
  for (const name of await recordsIn(approvals))
    if (!existsSync(path.join(plans, name))) await rm(path.join(approvals, name), { force: true });
}

/** Undefined where nothing is known of it: it could not be read at the moment, or is for others to read. */
function nullIfDamaged(error: unknown): null | undefined {
  return error instanceof StoreError && error.code === 'STORE_DAMAGED' ? null : undefined;
}

function isDigest(digest: string): boolean {
  return isSha256(digest.replace(/^sha256:/, ''));
}

/** The file of a plan, or of its approval. */
export function fileIn(directory: string, digest: string): string {
  return path.join(directory, `${digest.replace(/^sha256:/, '')}.json`);
}

function stale(digest: string): ConflictError {
  return new ConflictError('CONFLICT_STALE_PLAN', `there is no plan ${quoted(digest)} waiting for approval`, {
    hint: 'a plan waits for a while, and can be approved and applied once: plan again, and review what is new',
    remedy: { do: 'plan-again' },
  });
}
