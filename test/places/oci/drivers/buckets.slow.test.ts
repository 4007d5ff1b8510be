import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { serverForAll } from '../../../fixtures/servers/buckets/bucket-server.ts';
import { BUCKET_SERVERS } from '../../../fixtures/servers/buckets/bucket-servers.ts';
import { chunksOf, collect } from '../../sample-snapshot.ts';
import { testConditionalRaces } from './conditional-races.ts';
import { testObjectDriver } from './contract.ts';
import { driverOver } from './opening.ts';

/** Two of them date objects by the second. */
const TICK_MS = 1_500;
const MEGABYTE = 1024 * 1024;

describe.each(BUCKET_SERVERS)('for $name', ({ name, start }) => {
  const server = serverForAll(start);
  let made = 0;
  const fresh = () => server().makeBucket(`objects-${++made}`);

  testObjectDriver(
    `the driver of ${name}`,
    async () => {
      const bucket = await fresh();
      return { driver: driverOver(server(), bucket), leftovers: () => server().unfinished(bucket) };
    },
    TICK_MS,
  );

  testConditionalRaces(`the driver of ${name}`, async () => {
    const bucket = await fresh();
    return () => driverOver(server(), bucket);
  });

  it('an object of many parts is whole, and one whose bytes fail in the middle leaves nothing', async () => {
    const bucket = await fresh();
    const driver = driverOver(server(), bucket);
    const bytes = randomBytes(30 * MEGABYTE + 7);
    await driver.put('large', chunksOf(bytes));
    expect((await collect((await driver.get('large'))!.bytes)).equals(bytes)).toBe(true);
    expect(await driver.put('large', chunksOf(bytes), { ifAbsent: true })).toBeNull();
    const broken = async function* () {
      yield bytes;
      throw new RangeError('the source broke');
    };
    await expect(driver.put('other', broken())).rejects.toThrow(new RangeError('the source broke'));
    expect(await driver.head('other')).toBeNull();
    expect(await server().unfinished(bucket)).toEqual([]);
  });

  it('an object of many parts is given up when the signal says so', async () => {
    const bucket = await fresh();
    const stop = new AbortController();
    const driver = driverOver(server(), bucket, { signal: stop.signal });
    const stopping = async function* () {
      yield randomBytes(20 * MEGABYTE);
      stop.abort(new RangeError('enough'));
      yield randomBytes(20 * MEGABYTE);
    };
    await expect(driver.put('large', stopping())).rejects.toThrow(new RangeError('enough'));
    expect(await driverOver(server(), bucket).head('large')).toBeNull();
    expect(await server().unfinished(bucket)).toEqual([]);
  });

  it('what was used within the hour is young, and left as it is', async () => {
    const driver = driverOver(server(), await fresh(), { now: Date.now });
    await driver.put('k', chunksOf('x'));
    const head = (await driver.head('k'))!;
    expect(await driver.renew('k', head)).toBe('young');
    expect(await driver.head('k')).toEqual(head);
  });
});
