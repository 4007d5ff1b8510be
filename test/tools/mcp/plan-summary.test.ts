import { expect, it } from 'vitest';
import { viewOf } from '../../../src/plan/view.ts';
import { PAGE_SIZE, pageOfSteps, wholeNotes } from '../../../tools/mcp/answers/plan-summary.ts';
import { plan, present, targetOf, wanted } from '../../fixtures/plan.ts';

it('the first page of a plan begins with what changes, wherever it stands among what stays', () => {
  const same = Array.from({ length: PAGE_SIZE + 5 }, (_, i) => `same-${i}`);
  const desired = [...same.map((id) => wanted(id)), wanted('z-new')];
  const { steps, pages } = pageOfSteps(viewOf(plan(desired, targetOf(same.map((id) => present(id))))), 1);
  expect(steps[0]).toMatchObject({ component_id: 'z-new', action: 'add' });
  expect(steps).toHaveLength(PAGE_SIZE);
  expect(pages).toBe(2);
});

it('a note is shown whole, however long, and what no longer fits is counted', () => {
  const long = `"a": another host will refuse its grant to read "/${'d'.repeat(20_000)}"`;
  expect(wholeNotes([long, 'second'])).toEqual([long, '… and 1 more']);
  expect(wholeNotes(Array<string>(12).fill('short'))).toEqual([
    ...Array<string>(10).fill('short'),
    '… and 2 more',
  ]);
  expect(wholeNotes(['a\u001b[2Jb'])).toEqual(['a\\u{1b}[2Jb']);
});
