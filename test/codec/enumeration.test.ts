import { expect, it } from 'vitest';
import { counted, fewOf } from '../../src/codec/enumeration.ts';

it('an enumeration of many things names the first, and says how many there are besides', () => {
  expect([fewOf([]), fewOf(['a', 'b']), fewOf(['a', 'b', 'c'], 2)]).toEqual([
    'none',
    'a, b',
    'a, b, and 1 more',
  ]);
  expect(fewOf(Array.from({ length: 12 }, () => 'x'))).toBe(`${'x, '.repeat(10)}and 2 more`);
});

it('an enumeration of one thing is not in the plural', () => {
  expect([0, 1, 2].map((count) => counted(count, 'blob'))).toEqual(['0 blobs', '1 blob', '2 blobs']);
});
