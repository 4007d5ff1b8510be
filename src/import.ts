// The story of an import: plan without touching anything, have it approved, then apply all of it or nothing.
import { type BlobSource, type Blobs, copyAllVerified } from './disk/blob.ts';
import { watched } from './disk/blobs.ts';
import { UsageError } from './errors.ts';
import type { OpenSnapshot } from './places/place.ts';
import { type Approval, assertApproved } from './plan/approval.ts';
import { callableOf } from './plan/lacks.ts';
import { changingSteps, type Plan } from './plan/plan.ts';
import type { PlanStep } from './plan/step.ts';
import { type Wish, wishFor, wishOfRecord } from './site/desired.ts';
import {
  assertAllThere,
  type ImportOptions,
  newNonce,
  type PlannedWish,
  planForReview,
  planWish,
} from './site/planning.ts';
import { openWorkplace, type Workplace } from './site/site.ts';
import type { Change } from './state/journal.ts';
import { readUndoRecords } from './state/undo-records.ts';
import type { LockedHost } from './wassette/host.ts';
import type { RunningWassette } from './wassette/live/live-wassette.ts';
import { cannotTakeBack, loadChanges, waitUntilLoaded } from './wassette/live/loading.ts';
import { assertRightDirectory, remarksOnDirectory } from './wassette/live/right-directory.ts';
import { assertLoadable } from './wassette/live/trial-load.ts';

/** `all` where a person saw the plan or wants no question; otherwise digest, sentences and nonce of exactly one plan. */
export interface ApplyOptions extends ImportOptions {
  approval: (Approval & { nonce: string }) | 'all';
}

export interface ImportResult {
  plan: Plan;
  /** Steps that changed something. */
  applied: readonly PlanStep[];
  /** Name of the undo record; null when there was nothing to do. */
  importId: string | null;
  /** Tools of the components that changed which the running Wassette now calls; null where none was told. */
  tools: readonly string[] | null;
}

/**
 * The steps an import would take and what each would allow. Changes nothing.
 * @throws StoreError STORE_OTHER_HOST when `live` works on another directory
 * @throws UsageError, FormatError, ConflictError CONFLICT_ID_CLASH, PolicyError POLICY_FORBIDDEN_GRANT
 * @throws VerificationError VERIFY_PART_MISSING when bytes are nowhere to be had
 */
export async function planImportState(
  snapshot: OpenSnapshot,
  options: ImportOptions = {},
  nonce?: string,
): Promise<Plan> {
  refuseUnverified(options);
  const workplace = await openWorkplace(options);
  return planForReview(wishFor(snapshot, workplace), workplace, options, nonce);
}

/**
 * Applies an import that was approved.
 * @throws ConflictError CONFLICT_STALE_PLAN, CONFLICT_APPROVAL_MISMATCH; StoreError STORE_BUSY, STORE_LOCKED, STORE_INTERRUPTED
 * @throws VerificationError VERIFY_DIGEST_MISMATCH; whatever `planImportState` throws
 */
export async function importState(snapshot: OpenSnapshot, options: ApplyOptions): Promise<ImportResult> {
  refuseUnverified(options);
  const workplace = await openWorkplace(options);
  const result = await applyWish(wishFor(snapshot, workplace), workplace, options);
  if (snapshot.manifestLines !== undefined)
    await workplace.host.rememberSources(snapshot.document.components);
  return result;
}

/** Applies what `wish` says under the lock, after planning it again there. */
export async function applyWish(
  wish: Wish,
  workplace: Workplace,
  options: ApplyOptions,
): Promise<ImportResult> {
  const { host } = workplace;
  const { live, signal } = options;
  if (!options.force) await host.assertIdle(live);
  // Also where there turns out to be nothing to do.
  await remarksOnDirectory(live, host, signal);
  const apply = () => host.createdFor((locked) => applyLocked(locked, wish, workplace, options), signal);
  return live === undefined ? apply() : live.withoutChanges(apply, signal);
}

