import { expect, it } from 'vitest';
import { JsonTreeReader } from '../../../src/codec/json/tree.ts';
import { LIMITS } from '../../../src/codec/limits.ts';
import { failing } from '../../fixtures/failing.ts';

/** Reads a string whose bytes begin at every alignment, as far as a reader of four bytes at a time can tell. */
function read(text: string, padding: number): unknown {
  const reader = new JsonTreeReader({ limits: LIMITS });
  const bytes = Buffer.from(`{"k":${' '.repeat(padding)}["${text}"]}`, 'latin1');
  reader.push(new Uint8Array(bytes));
  return reader.end();
}

it('an unescaped control character is refused wherever it stands in a string, however long that is', () => {
  for (const length of [1, 5, 33, 64, 65, 66, 67, 68, 100, 131]) {
    for (let padding = 0; padding < 4; padding++) {
      expect(read('x'.repeat(length), padding)).toEqual({ k: ['x'.repeat(length)] });
      for (let at = 0; at < length; at++) {
        const text = `${'x'.repeat(at)}\u0001${'x'.repeat(length - at - 1)}`;
        expect(() => read(text, padding), `at ${at} of ${length}, padded by ${padding}`).toThrow(
          failing('FORMAT_INVALID'),
        );
      }
    }
  }
});
