// Judges whether an approval covers a plan, whether a plan is short enough to be read, and whether it allows more.

import { fewOf } from '../codec/enumeration.ts';
import { quoted } from '../codec/safe-text.ts';
import { ConflictError, PolicyError } from '../errors.ts';
import { fitsOneQuestion, lengthOf, MAX_SENTENCES } from './one-question.ts';
import { isWidening, type Plan } from './plan.ts';

/** That somebody read a plan and agrees to all it allows. */
export interface Approval {
  /** The plan's digest. */
  approve: string;
  /** Every sentence of the plan, in any order. */
  accept: readonly string[];
}

/** @param digest of the plan that was reviewed @throws ConflictError CONFLICT_STALE_PLAN where it would be another one now */
export function assertStillCurrent(plan: Plan, digest: string): void {
  if (digest === plan.digest) return;
  throw new ConflictError(
    'CONFLICT_STALE_PLAN',
    'the target, the snapshot or the options are not those of the approved plan',
    {
      hint: 'plan again and review what changed',
      remedy: { do: 'plan-again' },
      details: { approved: quoted(digest), current: plan.digest },
    },
  );
}

/** @throws ConflictError CONFLICT_STALE_PLAN, CONFLICT_APPROVAL_MISMATCH */
export function assertApproved(plan: Plan, approval: Approval): void {
  assertStillCurrent(plan, approval.approve);
  const expected = new Set(plan.sentences.map((sentence) => sentence.text));
  const given = new Set(approval.accept);
  const missing = [...expected].filter((text) => !given.has(text));
  const extra = [...given].filter((text) => !expected.has(text));
  if (missing.length === 0 && extra.length === 0 && given.size === approval.accept.length) return;
  throw new ConflictError(
    'CONFLICT_APPROVAL_MISMATCH',
    `the accepted sentences are not those of the plan: ${missing.length} missing, ${extra.length} unknown`,
    {
      hint: 'accept exactly the sentences of the plan; plan again to get them',
      remedy: { do: 'plan-again' },
      details: { missing, unknown: extra.slice(0, 5).map((text) => quoted(text)) },
    },
  );
}

/** @throws PolicyError POLICY_TOO_MANY_GRANTS */
export function assertReadable(plan: Pick<Plan, 'sentences'>): void {
  const sentences = plan.sentences.map(({ text }) => text);
  if (fitsOneQuestion(sentences)) return;
  const bytes = lengthOf(sentences);
  throw new PolicyError(
    'POLICY_TOO_MANY_GRANTS',
    `the plan has ${plan.sentences.length} things to approve (${bytes} characters), more than one question can hold`,
    {
      hint: 'import some of the components at a time',
      remedy: { do: 'import-in-terminal' },
      details: { sentences: plan.sentences.length, limit: MAX_SENTENCES },
    },
  );
}

/** @throws PolicyError POLICY_WIDENED */
export function assertNotWidening(plan: Plan): void {
  if (!isWidening(plan)) return;
  if (plan.sentences.some(({ kind }) => kind === 'signer')) throw otherSigner();
  const gaining = plan.steps.filter((step) => step.gains.length > 0).map((step) => step.component_id);
  throw new PolicyError(
    'POLICY_WIDENED',
    `the plan would allow ${fewOf(gaining.map(quoted))} more than before, and the operator forbids that`,
    {
      hint: 'import only what allows no more than before; only the operator can permit more',
      remedy: { do: 'leave-out' },
      details: { component_ids: gaining.slice(0, 20) },
    },
  );
}

function otherSigner(): PolicyError {
  return new PolicyError(
    'POLICY_WIDENED',
    'the snapshot is not signed by whom it was signed before, and the operator forbids that',
    { hint: 'get one from the signer of before; only the operator can permit another' },
  );
}
