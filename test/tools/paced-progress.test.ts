import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type Progress, progressInWords } from '../../src/disk/progress.ts';
import { PacedProgress } from '../../tools/paced-progress.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const step = (position: number): Progress => ({
  doing: 'copying',
  component: { component_id: 'x', position, count: 1000 },
  fraction: position / 1000,
});

it('of a thousand reports in a moment the first is passed on at once, and the last a little later', () => {
  const passed: string[] = [];
  const paced = new PacedProgress((progress) => passed.push(progressInWords(progress)), 200);
  for (let n = 1; n <= 1000; n++) paced.report(step(n));
  expect(passed).toEqual(['copying x, 1 of 1000']);
  vi.advanceTimersByTime(200);
  expect(passed).toEqual(['copying x, 1 of 1000', 'copying x, 1000 of 1000']);
  vi.advanceTimersByTime(10_000);
  expect(passed).toHaveLength(2);
});

it('what was not passed on when the work is over is forgotten', () => {
  const passed: Progress[] = [];
  const paced = new PacedProgress((progress) => passed.push(progress), 200, 300);
  paced.report(step(1));
  paced.drop();
  vi.advanceTimersByTime(10_000);
  expect(passed).toEqual([]);
});