async function applyLocked(
  locked: LockedHost,
  wish: Wish,
  workplace: Workplace,
  options: ApplyOptions,
): Promise<ImportResult> {
  const { live, signal } = options;
  const { plan, code } = await planApproved(wish, workplace, options);
  const applied = changingSteps(plan);
  if (applied.length === 0) return { plan, applied, importId: null, tools: null };
  if (live !== undefined) {
    await assertRightDirectory(live, workplace.host.componentDir, signal);
    await waitUntilLoaded(live, workplace.host.componentDir, applied, signal);
  }
  const importId = await restoreSteps(locked, workplace, wish, applied, code, options);
  const tools = live === undefined ? null : await bringIntoForce(live, locked, workplace, applied, importId);
  return { plan, applied, importId, tools: tools && callableOf(tools, plan.lacks) };
}

/** The plan, made again now, if it is the one that was approved. */
async function planApproved(wish: Wish, workplace: Workplace, options: ApplyOptions): Promise<PlannedWish> {
  const { approval } = options;
  const nonce = approval === 'all' ? newNonce() : approval.nonce;
  const planned = await planWish(wish, workplace, options, nonce);
  assertAllThere(planned.missingCode);
  if (approval !== 'all') assertApproved(planned.plan, approval);
  return planned;
}

/** Has the running Wassette load what was applied; if something does not load, all of it is taken back, here and there. */
async function bringIntoForce(
  live: RunningWassette,
  locked: LockedHost,
  workplace: Workplace,
  applied: readonly PlanStep[],
  importId: string,
): Promise<string[]> {
  const { componentDir } = workplace.host;
  try {
    const loaded = await loadChanges(live, componentDir, applied);
    return [...loaded.values()].flat();
  } catch (error) {
    try {
      await loadChanges(live, componentDir, await takeBack(locked, workplace, importId));
    } catch (second) {
      throw cannotTakeBack(
        error,
        second,
        'stop Wassette, take the import back unless there is nothing to take back, and start Wassette again',
        { do: 'undo' },
      );
    }
    throw error;
  }
}

/** Restores on disk what the import replaced; returns what that changed. */
async function takeBack(locked: LockedHost, workplace: Workplace, importId: string): Promise<Change[]> {
  const records = await readUndoRecords(workplace.host.state);
  const wish = await wishOfRecord(records.find((record) => record.import_id === importId)!, workplace);
  const { plan, code } = await planWish(wish, workplace, {}, newNonce());
  const steps = changingSteps(plan);
  await restoreSteps(locked, workplace, wish, steps, code, {});
  return steps.map(changeOf);
}

async function restoreSteps(
  locked: LockedHost,
  { store }: Workplace,
  wish: Wish,
  steps: readonly PlanStep[],
  code: Blobs,
  options: Pick<ApplyOptions, 'live' | 'signal' | 'onProgress'>,
): Promise<string> {
  const { signal } = options;
  const program = options.live?.program ?? null;
  return locked.restore({
    changes: steps.map(changeOf),
    smallFiles: wish.smallFiles,
    deliverCode: (wanted, sinkFor) => copyAllVerified(wanted, watched(code, wanted, options), sinkFor),
    keepBlobs: (sources: readonly BlobSource[]) => store.putBlobs(sources, { signal }),
    inspectCode: program === null ? undefined : (files) => assertLoadable(program, files, signal),
    live: options.live,
    source: wish.source,
    reverts: wish.reverts,
    nowSeconds: Math.floor(Date.now() / 1000),
    signal,
  });
}

function changeOf({ component_id, wasm, policy, policyMeta }: PlanStep): Change {
  return { component_id, wasm, policy, policyMeta };
}

/** @throws UsageError USAGE_BAD_ARGUMENT when checksums shall not be verified */
export function refuseUnverified({ verifyChecksums }: ImportOptions): void {
  if (verifyChecksums !== false) return;
  throw new UsageError('USAGE_BAD_ARGUMENT', 'checksums are always verified', {
    hint: 'leave the option out: bytes that were not verified could be other code than the one approved',
  });
}
