// The story of an import: plan without touching anything, have it approved, then apply all of it or nothing.
import { UsageError } from './errors.ts';
import type { OpenSnapshot } from './places/place.ts';
import type { Plan } from './plan/plan.ts';
import { type ApplyOptions, applyDesired, type ImportResult } from './site/applying.ts';
import { type Proposal, propose, recall } from './site/approval.ts';
import { desiredBy } from './site/desired.ts';
import type { ImportOptions } from './site/planning.ts';
import { openSite, type Site } from './site/site.ts';

/**
 * The steps an import would take and what each would allow. Changes nothing.
 * @throws StoreError STORE_OTHER_HOST when `live` works on another directory
 * @throws UsageError, FormatError, ConflictError CONFLICT_ID_CLASH, PolicyError POLICY_FORBIDDEN_GRANT
 * @throws VerificationError VERIFY_PART_MISSING when bytes are nowhere to be had
 */
export async function planImportState(snapshot: OpenSnapshot, options: ImportOptions = {}): Promise<Plan> {
  refuseUnverified(options);
  const proposal = await proposeImport(snapshot, await openSite(options), options);
  return proposal.plan;
}

/**
 * Applies an import that was approved.
 * @throws ConflictError CONFLICT_STALE_PLAN, CONFLICT_APPROVAL_MISMATCH; StoreError STORE_BUSY, STORE_LOCKED, STORE_INTERRUPTED
 * @throws VerificationError VERIFY_DIGEST_MISMATCH; whatever `planImportState` throws
 */
export async function importState(snapshot: OpenSnapshot, options: ApplyOptions): Promise<ImportResult> {
  refuseUnverified(options);
  const site = await openSite(options);
  return applyDesired(desiredBy(snapshot, site), site, options);
}

/** A plan to be decided about. @throws as `planImportState` */
export async function proposeImport(
  snapshot: OpenSnapshot,
  site: Site,
  options: ImportOptions,
): Promise<Proposal> {
  return propose(desiredBy(snapshot, site), site, options);
}

/** The plan `digest` that was kept for a decision. @throws as `recall` */
export async function recallImport(
  digest: string,
  snapshot: OpenSnapshot,
  site: Site,
  options: ImportOptions,
): Promise<Proposal> {
  return recall(digest, desiredBy(snapshot, site), site, options);
}

/** @throws UsageError USAGE_BAD_ARGUMENT when checksums shall not be verified */
export function refuseUnverified({ verifyChecksums }: ImportOptions): void {
  if (verifyChecksums !== false) return;
  throw new UsageError('USAGE_BAD_ARGUMENT', 'checksums are always verified', {
    hint: 'leave the option out: bytes that were not verified could be other code than the one approved',
  });
}
