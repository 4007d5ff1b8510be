// Plans that wait for the operator: found, held against the host as it is now, approved, and taken back.
import { thisMoment } from '../../disk/moment.ts';
import { ConflictError, PolicyError, StoreError, UsageError } from '../../errors.ts';
import { boundStateOf, isSameState } from '../../plan/digest.ts';
import type { Plan } from '../../plan/plan.ts';
import { approvedAt, removeApproval, writeApproval } from '../../state/approvals.ts';
import type { AuditEntry } from '../../state/audit/entry.ts';
import type { AuditLog } from '../../state/audit/log.ts';
import type { StateDirectory } from '../../state/directory.ts';
import { findPlan, type KeptPlan, keptDigest, keptPlans, whileApplying } from '../../state/kept-plans.ts';
import { assertAsPlanned, isAsPlanned, type Review } from '../../state/review.ts';
import { readTargetState } from '../../wassette/target-state.ts';
import { openSite } from '../site.ts';

/** How long somebody else's approval, or the call that applies the plan, is waited for. */
const WAIT_MS = 5_000;

/** A plan that only the operator can approve. Times are in seconds since 1970. */
export interface WaitingPlan {
  /** As it was shown to the agent, in full. */
  plan: Plan;
  /** What was said about its snapshot. */
  notes: readonly string[];
  keptAt: number;
  /** It waits no longer than that, and neither does its approval. */
  expiresAt: number;
  /** Null while the operator has not approved it. */
  approvedAt: number | null;
  /** Why an approval that is there does not count; null where nothing is wrong. */
  approvalProblem: string | null;
}

/** Where plans wait. */
export interface WaitingRoom {
  state: StateDirectory;
  /** The component directory that they are about; null for any. */
  target: string | null;
  log: AuditLog;
}

/** A waiting plan whose digest was checked, with its record. */
interface Found {
  kept: KeptPlan;
  review: Review;
  /** For the directory that the plan is about. */
  state: StateDirectory;
}

/** All of them, in the order in which they were made, and the digests of those that somebody has changed. */
export async function waitingIn({
  state,
  target,
}: WaitingRoom): Promise<{ waiting: WaitingPlan[]; altered: string[] }> {
  const waiting: WaitingPlan[] = [];
  const altered: string[] = [];
  for (const kept of await keptPlans(state, thisMoment())) {
    const { digest, review } = kept;
    if (review === null || (target !== null && review.plan.target !== target)) continue;
    if (isAsPlanned(review, digest)) waiting.push(await shown(found(kept, review, state)));
    else altered.push(digest);
  }
  return { waiting, altered };
}

/** @param beginning the digest, or at least its first 12 digits @throws as `keptDigest`, `assertAsPlanned` */
export async function waitingBy(beginning: string, room: WaitingRoom): Promise<WaitingPlan> {
  return shown(await find(beginning, room));
}

/** @throws ConflictError CONFLICT_STALE_PLAN when the host is no more what it was when the plan was made; as `waitingBy` */
export async function assertStillTrue(beginning: string, room: WaitingRoom): Promise<void> {
  await assertUnchanged(await find(beginning, room));
}

/** @throws as `waitingBy` and `assertStillTrue`; StoreError STORE_LOCKED while it is being applied */
export async function approveWaiting(beginning: string, room: WaitingRoom): Promise<WaitingPlan> {
  const { kept } = await find(beginning, room);
  return alone(kept.digest, room, async () => {
    // Found again, because it may have been applied meanwhile.
    const at = await find(kept.digest, room);
    await assertUnchanged(at);
    const before = await shown(at);
    if (before.approvedAt === null) {
      // What cannot be recorded is not approved.
      await room.log.record(approval('given', at));
      await writeApproval(at.state, at.kept, thisMoment());
    }
    // As the agent's call will read it: a file system with another time is found now.
    const approved = await shown(at);
    if (approved.approvalProblem === null) return approved;
    throw new PolicyError('POLICY_APPROVAL_VOID', approved.approvalProblem, {
      hint: 'the clock of this system and that of the file system with the state directory may differ',
    });
  });
}

/** @throws as `waitingBy`; StoreError STORE_NOT_FOUND when it is not approved, STORE_LOCKED while it is being applied */
export async function revokeWaiting(beginning: string, room: WaitingRoom): Promise<WaitingPlan> {
  const at = await find(beginning, room);
  const { digest } = at.kept;
  const existed = await alone(digest, room, async () => ({
    approval: await removeApproval(room.state, digest),
  }));
  if (existed.approval) {
    await room.log.note(approval('revoked', at));
    return shown(at);
  }
  throw new StoreError('STORE_NOT_FOUND', `the plan ${digest} is not approved`, {
    hint: 'there is nothing to take back',
  });
}

function approval(result: 'given' | 'revoked', { review: { plan } }: Found): AuditEntry {
  return {
    event: 'approval',
    result,
    plan: plan.digest,
    component_dir: plan.target,
    approved: { how: 'operator' },
  };
}

async function find(beginning: string, room: WaitingRoom): Promise<Found> {
  const { state, target } = room;
  const now = thisMoment();
  const digest = await keptDigest(state, beginning, [], now);
  const kept = await findPlan(state, digest, now);
  const { review } = kept;
  if (review !== null && target !== null && review.plan.target !== target) {
    throw new UsageError('USAGE_BAD_ARGUMENT', `the plan ${digest} is about ${review.plan.target}`, {
      hint: 'name that component directory, or none',
    });
  }
  if (review !== null) return found(kept, review, state);
  throw new UsageError('USAGE_BAD_ARGUMENT', `the plan ${digest} does not wait for the operator`, {
    hint: 'whoever had it planned approves it, in the same way',
  });
}

function found(kept: KeptPlan, review: Review, state: StateDirectory): Found {
  assertAsPlanned(review, kept.digest);
  return { kept, review, state: { ...state, componentDir: review.plan.target } };
}

async function shown({ kept, review, state }: Found): Promise<WaitingPlan> {
  let approval: Pick<WaitingPlan, 'approvedAt' | 'approvalProblem'>;
  try {
    approval = { approvedAt: await approvedAt(state, kept, thisMoment()), approvalProblem: null };
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    approval = { approvedAt: null, approvalProblem: error.message };
  }
  const { at } = kept.kept;
  return { plan: review.plan, notes: review.notes, keptAt: at, expiresAt: at + kept.lifetime, ...approval };
}

async function assertUnchanged({ kept, review, state }: Found): Promise<void> {
  const { plan, state: planned, secrets_dir } = review;
  const flags = { componentDir: plan.target, secretsDir: secrets_dir, stateDir: state.root };
  const { host } = await openSite(flags);
  const target = await readTargetState(
    host,
    planned.directories.map(({ uri }) => uri),
  );
  if (target.path === plan.target && isSameState(planned, boundStateOf(target))) return;
  throw new ConflictError(
    'CONFLICT_STALE_PLAN',
    `this host has changed since the plan ${kept.digest} was made`,
    {
      hint: 'it can never be applied: look at a new plan',
      remedy: { do: 'plan-again' },
      details: { plan_digest: kept.digest },
    },
  );
}

/** Runs `work` while nobody applies the plan, approves it or takes its approval back. */
async function alone<T extends object>(
  digest: string,
  { state }: WaitingRoom,
  work: () => Promise<T>,
): Promise<T> {
  const done = await whileApplying(state, digest, work, { waitMs: WAIT_MS });
  if (done !== null) return done;
  throw new StoreError('STORE_LOCKED', 'another process is applying this plan', {
    hint: 'it is applied once: look what came of it',
  });
}
