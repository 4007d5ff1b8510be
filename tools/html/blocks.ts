// Lays out sections of lines as blocks of a page: what can do most harm first, what stays as it is last and small.
import type { ViewSection } from '../../src/plan/view.ts';
import type { ViewLine } from '../../src/plan/words/lines.ts';
import { groupedByStake } from '../../src/plan/words/stakes.ts';
import type { Block, Line, Tone } from './review.ts';

const ORDER: Record<Tone, number> = { danger: 0, gain: 1, loss: 2, note: 2, plain: 2, aside: 3 };

/** What can do most harm comes first, then whatever else is allowed; what stays as it is comes last. Else the given order. */
export function byHarm(blocks: readonly Block[]): Block[] {
  return [...blocks].sort((a, b) => ORDER[a.tone] - ORDER[b.tone]);
}

/** Of what it allows a block for each thing that can be lost through it; one of the rest. */
export function blocksOf({ title, lines }: Pick<ViewSection, 'title' | 'lines'>): Block[] {
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
