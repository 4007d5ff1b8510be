// What an import would do: a wish, held against the host it is for. Changes nothing.

import { randomBytes } from 'node:crypto';
import type { BlobName } from '../codec/blob-name.ts';
import { fewOf } from '../codec/enumeration.ts';
import { quoted } from '../codec/safe-text.ts';
import type { Blobs } from '../disk/blob.ts';
import { blobsOf, firstOf } from '../disk/blobs.ts';
import { VerificationError } from '../errors.ts';
import { storageUrisOf } from '../plan/directory-grants.ts';
import { newBytes } from '../plan/file-kinds.ts';
import type { AllowedGrant } from '../plan/forbidden-grants.ts';
import { changingSteps, type Plan, type PlanOptions, planImport } from '../plan/plan.ts';
import { remarksOnDirectory } from '../wassette/live/right-directory.ts';
import { readTargetState } from '../wassette/target-state.ts';
import { checkInterfaces } from './code-check.ts';
import type { Wish } from './desired.ts';
import { type CommonOptions, liveVersion, type Workplace } from './site.ts';

export interface ImportOptions extends CommonOptions {
  /** Components that are on the target already stay as they are. */
  skipExisting?: boolean | undefined;
  /** Components that only the target has are removed. */
  removeExtra?: boolean | undefined;
  /** Ids to import; all by default. */
  componentFilter?: readonly string[] | undefined;
  /** Storage grants to take by name although no import may bring them. For a person who knows why. */
  allowGrants?: readonly AllowedGrant[] | undefined;
  /** Always on; `false` is refused. */
  verifyChecksums?: boolean | undefined;
  /** Go on although a Wassette runs on the directory. For a person who knows why. */
  force?: boolean | undefined;
}

export interface PlannedWish {
  plan: Plan;
  code: Blobs;
  missingCode: string[];
}

/**
 * A plan to be reviewed: all of the code is there, and was read.
 * @throws StoreError STORE_OTHER_HOST when `live` works on another directory; VerificationError VERIFY_PART_MISSING
 */
export async function planForReview(
  wish: Wish,
  workplace: Workplace,
  options: ImportOptions,
  nonce = newNonce(),
): Promise<Plan> {
  const remarks = await remarksOnDirectory(options.live, workplace.host, options.signal);
  const { plan, missingCode } = await planWish(wish, workplace, options, nonce, true);
  assertAllThere(missingCode);
  return { ...plan, warnings: [...plan.warnings, ...remarks] };
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
): Promise<PlannedWish> {
  await host.assertChangeable();
  const uris = wish.desired.flatMap(({ policy }) => storageUrisOf(policy?.rights ?? 'none'));
  const target = await readTargetState(host, uris, await liveVersion(options), options.signal);
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
    cameFrom: wish.cameFrom,
    target,
    options: planOptions(options),
    nonce,
  });
  const plan = { ...planned, warnings: [...planned.warnings, ...warnings] };
  return { plan, code, missingCode: await findMissingCode(plan, code) };
}

async function findMissingCode(plan: Plan, blobs: Blobs): Promise<string[]> {
  const needed = new Map<string, { code: BlobName; ids: string[] }>();
  for (const { component_id, wasm } of changingSteps(plan)) {
    const code = newBytes(wasm);
    if (code === null) continue;
    const entry = needed.get(code.sha256) ?? { code, ids: [] };
    entry.ids.push(component_id);
    needed.set(code.sha256, entry);
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
    `the code of ${fewOf(missing.map(quoted))} is neither in the snapshot nor on this host`,
    {
      hint: 'get the snapshot with its code, or import only what is here',
      remedy: { do: 'carry-code' },
      details: { component_ids: missing.slice(0, 100) },
    },
  );
}

function planOptions(options: ImportOptions): PlanOptions {
  return {
    componentIds: options.componentFilter === undefined ? null : [...new Set(options.componentFilter)].sort(),
    skipExisting: options.skipExisting ?? false,
    removeExtra: options.removeExtra ?? false,
    allowGrants: [...(options.allowGrants ?? [])].sort(byGrant),
  };
}

function byGrant(a: AllowedGrant, b: AllowedGrant): number {
  const [first, second] = [a, b].map(({ component_id, entry }) => `${component_id}=${entry}`);
  return first! < second! ? -1 : 1;
}

export function newNonce(): string {
  return randomBytes(16).toString('hex');
}
