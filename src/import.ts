// The story of an import: plan without touching anything, have it approved, then apply all of it or nothing.
import { UsageError } from './errors.ts';
import type { OpenSnapshot } from './places/place.ts';
import type { Plan } from './plan/plan.ts';
import {
  type KeptProposal,
  type Proposal,
  type ProposalOptions,
  propose,
  recall,
  type UsedPlan,
} from './site/approval/approval.ts';
import { type ApplyOptions, applyDesired, type ImportResult } from './site/import/applying.ts';
import { desiredBy } from './site/import/desired.ts';
import type { ImportOptions } from './site/import/planning.ts';
import { openSite, type Site } from './site/site.ts';
import type { Snapshot } from './site/snapshot.ts';

/**
 * The steps an import would take and what each would allow. Changes nothing on the host; code that neither the snapshot nor
 * the host has is fetched into the local store from where the snapshot says it is.
 * @throws StoreError STORE_OTHER_HOST when `live` works on another directory, STORE_UNSUPPORTED where nothing can be
 * imported; STORE_CHANGING, STORE_DENIED; STORE_NOT_FOUND, STORE_UNREACHABLE for code that is to be fetched
 * @throws UsageError USAGE_UNKNOWN_COMPONENT, USAGE_BAD_ARGUMENT
 * @throws FormatError FORMAT_INVALID_POLICY, FORMAT_NOT_A_COMPONENT, FORMAT_LIMIT_EXCEEDED
 * @throws ConflictError CONFLICT_ID_CLASH
 * @throws PolicyError POLICY_FORBIDDEN_GRANT, POLICY_BEYOND_CAPS, POLICY_WIDENED; POLICY_OUTSIDE_FENCE where code would have
 * to be fetched from what may not be asked
 * @throws VerificationError VERIFY_PART_MISSING when bytes are nowhere to be had, VERIFY_DIGEST_MISMATCH
 * @example
 * ```ts
 * import { openSnapshot, planImportState } from 'wassette-state';
 *
 * const here = { componentDir: './other' };
 * const plan = await planImportState(await openSnapshot('tools.json', here), here);
 * for (const { action, component_id } of plan.steps) console.log(action, component_id); // add weather
 * ```
 */
export async function planImportState(snapshot: Snapshot, options: ImportOptions = {}): Promise<Plan> {
  refuseUnverified(options);
  const proposal = await proposeImport(snapshot, await openSite(options), options);
  return proposal.plan;
}

/**
 * Applies an import that was approved: all of it, or nothing. It is planned again first, and only what was approved is
 * done. What it replaces is kept, for `undoImport`.
 * @throws ConflictError CONFLICT_STALE_PLAN, CONFLICT_APPROVAL_MISMATCH, CONFLICT_ID_CLASH
 * @throws StoreError STORE_BUSY, STORE_LOCKED, STORE_INTERRUPTED, STORE_UNSAFE_FILE, STORE_DENIED, STORE_NO_SPACE,
 * STORE_UNREACHABLE; those of `planImportState`
 * @throws VerificationError VERIFY_DIGEST_MISMATCH, VERIFY_PART_MISSING, VERIFY_NOT_LOADED
 * @throws UsageError USAGE_UNKNOWN_COMPONENT, USAGE_BAD_ARGUMENT
 * @throws FormatError FORMAT_INVALID_POLICY, FORMAT_NOT_A_COMPONENT, FORMAT_LIMIT_EXCEEDED
 * @throws PolicyError POLICY_FORBIDDEN_GRANT
 * @example
 * ```ts
 * import { importState, openSnapshot, planImportState } from 'wassette-state';
 *
 * const here = { componentDir: './other' };
 * const snapshot = await openSnapshot('tools.json', here);
 * const { digest, sentences, nonce } = await planImportState(snapshot, here);
 * const accept = sentences.map(({ text }) => text); // show these to somebody
 * const { applied } = await importState(snapshot, { ...here, approval: { approve: digest, accept, nonce } });
 * console.log(applied.length); // 1
 * ```
 */
export async function importState(snapshot: Snapshot, options: ApplyOptions): Promise<ImportResult> {
  refuseUnverified(options);
  return applyImport(snapshot, await openSite(options), options);
}

/** The same, with a site that was opened before. @throws as `importState` */
export async function applyImport(
  snapshot: OpenSnapshot,
  site: Site,
  options: ApplyOptions,
): Promise<ImportResult> {
  return applyDesired(await desiredBy(snapshot, site, options), site, options);
}

/** A plan to be decided about. @throws as `planImportState` */
export async function proposeImport(
  snapshot: OpenSnapshot,
  site: Site,
  options: ProposalOptions,
): Promise<Proposal> {
  return propose(await desiredBy(snapshot, site, options), site, options);
}

/** The plan `digest` that was kept for a decision, or what became of it. @throws as `recall` */
export async function recallImport(
  digest: string,
  snapshot: OpenSnapshot,
  site: Site,
  options: ProposalOptions,
): Promise<KeptProposal | UsedPlan> {
  return recall(digest, await desiredBy(snapshot, site, options), site, options);
}

/** @throws UsageError USAGE_BAD_ARGUMENT when checksums shall not be verified */
export function refuseUnverified({ verifyChecksums }: ImportOptions): void {
  if (verifyChecksums !== false) return;
  throw new UsageError('USAGE_BAD_ARGUMENT', 'checksums are always verified', {
    hint: 'leave the option out: bytes that were not verified could be other code than the one approved',
  });
}
