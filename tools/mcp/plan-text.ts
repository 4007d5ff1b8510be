// A plan laid out as lines of text: for the question to a person, and for an agent that reads no structured result.
import { type PlanView, shownLines, type ViewSection } from '../../src/plan/view.ts';

export function reviewText({ head, sections, undo }: PlanView): string {
  const lines = [...head.map(({ label, value }) => `${label} ${value}`), ...sections.flatMap(linesOf)];
  return [...lines, ...(undo === null ? [] : [undo])].join('\n');
}

/** What still matters of it once it is applied. */
export function aftermathText({ sections }: PlanView): string {
  return sections
    .filter(({ lasting }) => lasting)
    .flatMap(linesOf)
    .join('\n');
}

function linesOf(section: ViewSection): string[] {
  return [section.title, ...shownLines(section).map(({ mark, text }) => `${mark} ${text}`)];
}
