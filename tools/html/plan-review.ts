// Lays out the view of a plan for a page: what can do most harm first, what stays as it is last and small.
import type { PlanView, ViewSection } from '../../src/plan/view.ts';
import type { ViewLine } from '../../src/plan/words/lines.ts';
import { groupedByStake } from '../../src/plan/words/stakes.ts';
import type { Block, Fact, Line, Review, Tone } from './review.ts';

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
    blocks: sections.flatMap(blocksOf).sort((a, b) => ORDER[a.tone] - ORDER[b.tone]),
    end: undo,
  };
}

/** What can do most harm comes first, then whatever else is allowed; what stays as it is comes last. Else the plan's order. */
const ORDER: Record<Tone, number> = { danger: 0, gain: 1, loss: 2, note: 2, plain: 2, aside: 3 };

function factsOf({ head, signed, source }: PlanView): Fact[] {
  const facts = head.map(({ label, value }) => ({ label: LABELS[label], value }));
  const isUnsigned = signed === null && source.startsWith('sha256:');
  const plan = facts.findIndex(({ label }) => label === LABELS.plan);
  return isUnsigned ? facts.toSpliced(plan, 0, { label: LABELS.by, value: 'nobody' }) : facts;
}

function blocksOf({ title, lines }: ViewSection): Block[] {
  const staying = lines.filter(({ mark, subjects }) => mark === '=' && subjects.length > 0);
  const isAllowing = ({ mark }: ViewLine) => mark === '!' || mark === '~';
  const others = lines.filter((line) => !isAllowing(line) && !staying.includes(line));
  return [
    ...groupedByStake(lines.filter(isAllowing)).map((group) =>
      blockOf(group.lines, group.title ?? title, group.why),
    ),
    ...(others.length === 0 ? [] : [blockOf(others, title, null)]),
    ...staying.map(asideOf),
  ];
}

/** What was approved before, or is left alone: by name, and no more. */
function asideOf({ text, subjects }: ViewLine): Block {
  return { tone: 'aside', title: text, why: null, lines: [{ subjects, text: '', risky: false }] };
}

function blockOf(lines: readonly ViewLine[], title: string, why: string | null): Block {
  return {
    tone: toneOf(lines),
    title: title.replace(/:$/, ''),
    why,
    lines: lines.map(lineOf),
  };
}

function toneOf(lines: readonly ViewLine[]): Tone {
  if (lines.some(({ risky }) => risky)) return 'danger';
  switch (lines[0]?.mark) {
    case '!':
    case '~':
      return 'gain';
    case '?':
      return 'note';
    default:
      return lines.every(({ mark }) => mark === '-') ? 'loss' : 'plain';
  }
}

function lineOf({ subjects, predicate, risky }: ViewLine): Line {
  return { subjects, text: predicate, risky };
}
