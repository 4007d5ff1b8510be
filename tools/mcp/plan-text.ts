// Lays out a plan as lines of text: for the question to a person, and for agents that read no structured results.
import { type PlanView, shownLines, type ViewSection } from '../../src/plan/view.ts';

export function reviewText({ head, sections, undo }: PlanView): string {
  const lines = [...head.map(({ label, value }) => `${label} ${value}`), ...sections.flatMap(linesOf)];
  return [...lines, ...(undo === null ? [] : [undo])].join('\n');
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
