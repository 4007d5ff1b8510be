// Vectors that are too big to write down, in small pieces and byte by byte: millions of them.
import { describe, expect, it } from 'vitest';
import { bytesOf, openChunks, outcomeOf, randomChunks, singleBytes, vectors } from './fixtures/vectors.ts';

describe('large test vectors in the smallest pieces', () => {
  for (const vector of vectors.values()) {
    if (!('make' in vector)) continue;
    it(`${vector.clause} ${vector.name}: ${vector.comment}`, async () => {
      const bytes = bytesOf(vector);
      const whole = await outcomeOf(openChunks([bytes]));
      expect(whole.result).toBe(vector.expect);
      expect(await outcomeOf(openChunks(randomChunks(bytes, 64)))).toEqual(whole);
      expect(await outcomeOf(openChunks(singleBytes(bytes)))).toEqual(whole);
    });
  }
});
