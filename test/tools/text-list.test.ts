import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asPairs, listIn, pairsIn, splitPair } from '../../tools/text-list.ts';

describe('a list as one text', () => {
  it.each([
    ['a,b', ['a', 'b']],
    ['a', ['a']],
    [' a , b ,', ['a', 'b']],
    ['my tool,b', ['my tool', 'b']],
    ['["a","b c"]', ['a', 'b c']],
    [' [ "a,b" ] ', ['a,b']],
    ['', []],
    [' , ,', []],
    ['[]', []],
    ['[a,b]', null],
    ['["a"', null],
    ['["a",1]', null],
  ])('%j is read as %j', (text, items) => expect(listIn(text)).toEqual(items));
});

describe('pairs as one text', () => {
  it.each([
    ['a=1,b=2', ['a=1', 'b=2']],
    ['a=1, b=2', ['a=1', 'b=2']],
    ['note=red, green and blue', ['note=red, green and blue']],
    ['a=https://host/?x=1&y=2', ['a=https://host/?x=1&y=2']],
    ['a=fs:///srv,b=fs:///tmp', ['a=fs:///srv', 'b=fs:///tmp']],
    ['["note=a,b=c"]', ['note=a,b=c']],
    ['a=', ['a=']],
    ['', []],
    ['a', null],
    ['=a', null],
    ['a=1,=2', ['a=1,=2']],
    ['["a=1","b"]', null],
  ])('%j is read as %j', (text, pairs) => expect(pairsIn(text)).toEqual(pairs));

  it('any one pair can be written so that it is read as that pair', () => {
    const pair = fc.tuple(fc.stringMatching(/^[a-z][\w@+.-]*$/), fc.string()).map(([k, v]) => `${k}=${v}`);
    fc.assert(
      fc.property(pair, (one) => {
        expect(pairsIn(asPairs([one]))).toEqual([one.trim()]);
      }),
    );
  });

  it('a value may hold more of =', () => expect(splitPair('a=b=c')).toEqual(['a', 'b=c']));
});
