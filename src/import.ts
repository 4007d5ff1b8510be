// The story of an import: plan without touching anything, have it approved, then apply all of it or nothing.
import { randomBytes } from 'node:crypto';
import { StoreError, UsageError, VerificationError } from './errors.ts';
import type { LockedHost } from './host/host.ts';
import type { Change } from './host/journal.ts';
import type { RunningWassette } from './host/live-wassette.ts';
import { loadChanges, waitUntilLoaded } from './host/loading.ts';
import { assertSameHost } from './host/same-host.ts';
import { assertLoadable } from './host/trial-load.ts';
import { readUndoRecords } from './host/undo-records.ts';
import { checkInterfaces } from './interfaces.ts';
import { type Approval, assertApproved } from './model/approval.ts';
import { storageUris } from './model/directory-grants.ts';
import { changingSteps, type Plan, type PlanOptions, planImport } from './model/plan.ts';
import type { PlanStep } from './model/step.ts';
import type { FileState } from './model/target.ts';
import { type CommonOptions, openWorkplace, type Workplace } from './options.ts';
import { blobsOf, firstOf } from './places/blobs-of.ts';
import type { BlobName, BlobSink, BlobSource, Blobs, OpenSnapshot } from './places/place.ts';
import { type Wish, wishFor, wishOfRecord } from './wish.ts';

export interface ImportOptions extends CommonOptions {
  /** Components that are on the target already stay as they are. */
  skipExisting?: boolean | undefined;
  /** Components that only the target has are removed. */
  removeExtra?: boolean | undefined;
  /** Ids to import; all by default. */
  componentFilter?: readonly string[] | undefined;
  /** Always on; `false` is refused. */
  verifyChecksums?: boolean | undefined;
  /** Go on although a Wassette runs on the directory. For a person who knows why. */
  force?: boolean | undefined;
}

/** `all` where a person saw the plan or wants no question; otherwise digest, sentences and nonce of exactly one plan. */
export interface ApplyOptions extends ImportOptions {
  approval: (Approval & { nonce: string }) | 'all';
  /** The Wassette that runs on the directory, and is to run what is imported at once. */
  live?: RunningWassette | undefined;
}

export interface ImportResult {
  plan: Plan;
  /** Steps that changed something. */
  applied: readonly PlanStep[];
  /** Name of the undo record, or null when there was nothing to do. */
  importId: string | null;
  /** Tools that the running Wassette now has from the components that changed; null where none was told. */
  tools: readonly string[] | null;
}

/**
 * The steps an import would take and what each would allow. Changes nothing.
 * @throws UsageError, FormatError, ConflictError CONFLICT_ID_CLASH, PolicyError POLICY_FORBIDDEN_GRANT
 * @throws VerificationError VERIFY_PART_MISSING when bytes are nowhere to be had
 */
export async function planImportState(
  snapshot: OpenSnapshot,
  options: ImportOptions = {},
  nonce = newNonce(),
): Promise<Plan> {
  refuseUnverified(options);
  const workplace = await openWorkplace(options);
  const { plan, missingCode } = await planWish(wishFor(snapshot, workplace), workplace, options, nonce, true);
  assertAllThere(missingCode);
  return plan;
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
  if (snapshot.teachesSources) await workplace.host.rememberSources(snapshot.document.components);
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
  const apply = () => host.createdFor((locked) => applyLocked(locked, wish, workplace, options), signal);
  return live === undefined ? apply() : live.undisturbed(apply, signal);
}

async function applyLocked(
  locked: LockedHost,
  wish: Wish,
  workplace: Workplace,
  options: ApplyOptions,
): Promise<ImportResult> {
  const { approval, live, signal } = options;
  const nonce = approval === 'all' ? newNonce() : approval.nonce;
  const { plan, code, missingCode } = await planWish(wish, workplace, options, nonce);
  assertAllThere(missingCode);
  if (approval !== 'all') assertApproved(plan, approval);
  const applied = changingSteps(plan);
  if (applied.length === 0) return { plan, applied, importId: null, tools: null };
  if (live !== undefined) {
    await assertSameHost(live, workplace.host.componentDir, signal);
    await waitUntilLoaded(live, workplace.host.componentDir, applied, signal);
  }
  const importId = await restoreSteps(locked, workplace, wish, applied, code, options);
  const tools = live === undefined ? null : await bringIntoForce(live, locked, workplace, applied, importId);
  return { plan, applied, importId, tools };
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
      throw cannotTakeBack(error, second);
    }
    throw error;
  }
}

/** Restores on disk what the import replaced; returns what that changed. */
async function takeBack(locked: LockedHost, workplace: Workplace, importId: string): Promise<Change[]> {
  const { componentDir, stateDir } = workplace.host;
  const records = await readUndoRecords(stateDir, componentDir);
  const wish = await wishOfRecord(records.find((record) => record.import_id === importId)!, workplace);
  const { plan, code } = await planWish(wish, workplace, {}, newNonce());
  const steps = changingSteps(plan);
  await restoreSteps(locked, workplace, wish, steps, code, {});
  return steps.map(changeOf);
}

