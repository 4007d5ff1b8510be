import { describe, expect, it } from 'vitest';
import { chunksOf } from '../sample-snapshot.ts';
import { MemoryDriver } from './memory-driver.ts';
import { testObjectDriver } from './object-driver-contract.ts';

testObjectDriver('the memory driver', async () => ({
  driver: new MemoryDriver(),
  leftovers: async () => [],
}));

describe('the memory driver', () => {
  it('dates objects by the clock it was given', async () => {
    let now = 1000;
    const driver = new MemoryDriver(() => now);
    expect(await driver.put('k', chunksOf('x'))).toMatchObject({ modifiedMs: 1000 });
    now = 2000;
    await driver.touch('k');
    expect(await driver.head('k')).toMatchObject({ modifiedMs: 2000 });
  });
});
