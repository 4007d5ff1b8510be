// Taking back the last import: its undo record goes through the same plan, review and apply as a snapshot.
import { StoreError } from './errors.ts';
import type { Plan } from './plan/plan.ts';
import { type Proposal, propose } from './site/approval/approval.ts';
import { type ApplyOptions, applyDesired, type ImportResult } from './site/import/applying.ts';
import { type Desired, desiredBefore } from './site/import/desired.ts';
import { type CommonOptions, openSite, type Site } from './site/site.ts';
import { nextToUndo, readUndoRecords } from './state/undo-records.ts';

/** Where an import is taken back, and how. */
export interface UndoOptions extends CommonOptions, Pick<ApplyOptions, 'force' | 'approval' | 'policy'> {}

/**
 * What `undoImport` would do. Finishes an interrupted import first; changes nothing else.
 * @throws StoreError STORE_NOT_FOUND when there is nothing to take back, STORE_OTHER_HOST when `live` works on another
 * directory; STORE_INTERRUPTED, STORE_LOCKED, STORE_BUSY, STORE_DAMAGED, STORE_UNSUPPORTED, STORE_CHANGING, STORE_DENIED
 * @throws VerificationError VERIFY_PART_MISSING when bytes are nowhere to be had, VERIFY_DIGEST_MISMATCH
 * @throws ConflictError CONFLICT_ID_CLASH
 * @example
 * ```ts
 * import { planUndo } from 'wassette-state';
 *
 * const plan = await planUndo({ componentDir: './components' });
 * for (const { action, component_id } of plan.steps) console.log(action, component_id); // remove weather
 * ```
 */
export async function planUndo(options: CommonOptions = {}): Promise<Plan> {
  return (await proposeUndo(options)).plan;
}

/** The same, to be decided about. */
export async function proposeUndo(
  options: CommonOptions & Pick<ApplyOptions, 'force' | 'policy'> = {},
): Promise<Proposal> {
  const site = await openSite(options);
  return propose(await desiredBeforeLast(site), site, options);
}

/**
 * Takes back the last import into this directory that was not taken back yet: all of it, or nothing.
 * @throws StoreError STORE_NOT_FOUND when there is nothing to take back; STORE_BUSY, STORE_LOCKED, STORE_INTERRUPTED,
 * STORE_UNSAFE_FILE, STORE_DENIED, STORE_NO_SPACE, STORE_UNREACHABLE; those of `planUndo`
 * @throws ConflictError CONFLICT_STALE_PLAN, CONFLICT_APPROVAL_MISMATCH, CONFLICT_ID_CLASH
 * @throws VerificationError VERIFY_DIGEST_MISMATCH, VERIFY_PART_MISSING, VERIFY_NOT_LOADED
 * @example
 * ```ts
 * import { undoImport } from 'wassette-state';
 *
 * const { applied } = await undoImport({ componentDir: './components', approval: 'all' });
 * console.log(applied.length); // 1
 * ```
 */
export async function undoImport(options: UndoOptions): Promise<ImportResult> {
  const site = await openSite(options);
  return applyDesired(await desiredBeforeLast(site), site, options);
}

async function desiredBeforeLast(site: Site): Promise<Desired> {
  const { host } = site;
  // An interrupted import has no record of its own yet: finished first, it is the one to take back.
  if (await host.components.isUnfinished()) await host.components.recover();
  const record = nextToUndo(await readUndoRecords(host.state));
  if (record === null) {
    const missing = host.exists() ? '' : ': that directory does not exist';
    throw new StoreError(
      'STORE_NOT_FOUND',
      `there is no import into ${host.componentDir} to take back${missing}`,
      {
        hint: 'only imports into this directory that were made with this state directory can be undone',
        remedy: { do: 'name-directories' },
      },
    );
  }
  return desiredBefore(record, site);
}
