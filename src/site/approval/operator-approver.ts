// The operator as an approver: the plan waits in the state directory, with all that a person has to read, until it is
// approved in a terminal. The agent's call finds that approval, or fails.
import { type Moment, thisMoment } from '../../disk/moment.ts';
import { PolicyError } from '../../errors.ts';
import { type BoundState, planDigest } from '../../plan/digest.ts';
import type { Plan } from '../../plan/plan.ts';
import { approvedAt } from '../../state/approvals.ts';
import type { StateDirectory } from '../../state/directory.ts';
import { findPlan, keptPlans } from '../../state/kept-plans.ts';
import { assertAsPlanned } from '../../state/review.ts';
import type { Approver } from './approver.ts';

/** @param judge what the operator's rules refuse, whoever approved it */
export function operatorOf(state: StateDirectory, judge: Approver['judge']): Approver {
  const look = ({ digest }: Plan) => assertApprovedByOperator(state, digest, thisMoment());
  return {
    kind: 'operator',
    how: 'operator',
    judge,
    async ask(plan) {
      await look(plan);
      return 'approved';
    },
    assertStanding: look,
    hintWhenDeclined: '',
  };
}

/** When the operator approved the plan, in seconds since 1970; null while that has not happened. @throws as `approvedAt` */
export async function approvedByOperatorAt(state: StateDirectory, digest: string): Promise<number | null> {
  const now = thisMoment();
  return approvedAt(state, await findPlan(state, digest, now), now);
}

/** @throws PolicyError POLICY_APPROVAL_REQUIRED, POLICY_APPROVAL_VOID; ConflictError CONFLICT_STALE_PLAN */
async function assertApprovedByOperator(state: StateDirectory, digest: string, now: Moment): Promise<void> {
  const kept = await findPlan(state, digest, now);
  if (kept.review === null) {
    throw new PolicyError('POLICY_APPROVAL_REQUIRED', 'this plan was not made for the operator to approve', {
      hint: 'the operator approves plans that this server has made',
      remedy: { do: 'plan-again' },
    });
  }
  assertAsPlanned(kept.review, digest);
  if ((await approvedAt(state, kept, now)) !== null) return;
  throw new PolicyError(
    'POLICY_APPROVAL_REQUIRED',
    'the operator has not approved this plan; nothing was changed',
    {
      hint: 'nobody else can',
      remedy: { do: 'approve-in-terminal', digest },
      details: { plan_digest: digest },
    },
  );
}

/** Digest and nonce of a plan that waits for the operator and is the same but for these two; null when there is none. */
export async function sameWaiting(
  state: StateDirectory,
  plan: Plan,
  bound: BoundState,
): Promise<Pick<Plan, 'digest' | 'nonce'> | null> {
  for (const { digest, nonce, review } of await keptPlans(state, thisMoment())) {
    if (review === null || review.plan.source !== plan.source) continue;
    if (planDigest({ ...plan, nonce }, bound) === digest) return { digest, nonce };
  }
  return null;
}
