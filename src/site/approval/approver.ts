// Who decides about a plan, and by which rules.
import { PolicyError } from '../../errors.ts';
import type { Plan } from '../../plan/plan.ts';
import type { Sentence } from '../../plan/words/sentences.ts';
import type { ApprovedBy } from '../../state/audit/entry.ts';

/** `cannot-ask` when there is nobody to be asked, `unanswered` when the question was put and nobody has said anything. */
export type Answer = 'approved' | 'declined' | 'unanswered' | 'cannot-ask';

/**
 * Who decides about a plan:
 * - `client`: the person at the client, who is asked if the client can ask, by the call that applies the plan;
 * - `terminal`: the person at the command line, who is asked there, or has said so by an option;
 * - `signed`: nobody but those whose approvals in writing count (`written-approval/writing.ts`);
 * - `operator`: by a record that was made in a terminal before the call (`operator-approver.ts`).
 */
export type ApproverKind = 'client' | 'terminal' | 'operator' | 'signed';

/** Who decides about a plan, and by which rules. */
export interface Approver {
  readonly kind: ApproverKind;
  /** Throws for a plan that is refused without asking. @param left what has to be approved in another way than in writing */
  judge(plan: Plan, left: readonly Sentence[]): void;
  /** Asks, or looks whether it was approved before; throws where that has to happen elsewhere first. */
  ask(plan: Plan): Promise<Answer>;
  /**
   * Looks again, when nobody else can apply the plan any more or take back its approval. Left out where the answer is that
   * of a person who was just asked.
   */
  assertStanding?(plan: Plan): Promise<void>;
  /** How it approves a plan, unless there is nobody to be asked. */
  readonly how: ApprovedBy['how'];
  /** What to do after the answer was no. */
  readonly hintWhenDeclined: string;
}

/** What an approving call is told when nothing was approved. */
export function refusalOf(answer: 'declined' | 'unanswered', { hintWhenDeclined }: Approver): PolicyError {
  return answer === 'declined'
    ? new PolicyError('POLICY_DECLINED', 'not approved; nothing was changed', { hint: hintWhenDeclined })
    : new PolicyError('POLICY_DECLINED', 'nobody answered the question; nothing was changed', {
        hint: 'the client answered it with an error, or not within ten minutes: repeat the call when somebody is there',
      });
}
