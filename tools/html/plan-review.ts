// Lays out the view of a plan for a page.
import type { PlanView } from '../../src/plan/view.ts';
import { blocksOf, byHarm } from './blocks.ts';
import type { Fact, Review } from './review.ts';

const LABELS = { into: 'Into', from: 'Snapshot', by: 'Signed by', plan: 'Plan' } as const;

/** @param approving the command that applies exactly this plan; null where there is nothing to apply, or no command for it */
export function reviewOfPlan(view: PlanView, title: string, approving: Review['approving']): Review {
  const { willDo, nothingToDo, sections, undo } = view;
  const isIdle = nothingToDo !== null;
  return {
    title,
    summary: nothingToDo ?? willDo,
    facts: factsOf(view),
    approving: isIdle ? null : approving,
    blocks: byHarm(sections.flatMap(blocksOf)),
    end: undo,
  };
}

function factsOf({ head, signed, source }: PlanView): Fact[] {
  const facts = head.map(({ label, value }) => ({ label: LABELS[label], value }));
  const isUnsigned = signed === null && source.startsWith('sha256:');
  const plan = facts.findIndex(({ label }) => label === LABELS.plan);
  return isUnsigned ? facts.toSpliced(plan, 0, { label: LABELS.by, value: 'nobody' }) : facts;
}