function cannotTakeBack(first: unknown, second: unknown): StoreError {
  const said = (error: unknown) => (error instanceof Error ? error.message : String(error));
  return new StoreError(
    'STORE_INTERRUPTED',
    `${said(first)}; taking the import back failed, too: ${said(second)}`,
    {
      hint: 'stop Wassette, run `wassette-state undo` unless it says there is nothing, and start Wassette again',
      cause: first,
    },
  );
}

/**
 * A plan for `wish`, where its code comes from, and the ids of components whose code is nowhere to be had.
 * @param forReview whether the code is read, too, and compared with what is said of it; the digest does not depend on it
 */
export async function planWish(
  wish: Wish,
  { host }: Workplace,
  options: ImportOptions,
  nonce: string,
  forReview = false,
): Promise<{ plan: Plan; code: Blobs; missingCode: string[] }> {
  const uris = wish.desired.flatMap(({ policy }) =>
    policy === null || typeof policy.rights === 'string' ? [] : storageUris(policy.rights),
  );
  const keeping = wish.desired.filter((c) => c.keepsPolicy).map((c) => c.component_id);
  const target = await host.targetState(uris, options.signal, new Set(keeping));
  const own = blobsOf(
    target.components.flatMap((c) => (c.artifact ? [host.codeOf({ ...c, artifact: c.artifact })] : [])),
  );
  const code = firstOf([own, wish.blobs]);
  const { desired, warnings } = forReview
    ? await checkInterfaces(wish.desired, target, code, planOptions(options), options.signal)
    : { desired: wish.desired, warnings: [] };
  const planned = planImport({
    source: wish.source,
    desired,
    restoring: wish.reverts !== null,
    target,
    options: planOptions(options),
    nonce,
  });
  const plan = { ...planned, warnings: [...planned.warnings, ...warnings] };
  return { plan, code, missingCode: await findMissingCode(plan, code) };
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
    deliverCode: (wanted, sinkFor) => code.deliver(wanted, reporting(wanted, sinkFor, options)),
    keepBlobs: (sources: readonly BlobSource[]) => store.putBlobs(sources, { signal }),
    inspectCode: program === null ? undefined : (files) => assertLoadable(program, files, signal),
    isLive: options.live !== undefined,
    source: wish.source,
    reverts: wish.reverts,
    nowSeconds: Math.floor(Date.now() / 1000),
    signal,
  });
}

function changeOf({ component_id, wasm, policy, policyMeta }: PlanStep): Change {
  return { component_id, wasm, policy, policyMeta };
}

type SinkFor = (blob: BlobName) => Promise<BlobSink>;

/** The same sinks, which tell how far the copying is and stop when they are told to. */
function reporting(
  wanted: readonly BlobName[],
  sinkFor: SinkFor,
  { onProgress, signal }: Pick<ImportOptions, 'onProgress' | 'signal'>,
): SinkFor {
  const total = wanted.reduce((sum, { size }) => sum + size, 0);
  let done = 0;
  return async (blob) => {
    const sink = await sinkFor(blob);
    return {
      write(chunk) {
        signal?.throwIfAborted();
        done += chunk.length;
        onProgress?.(done, total);
        return sink.write(chunk);
      },
      end: () => sink.end(),
      abort: () => sink.abort(),
    };
  };
}

async function findMissingCode(plan: Plan, blobs: Blobs): Promise<string[]> {
  const needed = new Map<string, { code: FileState; ids: string[] }>();
  for (const { component_id, wasm } of changingSteps(plan)) {
    if (wasm.new === null || wasm.old?.sha256 === wasm.new.sha256) continue;
    const entry = needed.get(wasm.new.sha256) ?? { code: wasm.new, ids: [] };
    entry.ids.push(component_id);
    needed.set(wasm.new.sha256, entry);
  }
  const missing: string[] = [];
  for (const { code, ids } of needed.values()) if (!(await blobs.has(code))) missing.push(...ids);
  return missing;
}

/** @throws VerificationError VERIFY_PART_MISSING with the list: an import that could not be whole is not begun */
export function assertAllThere(missing: readonly string[]): void {
  if (missing.length === 0) return;
  throw new VerificationError(
    'VERIFY_PART_MISSING',
    `the code of ${missing.length} component(s) is neither in the snapshot nor on this host: ${missing.slice(0, 5).join(', ')}`,
    {
      hint: 'export again with the binaries included, or to a store that both hosts share',
      details: { component_ids: missing.slice(0, 100) },
    },
  );
}

function planOptions(options: ImportOptions): PlanOptions {
  return {
    componentIds: options.componentFilter === undefined ? null : [...new Set(options.componentFilter)].sort(),
    skipExisting: options.skipExisting ?? false,
    removeExtra: options.removeExtra ?? false,
  };
}

/** @throws UsageError USAGE_BAD_ARGUMENT when checksums shall not be verified */
export function refuseUnverified({ verifyChecksums }: ImportOptions): void {
  if (verifyChecksums !== false) return;
  throw new UsageError('USAGE_BAD_ARGUMENT', 'checksums are always verified', {
    hint: 'leave the option out: bytes that were not verified could be other code than the one approved',
  });
}

export function newNonce(): string {
  return randomBytes(16).toString('hex');
}
