// Keeps plans that wait for an approval: each can be used once, within an hour.
import { readdir, rm, unlink } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';
import { isSha256 } from '../codec/digest.ts';
import { quoted } from '../codec/safe-text.ts';
import { readRecord, writeRecord } from '../disk/record.ts';
import { ConflictError } from '../errors.ts';
import type { Plan } from '../plan/plan.ts';
import type { StateDirectory } from './directory.ts';

const LIFETIME_SECONDS = 3600;

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
  if (!isSha256(digest.replace(/^sha256:/, ''))) throw stale(digest);
  const kept = await readRecord(fileOf(state, digest), KeptPlanSchema);
  if (kept === null || kept.digest !== digest || kept.expires_at < nowSeconds) throw stale(digest);
  return kept;
}

/** Removes the plan, so that it cannot be approved a second time. @throws ConflictError CONFLICT_STALE_PLAN */
export async function claimPlan(state: StateDirectory, digest: string): Promise<void> {
  await unlink(fileOf(state, digest)).catch(() => {
    throw stale(digest);
  });
}

async function dropExpired({ plans: dir }: StateDirectory, nowSeconds: number): Promise<void> {
  for (const name of await readdir(dir).catch(() => [])) {
    const kept = await readRecord(path.join(dir, name), KeptPlanSchema).catch(() => null);
    if (kept === null || kept.expires_at < nowSeconds) await rm(path.join(dir, name), { force: true });
  }
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
