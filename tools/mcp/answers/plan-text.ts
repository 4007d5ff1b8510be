// Lays out a plan as lines of text: for the question to a person, and for agents that read no structured results.
import { type PlanView, shownLines, type ViewSection } from '../../../src/plan/view.ts';

/** All of it, for the question to a person. */
export function reviewText({ head, sections, undo }: Pick<PlanView, 'head' | 'sections' | 'undo'>): string {
  const lines = [...head.map(({ label, value }) => `${label} ${value}`), ...sections.flatMap(linesOf)];
  return [...lines, ...(undo === null ? [] : [undo])].join('\n');
}

/** The same without the plan's digest, for an answer whose next call has it. */
export function planText({ head, ...rest }: PlanView): string {
  return reviewText({ ...rest, head: head.filter(({ label }) => label !== 'plan') });
}

/** The parts of it that still matter once it is applied. */
export function aftermathText({ sections }: PlanView): string {
  return sections
    .filter(({ lasting }) => lasting)
    .flatMap(linesOf)
    .join('\n');
}

function linesOf(section: ViewSection): string[] {
  return [section.title, ...shownLines(section).map(({ mark, text }) => `${mark} ${text}`)];
}
