import { describe, expect, it } from 'vitest';
import { chunksOf } from '../../sample-snapshot.ts';
import { testObjectDriver } from './contract.ts';
import { MemoryDriver } from './memory.ts';

testObjectDriver('the memory driver', async () => ({
  driver: new MemoryDriver(),
  leftovers: async () => [],
}));

describe('the memory driver', () => {
  it('dates objects by the clock it was given', async () => {
    let now = 1000;
    const driver = new MemoryDriver(() => now);
    await driver.put('k', chunksOf('x'));
    expect(await driver.head('k')).toMatchObject({ modifiedMs: 1000 });
    now = 2000;
    await driver.renew('k');
    expect(await driver.head('k')).toMatchObject({ modifiedMs: 2000 });
  });
});
