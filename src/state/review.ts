// What is kept of a plan so that the operator can read all of it later, from another process. Its digest tells whether what
// is read is what was planned.
import * as z from 'zod';
import { canonicalBytes } from '../codec/canonical-json.ts';
import { sha256Digest } from '../codec/digest.ts';
import { VerificationError } from '../errors.ts';
import { type BoundState, planDigest } from '../plan/digest.ts';
import type { Plan } from '../plan/plan.ts';

const texts = z.array(z.string());
const sentences = z.array(z.looseObject({ text: z.string() }));

/** Of the plan, only what its digest does not cover is looked at here: `assertAsPlanned` sees to the rest. */
const PlanSchema = z.looseObject({
  losses: sentences,
  stopping: texts,
  undoable: z.boolean(),
  lacks: z.object({
    secrets: z.array(z.object({ component_id: z.string(), names: texts })),
    environment: texts,
    directories: texts,
    tool_collisions: z.array(z.object({ tool: z.string(), component_ids: texts })),
  }),
  obstacle: z.string().nullable(),
  warnings: texts,
  // An earlier program kept none.
  fit: texts.optional(),
});

export const ReviewSchema = z.object({
  plan: z.custom<Plan>((value) => PlanSchema.safeParse(value).success),
  /** What of the host the plan's digest covers. */
  state: z.custom<BoundState>((value) => typeof value === 'object' && value !== null),
  /** What was said about the snapshot. */
  notes: texts,
  /** Where the host keeps its secrets. */
  secrets_dir: z.string(),
});
/** Everything that a person needs to judge a plan. */
export type Review = z.infer<typeof ReviewSchema>;

/** Names all of a review, also what the plan's digest does not cover. */
export function reviewDigest(review: Review): string {
  return sha256Digest(canonicalBytes(review));
}

/** @throws VerificationError VERIFY_DIGEST_MISMATCH when it is not the plan with that digest */
export function assertAsPlanned(review: Review, digest: string): void {
  if (isAsPlanned(review, digest)) return;
  throw new VerificationError(
    'VERIFY_DIGEST_MISMATCH',
    `what is kept of the plan ${digest} is not that plan`,
    {
      hint: 'somebody changed its file: do not approve it, and have it planned again',
    },
  );
}

export function isAsPlanned({ plan, state }: Review, digest: string): boolean {
  return plan.digest === digest && digestOf(plan, state) === digest;
}

/** Null for what is no plan. */
function digestOf(plan: Plan, state: BoundState): string | null {
  try {
    return planDigest(plan, state);
  } catch {
    return null;
  }
}
