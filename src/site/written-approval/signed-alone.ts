// `--approval signed`: what approvals in writing do not cover is not applied, whoever else agrees.
import { counted } from '../../codec/enumeration.ts';
import { safeText } from '../../codec/safe-text.ts';
import { PolicyError } from '../../errors.ts';
import type { Plan } from '../../plan/plan.ts';
import type { Approver } from '../approval/approver.ts';
import type { Writing } from './writing.ts';

/** Asks nobody: what approvals in writing do not cover is not applied. @param judge as of `Approver` */
export function signedAlone(writing: Writing | null, judge: Approver['judge']): Approver {
  return {
    kind: 'signed',
    judge,
    async ask(plan) {
      assertInWriting(plan, writing);
      return 'approved';
    },
    how: 'signed',
    hintWhenDeclined: '',
  };
}

/** @throws PolicyError POLICY_APPROVAL_REQUIRED */
function assertInWriting(plan: Plan, writing: Writing | null): void {
  if (writing?.isWhole) return;
  const left = writing?.left ?? plan.sentences;
  const losses = writing?.losses ?? plan.losses;
  const objections = writing?.objections ?? [];
  throw new PolicyError(
    'POLICY_APPROVAL_REQUIRED',
    `only approvals in writing count here, and ${counted(left.length + losses.length, 'thing')} of this plan ${
      left.length + losses.length === 1 ? 'is' : 'are'
    } in none that counts; nothing was changed`,
    {
      hint: 'somebody whose approvals count here has to sign one',
      remedy: { do: 'approve-in-writing' },
      details: {
        not_covered: [...left, ...losses].slice(0, 20).map(({ text }) => text),
        objections: objections.slice(0, 20).map(({ file, error }) => `${safeText(file, 400)}: ${error.code}`),
      },
    },
  );
}
