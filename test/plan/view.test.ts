// What everybody who decides on a plan is shown: the same words for an agent, a question and a terminal.
import { describe, expect, it } from 'vitest';
import { shownLines, viewOf } from '../../src/plan/view.ts';
import { plan, policyWith, present, targetOf, wanted } from '../fixtures/plan.ts';

const network = (host: string) => policyWith(`network: { allow: [{ host: ${host} }] }`);
const linesOf = (...args: Parameters<typeof plan>) =>
  Object.fromEntries(
    viewOf(plan(...args), ['a note on the snapshot']).sections.map(({ title, lines }) => [
      title,
      lines.map(({ mark, text }) => `${mark} ${text}`),
    ]),
  );

describe('the view of a plan', () => {
  const tighter = [
    wanted('a', { policy: policyWith() }),
    wanted('b', { policy: network('x'), tools: ['t'] }),
  ];
  const target = targetOf([
    present('a', { policy: network('old.example') }),
    present('b', { policy: network('x'), code: 'old', tools: ['t', 'gone'] }),
    present('c', { tools: ['left'], policy: policyWith() }),
  ]);

  it('has what changes, what is allowed, what is taken away, what stops, what lacks and what to know', () => {
    const desired = tighter.map((component) => ({ ...component, toolsAreRead: true }));
    const lines = linesOf(desired, target, { options: { removeExtra: true } });
    expect(lines['This changes:']).toEqual([
      '* "a" will get another policy',
      expect.stringMatching(/^~ "b" gets new code under its permissions: /),
      '- "c" will be removed',
    ]);
    expect(lines['This takes away:']).toEqual(
      expect.arrayContaining(['- "a" may no longer reach "old.example"']),
    );
    expect(lines['These tools stop working:']).toEqual(['- of "b": "gone"', '- of "c": "left"']);
    expect(lines['Good to know:']![0]).toBe('? a note on the snapshot');
  });

  it('says so where nothing more is allowed than before', () => {
    const lines = linesOf([wanted('a', { policy: policyWith() })], target);
    expect(lines['This allows on this host:']).toEqual(['= nothing that was not allowed before']);
  });

  it('is whole; a text shows the first lines, and says how many there are', () => {
    const warnings = Array.from({ length: 60 }, (_, i) => `warning ${i}`);
    const view = viewOf({ ...plan(tighter, target), warnings });
    const known = view.sections.find(({ title }) => title === 'Good to know:')!;
    expect(view.warnings).toEqual(warnings);
    expect(known.lines).toHaveLength(60);
    expect(shownLines(known)).toHaveLength(51);
    expect(shownLines(known).at(-1)).toMatchObject({ mark: '?', text: 'and 10 more' });
  });

  it('has each step as values and in words, those that change something first', () => {
    const desired = [wanted('a', { policy: network('old.example') }), ...tighter.slice(1)];
    const { steps, accept } = viewOf(plan(desired, target, { options: { removeExtra: true } }));
    expect(steps.map(({ component_id, action }) => `${component_id} ${action}`)).toEqual([
      'b replace',
      'c remove',
      'a unchanged',
    ]);
    expect(steps[0]!.gains).toMatchObject([{ kind: 'code', enforced: true }]);
    expect(steps.flatMap(({ sentences }) => sentences)).toEqual(accept);
  });

  it('says why nothing is to be done, and then nothing of an undo', () => {
    const same = [wanted('c', { policy: policyWith() })];
    expect(viewOf(plan(same, target))).toMatchObject({
      nothingToDo: 'Nothing to do: what is installed here is that state already.',
      undo: null,
    });
    expect(viewOf(plan(tighter, target))).toMatchObject({
      nothingToDo: null,
      undo: 'It can be taken back afterwards; the result says how.',
    });
  });

  it('counts in words, of what will be done and of what was', () => {
    const made = viewOf(plan(tighter, target, { options: { removeExtra: true } }));
    expect(made.willDo).toBe('1 to get other permissions, 1 to get new code, 1 to remove');
    expect(made.hasDone).toBe('1 with other permissions, 1 with new code, 1 removed');
  });
});

describe('tools that stop working', () => {
  const stopping = (...args: Parameters<typeof plan>) => plan(...args).stopping;
  const had = present('a', { code: 'old', tools: ['one', 'two'] });

  it('are none where another component goes on serving them', () => {
    const other = present('b', { tools: ['one', 'two'] });
    expect(stopping([wanted('a', { code: null })], targetOf([had, other]))).toEqual([]);
  });

  it('are not saved by a component that is left alone, whatever a snapshot says of its tools', () => {
    const desired = [wanted('a', { code: null }), wanted('b', { tools: ['one'] })];
    const target = targetOf([had, present('b')]);
    expect(stopping(desired, target, { options: { skipExisting: true } })).toEqual(['of "a": "one", "two"']);
  });

  it('are perhaps some where the tools of new code were not read', () => {
    expect(stopping([wanted('a', { code: 'new', tools: ['one', 'two'] })], targetOf([had]))).toEqual([
      'perhaps some of "a": its new code was not read, or its tools cannot be derived',
    ]);
  });

  it('are all of a removed component whose tools nobody knows', () => {
    expect(stopping([wanted('a', { code: null })], targetOf([present('a')]))).toEqual(['all of "a"']);
  });
});
