// The operator's approval: plans that wait for it, and the one thing that lets an agent's call apply them.

import {
  approveWaiting,
  revokeWaiting,
  type WaitingPlan,
  type WaitingRoom,
  waitingIn,
} from './site/approval/waiting-plans.ts';
import { openSite } from './site/site.ts';
import type { Caller } from './state/audit/entry.ts';

/** Which plans are meant. */
export interface ApproveOptions {
  /** Where they wait; by default `wassette-state` in the user's state directory. */
  stateDir?: string | undefined;
  /** Only those for this component directory. */
  componentDir?: string | undefined;
  /** Who asks, for the audit log; the library by default. */
  caller?: Caller | undefined;
}

/**
 * The plans that wait for the operator, oldest first, without those that somebody has changed. Changes nothing.
 * @throws UsageError USAGE_BAD_ARGUMENT when Wassette's configuration cannot be read
 * @example
 * ```ts
 * import { waitingPlans } from 'wassette-state';
 *
 * for (const { plan } of await waitingPlans()) console.log(plan.steps.length); // 1
 * ```
 */
export async function waitingPlans(options: ApproveOptions = {}): Promise<WaitingPlan[]> {
  return (await waitingIn(await waitingRoom(options))).waiting;
}

/**
 * Approves exactly one waiting plan, once: the agent's next call with its digest applies it. Show all of the plan to a
 * person first. Approving it again changes nothing.
 * @param digest of the plan, or at least its first 12 digits
 * @throws ConflictError CONFLICT_STALE_PLAN when it waits no more, or the host has changed
 * @throws VerificationError VERIFY_DIGEST_MISMATCH when what is kept of it is not what was planned
 * @throws PolicyError POLICY_APPROVAL_VOID when the approval would not count: the file system has another time
 * @throws UsageError USAGE_BAD_ARGUMENT when it is no digest of a plan that waits for the operator
 * @throws StoreError STORE_LOCKED while it is being applied; STORE_DENIED, STORE_NO_SPACE
 * @example
 * ```ts
 * import { approvePlan, waitingPlans } from 'wassette-state';
 *
 * for (const { plan } of await waitingPlans()) {
 *   console.log(plan.sentences.map(({ text }) => text).join('\n').includes('api.weather.example')); // true
 *   // if a person agrees to all of them:
 *   const { approvedAt } = await approvePlan(plan.digest);
 *   console.log(approvedAt !== null); // true
 * }
 * ```
 */
export async function approvePlan(digest: string, options: ApproveOptions = {}): Promise<WaitingPlan> {
  return approveWaiting(digest, await waitingRoom(options));
}

/**
 * Takes back the approval of a plan that was not applied yet. The plan goes on waiting.
 * @param digest of the plan, or at least its first 12 digits
 * @throws StoreError STORE_NOT_FOUND when it is not approved, STORE_LOCKED while it is being applied
 * @throws ConflictError CONFLICT_STALE_PLAN when it waits no more
 * @throws UsageError USAGE_BAD_ARGUMENT when it is no digest of a plan that waits for the operator
 * @example
 * ```ts
 * import { approvePlan, revokeApproval, waitingPlans } from 'wassette-state';
 *
 * for (const { plan } of await waitingPlans()) {
 *   await approvePlan(plan.digest);
 *   const { approvedAt } = await revokeApproval(plan.digest);
 *   console.log(approvedAt); // null
 * }
 * ```
 */
export async function revokeApproval(digest: string, options: ApproveOptions = {}): Promise<WaitingPlan> {
  return revokeWaiting(digest, await waitingRoom(options));
}

/** @throws UsageError USAGE_BAD_ARGUMENT */
export async function waitingRoom({ stateDir, componentDir, caller }: ApproveOptions): Promise<WaitingRoom> {
  const { host } = await openSite({ stateDir, componentDir, caller });
  return { state: host.state, log: host.log, target: componentDir === undefined ? null : host.componentDir };
}
