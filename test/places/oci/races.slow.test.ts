import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { FileDriver } from '../../../src/places/oci/drivers/file.ts';
import { serverForAll } from '../../fixtures/servers/buckets/bucket-server.ts';
import { BUCKET_SERVERS } from '../../fixtures/servers/buckets/bucket-servers.ts';
import { testConditionalRaces } from './drivers/conditional-races.ts';
import { driverOver } from './drivers/opening.ts';
import { type RaceResult, race } from './racing.ts';

const SIZE = { writers: 16, snapshots: 5 };

function expectNoLoss(result: RaceResult): void {
  console.log(JSON.stringify(result));
  expect(result.problems).toEqual([]);
  expect(result.prunings).toBeGreaterThan(0);
  expect(result.removedBlobs).toBeGreaterThan(0);
}

describe('16 writers of 5 snapshots and a pruner lose nothing', () => {
  it('in a layout of files', async () => {
    const root = await freshRoot();
    expectNoLoss(await race(() => new FileDriver(root), SIZE));
  });

  describe.each(BUCKET_SERVERS)('in a bucket of $name', ({ start }) => {
    const server = serverForAll(start);

    it('where nobody can be locked out', async () => {
      const bucket = await server().makeBucket('races');
      expectNoLoss(await race((now) => driverOver(server(), bucket, { now }), SIZE));
    });
  });
});

testConditionalRaces('the file driver', async () => {
  const root = await freshRoot();
  return () => new FileDriver(root);
});

async function freshRoot(): Promise<string> {
  const root = await mkdtemp(path.join(tmpdir(), 'races-'));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  return root;
}
