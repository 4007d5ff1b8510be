import { expect, it } from 'vitest';
import { ComponentProgress, type Progress, percentOf, progressInWords } from '../../src/disk/progress.ts';

const report = (
  doing: Progress['doing'],
  fraction = 0,
  component: Progress['component'] = null,
): Progress => ({
  doing,
  component,
  fraction,
});

it('progress is said with the component and what is done with it', () => {
  const third = { component_id: 'fetch-rs', position: 3, count: 5 };
  expect(progressInWords(report('compiling', 0.4, third))).toBe('compiling fetch-rs, 3 of 5');
  expect(progressInWords(report('loading', 0, { component_id: 'weather', position: 1, count: 1 }))).toBe(
    'loading weather',
  );
  expect(progressInWords(report('opening'))).toBe('reading the snapshot');
  expect(progressInWords(report('writing'))).toBe('writing the snapshot');
});

it('a name in it cannot move the cursor of a terminal', () => {
  const odd = { component_id: 'a\u001b[2Jb', position: 1, count: 1 };
  expect(progressInWords(report('copying', 0, odd))).not.toContain('\u001b');
});

it('what an import does, in its order, never makes less of the whole', () => {
  const order: Progress['doing'][] = ['opening', 'fetching', 'reading', 'copying', 'compiling', 'loading'];
  const percents = order.flatMap((doing) =>
    [0, 0.5, 1].map((fraction) => percentOf(report(doing, fraction))),
  );
  expect(percents).toEqual(percents.toSorted((a, b) => a - b));
  expect(percents[0]).toBe(0);
  expect(percents.at(-1)).toBe(100);
});

it('of components that are at work at once the one that was begun last is named, and none twice', () => {
  const reports: Progress[] = [];
  const progress = new ComponentProgress('compiling', { count: 3, total: 3 }, (each) => reports.push(each));
  progress.begin('a');
  progress.begin('b');
  progress.advance();
  progress.begin('c');
  progress.advance();
  progress.advance();
  expect(reports.map(progressInWords)).toEqual([
    'compiling a, 1 of 3',
    'compiling b, 2 of 3',
    'compiling b, 2 of 3',
    'compiling c, 3 of 3',
    'compiling c, 3 of 3',
    'compiling c, 3 of 3',
  ]);
  expect(reports.map(({ fraction }) => fraction)).toEqual([0, 0, 1 / 3, 1 / 3, 2 / 3, 1]);
});
