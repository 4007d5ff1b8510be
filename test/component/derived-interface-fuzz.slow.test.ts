// Many more changed and cut components than the fast test takes: no exception, and an end.
import { expect, test } from 'vitest';
import { derivedFile, LOADED, mutated } from '../fixtures/components/derived.ts';
import { componentOfText, WAT_REFUSED } from '../fixtures/components/wat-components.ts';
import { seededRandom } from '../fixtures/seeded-random.ts';

const RUNS = 300_000;

test('code whose bytes were changed or cut gives a tool list or none', async () => {
  const all = [
    ...(await Promise.all(LOADED.map(([, make]) => make()))),
    ...(await Promise.all(Object.values(WAT_REFUSED).map(([wat]) => componentOfText(wat)))),
  ];
  const random = seededRandom(466);
  let lists = 0;
  for (let run = 0; run < RUNS; run++) {
    const bytes = mutated(all[run % all.length]!, random);
    let file: Buffer | null = null;
    try {
      file = derivedFile(bytes);
    } catch (error) {
      throw new Error(`run ${run}: ${bytes.toString('hex')}`, { cause: error });
    }
    if (file !== null) lists++;
  }
  // Both happen, or nothing was tried.
  expect(lists).toBeGreaterThan(RUNS / 100);
  expect(lists).toBeLessThan(RUNS);
});
