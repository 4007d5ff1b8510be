import { describe, expect, it } from 'vitest';
import { assertComponentId, byId, findIdClash, secretProjection } from '../../src/snapshot/component-id.ts';
import { failing } from '../fixtures/failing.ts';

describe('a component id (F-3.2)', () => {
  it.each([
    'a',
    '0',
    'My.Tool',
    'owner_tool',
    'a-b_c.d',
    'a'.repeat(128),
    'console',
    'nulled',
    'com',
    'com10',
    'x.con',
    'con_x',
    '_a',
    'a b',
    'ba_tool@1.2.0',
    'tool@1.2.0+b5',
    'a @+b',
  ])('may be %j', (id) => {
    expect(() => assertComponentId(id, 'here')).not.toThrow();
  });

  it.each([
    ['', 'nothing'],
    ['a/b', 'a slash'],
    ['/a', 'an absolute path'],
    ['a\\b', 'a backslash'],
    ['.', 'a dot'],
    ['..', 'two dots'],
    ['../a', 'a path to the parent'],
    ['a\0b', 'NUL'],
    ['.hidden', 'a leading dot'],
    [' a', 'a leading space'],
    ['@a', 'a leading @'],
    ['+a', 'a leading plus sign'],
    ['-a', 'a leading dash'],
    ['a.', 'a trailing dot'],
    ['a'.repeat(129), '129 characters'],
    ['a'.repeat(200), '200 characters'],
    ['a ', 'a trailing space'],
    ['a\u00a0b', 'a no-break space'],
    ['a\tb', 'a tab'],
    ['a:b', 'a colon, which opens a stream on Windows'],
    ['a\n', 'a line break at the end'],
    ['caf\u00e9', 'a composed letter'],
    ['cafe\u0301', 'a decomposed letter'],
    ['\uff41', 'a full-width letter'],
    ['a\u202e', 'a bidi override'],
    ['\ud83d', 'half a surrogate pair'],
    ['CON', 'a device'],
    ['con', 'a device in lower case'],
    ['Nul.txt', 'a device with an extension'],
    ['aux', 'a device'],
    ['prn.a.b', 'a device with two extensions'],
    ['con .x', 'a device with a space, which Windows reads over'],
    ['COM1', 'a port'],
    ['lpt9', 'a printer'],
  ])('may not be %j: %s', (id) => {
    expect(() => assertComponentId(id, 'here')).toThrow(failing('FORMAT_INVALID_ID'));
  });

  it('that is bad is shown in ASCII on one line only', () => {
    const bad = `x\u202e\n\x1b[2J${'y'.repeat(500)}`;
    try {
      assertComponentId(bad, 'components[3]');
      expect.unreachable();
    } catch (error) {
      const { message } = error as Error;
      expect(message).toContain('components[3]');
      expect(message).toMatch(/^[\x20-\x7e]+$/);
      expect(message.length).toBeLessThan(400);
    }
  });
});

describe('the secrets file of an id (F-3.3)', () => {
  it.each([
    ['probe', 'probe'],
    ['a_b', 'a_b'],
    ['a__b', 'a_b'],
    ['a_', 'a'],
    ['__a', 'a'],
    ['.dot', '.dot'],
    ['\u00e9 x', 'x'],
    ['\u00e9', 'unnamed'],
    ['', 'unnamed'],
    ['a-b.c', 'a-b.c'],
    ['x'.repeat(200), 'x'.repeat(128)],
  ])('of %j is %j, as Wassette names it', (id, stem) => {
    expect(secretProjection(id)).toBe(stem);
  });
});

describe('the search for ids that clash (F-3.3)', () => {
  it('finds none among distinct ids, and none when an id repeats', () => {
    expect(findIdClash(['a', 'b', 'ab', 'a-b', 'a.b'])).toBeNull();
    expect(findIdClash(['a', 'a'])).toBeNull();
    expect(findIdClash([])).toBeNull();
  });

  it('finds two that differ only in case', () => {
    expect(findIdClash(['x', 'Probe', 'probe'])).toEqual({ first: 'Probe', second: 'probe', reason: 'case' });
  });

  it('finds two that share one secrets file', () => {
    expect(findIdClash(['a_b', 'a__b'])).toEqual({ first: 'a_b', second: 'a__b', reason: 'secrets' });
    expect(findIdClash(['a', 'a_'])).toEqual({ first: 'a', second: 'a_', reason: 'secrets' });
    expect(findIdClash(['_a', 'a'])).toEqual({ first: '_a', second: 'a', reason: 'secrets' });
    expect(findIdClash(['a b', 'a@b'])).toEqual({ first: 'a b', second: 'a@b', reason: 'secrets' });
  });

  it('finds two whose secrets files differ only in case', () => {
    expect(findIdClash(['A_b', 'a__B'])).toEqual({ first: 'A_b', second: 'a__B', reason: 'secrets' });
  });
});

it('component ids are sorted in code-unit order, upper case first (F-3.1)', () => {
  const ids = ['b', 'a', 'B', 'a.b', 'a-b', '1'].map((component_id) => ({ component_id }));
  expect(ids.sort(byId).map((c) => c.component_id)).toEqual(['1', 'B', 'a', 'a-b', 'a.b', 'b']);
});
