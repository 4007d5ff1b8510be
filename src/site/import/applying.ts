// Applies what is desired to a host: plans again under the lock, compares with the approval, and applies all of it or
// nothing.
import { nowSeconds } from '../../disk/clock.ts';
import { type Approval, assertApproved, assertNotWidening } from '../../plan/approval.ts';
import { changingSteps, type Plan } from '../../plan/plan.ts';
import type { PlanStep } from '../../plan/step.ts';
import { callableOf } from '../../plan/warnings/lacks.ts';
import { rememberTakenBack } from '../../state/approval-times.ts';
import { fetchAbsentCode } from '../code/fetching.ts';
import { recordApproval } from '../recording.ts';
import { rememberedFor } from '../signers.ts';
import type { Site } from '../site.ts';
import { type CodeFindings, NOTHING_READ } from './code-check.ts';
import type { Desired } from './desired.ts';
import { type ImportOptions, newNonce, Planning } from './planning.ts';

/** How an import is applied. */
export interface ApplyOptions extends ImportOptions {
  /** `all` where a person saw the plan or wants no question; otherwise digest, sentences and nonce of exactly one plan. */
  approval: (Approval & { nonce: string }) | 'all';
}

/** What an import, or an undo, did. */
export interface ImportResult {
  /** As it was made when it was applied. */
  plan: Plan;
  /** Steps that changed something. */
  applied: readonly PlanStep[];
  /** Name of the undo record; null when there was nothing to do. */
  importId: string | null;
  /** Tools of the components that changed which the running Wassette now calls; null where none was told. */
  tools: readonly string[] | null;
}

/**
 * @param reviewed what the code that comes was found to be, where it was read for a review. Otherwise nobody waits to see it:
 * it is read once, when it is copied, and looked at in place
 * @param keptPlan digest of the kept plan that was approved; it is used up once something has changed
 * @throws ConflictError CONFLICT_STALE_PLAN, CONFLICT_APPROVAL_MISMATCH; StoreError STORE_BUSY, STORE_LOCKED, STORE_INTERRUPTED
 * @throws VerificationError VERIFY_DIGEST_MISMATCH; as `Planning`
 */
export async function applyDesired(
  desired: Desired,
  site: Site,
  options: ApplyOptions,
  reviewed: CodeFindings | null = null,
  keptPlan: string | null = null,
): Promise<ImportResult> {
  const { host, store } = site;
  const { approval, signal, onProgress, force } = options;
  if (!force) await host.components.assertIdle();
  // Nobody else has to wait for it.
  const fetched = reviewed === null ? await fetchAbsentCode(desired, site, options) : [];
  const result = await host.components.exclusively(async (locked) => {
    const nonce = approval === 'all' ? newNonce() : approval.nonce;
    const planning = await Planning.survey(desired, site, options);
    const plan = planning.plan(nonce, reviewed ?? NOTHING_READ);
    if (options.neverWiden) assertNotWidening(plan);
    await planning.assertAllThere(plan);
    if (approval !== 'all') assertApproved(plan, approval);
    const steps = changingSteps(plan);
    if (steps.length === 0) return { plan, applied: steps, importId: null, tools: null };
    const facts = planning.factsOf(plan);
    // Elsewhere whoever had it reviewed has recorded who approved it.
    if (reviewed === null)
      await recordApproval(site, plan, { how: approval === 'all' ? 'nobody-asked' : 'caller' });
    const { source, reverts } = desired;
    const request = {
      changes: steps,
      smallFiles: planning.smallFiles,
      code: planning.code,
      source,
      reverts: reverts?.import_id ?? null,
      plan: keptPlan,
      remembers: rememberedFor(plan.signers),
      facts,
    };
    const { importId, tools } = await locked.apply(request, { keeper: store, signal, onProgress, force });
    const done = reviewed === null ? planning.plan(nonce, planning.findPlaced()) : plan;
    const warnings = [...done.warnings, ...fetched];
    return {
      plan: { ...done, warnings },
      applied: steps,
      importId,
      tools: tools && callableOf(tools, done.lacks),
    };
  }, signal);
  await host.rememberOrigins(desired.origins);
  if (result.importId !== null && desired.reverts !== null)
    await rememberTakenBack(host.state, desired.reverts.source, nowSeconds());
  return result;
}
