// A plan laid out for whoever decides on it: one text for the terminal, the question and the agent.
import { safeText } from '../src/codec/safe-text.ts';
import type { Plan } from '../src/plan/plan.ts';
import { type ViewLine, type ViewSection, viewOf } from '../src/plan/view.ts';
import { print, styled, wrapped } from './cli/terminal.ts';

/** For a terminal. */
export function printReview(plan: Plan, title: string): void {
  print(styled(title, 'bold'));
  for (const [label, value] of headOf(plan)) print(wrapped(`  ${label}  `, value));
  for (const { title, lines } of viewOf(plan)) {
    print(styled(`\n${title}`, 'bold'));
    for (const line of lines) print(coloured(line));
  }
  const undo = undoLine(plan);
  if (undo !== '') print(`\n${undo}`);
}

/** The same as lines of text. `notes` are about the snapshot. */
export function reviewText(plan: Plan, notes: readonly string[] = []): string {
  const head = headOf(plan).map(([label, value]) => `${label} ${value}`);
  return [...head, ...viewOf(plan, notes).flatMap(linesOf), undoLine(plan)]
    .filter((line) => line !== '')
    .join('\n');
}

/** What still matters of it once it is applied. */
export function aftermathText(plan: Plan, notes: readonly string[]): string {
  return viewOf(plan, notes)
    .filter(({ lasting }) => lasting)
    .flatMap(linesOf)
    .join('\n');
}

function linesOf({ title, lines }: ViewSection): string[] {
  return [title, ...lines.map(({ mark, text }) => `${mark} ${text}`)];
}

/** An undo comes from no snapshot: its title says what it takes back. */
function headOf({ target, source, digest }: Plan): [label: string, value: string][] {
  return [
    ['into', safeText(target, 4_096)],
    ...(source.startsWith('sha256:') ? [['from', source] as [string, string]] : []),
    ['plan', digest],
  ];
}

/** Empty where there is nothing to take back. */
function undoLine({ sentences, undoable }: Plan): string {
  if (sentences.length === 0) return '';
  return undoable
    ? 'It can be taken back afterwards; the result says how.'
    : 'It cannot be taken back by an undo.';
}

function coloured({ mark, text, risky }: ViewLine): string {
  const shown = wrapped(`  ${mark} `, text);
  if (risky || mark === '-') return styled(shown, 'red');
  if (mark === '+') return styled(shown, 'green');
  return mark === '~' || mark === '*' ? styled(shown, 'yellow') : shown;
}
