// Keeps what the operator has approved: a record for each plan, good for that plan alone, in this state directory, once.
import { stat } from 'node:fs/promises';
import * as z from 'zod';
import { isFrom, isToCome, type Moment, MomentSchema } from '../disk/moment.ts';
import { readRecord, removeRecord, writeRecord } from '../disk/record.ts';
import { whileDoing } from '../disk/system-error.ts';
import { PolicyError, StoreError } from '../errors.ts';
import type { StateDirectory } from './directory.ts';
import { fileIn, type KeptPlan } from './kept-plans.ts';
import { reviewDigest } from './review.ts';

const ApprovalSchema = z.strictObject({
  version: z.literal(1),
  /** The digest of the plan. */
  plan: z.string(),
  /** The digest of all that was shown. */
  review: z.string(),
  /** Real paths. */
  state_dir: z.string(),
  component_dir: z.string(),
  given: MomentSchema,
});
type OperatorApproval = z.infer<typeof ApprovalSchema>;

/** Writes that the operator has read all of the plan and agrees; of the same owner as the plan, whoever the operator is. */
export async function writeApproval(state: StateDirectory, kept: KeptPlan, now: Moment): Promise<void> {
  const { uid, gid } = await whileDoing('look at the plan', () => stat(fileIn(state.plans, kept.digest)));
  const approval: OperatorApproval = { version: 1, ...boundIn(state, kept), given: now };
  await writeRecord(fileIn(state.approvals, kept.digest), approval, { uid, gid });
}

/**
 * When the operator approved the plan, in seconds since 1970; null when that has not happened.
 * @throws PolicyError POLICY_APPROVAL_VOID when the record is not the one that was written for this plan here
 */
export async function approvedAt(state: StateDirectory, kept: KeptPlan, now: Moment): Promise<number | null> {
  const file = fileIn(state.approvals, kept.digest);
  const approval = await readRecord(file, ApprovalSchema).catch((error: unknown) => {
    if (error instanceof StoreError && error.code === 'STORE_DAMAGED') throw voided(kept, 'cannot be read');
    throw error;
  });
  if (approval === null) return null;
  const { given, version: _version, ...bound } = approval;
  const expected: Record<string, string> = boundIn(state, kept);
  if (Object.entries(bound).some(([name, value]) => expected[name] !== value))
    throw voided(kept, 'is about something else');
  if (isToCome(given, now)) throw voided(kept, 'is of a time that is still to come');
  if (!isFrom(given, file)) throw voided(kept, 'was written or put there at another time than it says');
  return given.at;
}

/** False when there was none. */
export async function removeApproval(state: StateDirectory, digest: string): Promise<boolean> {
  return removeRecord(fileIn(state.approvals, digest));
}

function boundIn({ root, componentDir }: StateDirectory, { digest, review }: KeptPlan) {
  return {
    plan: digest,
    review: review === null ? '' : reviewDigest(review),
    state_dir: root,
    component_dir: componentDir,
  };
}

function voided({ digest }: KeptPlan, why: string): PolicyError {
  return new PolicyError(
    'POLICY_APPROVAL_VOID',
    `the approval of the plan ${digest} ${why}, so it does not count`,
    {
      hint: 'nothing was changed: the operator reviews the plan, and approves it again or not',
      remedy: { do: 'approve-in-terminal', digest },
    },
  );
}
