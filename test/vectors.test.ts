// Every vector is fed to the reader whole, in random pieces and byte by byte: the outcome must be the same. Those that are
// too big to write down are read byte by byte in vectors.slow.test.ts.
import { describe, expect, it } from 'vitest';
import { openJsonText } from '../src/places/json/reader.ts';
import { bytesOf, openChunks, outcomeOf, randomChunks, singleBytes, vectors } from './fixtures/vectors.ts';

describe('test vectors', () => {
  it('are many, and each has the name of its file', () => {
    expect([...vectors.values()].map(({ name }) => `${name}.json`)).toEqual([...vectors.keys()]);
    expect(vectors.size).toBeGreaterThan(140);
  });

  for (const vector of vectors.values()) {
    it(`${vector.clause} ${vector.name}: ${vector.comment}`, async () => {
      const bytes = bytesOf(vector);
      const whole = await outcomeOf(openChunks([bytes]));
      expect(whole.result).toBe(vector.expect);
      const isMade = 'make' in vector;
      expect(await outcomeOf(openChunks(randomChunks(bytes, isMade ? 65_536 : 64)))).toEqual(whole);
      if (!isMade) expect(await outcomeOf(openChunks(singleBytes(bytes)))).toEqual(whole);
      if ('input' in vector) expect(await outcomeOf(openJsonText(bytes.toString('utf8')))).toEqual(whole);
    });
  }
});
