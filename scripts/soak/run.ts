// Many writers and a pruner for long: `npm run soak [-- files|s3|azblob|gs ...] [WRITERSxSNAPSHOTS]`. Prints a line for each space;
// fails where a snapshot was lost.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { FileDriver } from '../../src/places/oci/drivers/file.ts';
import type { ObjectDriver } from '../../src/places/oci/object-driver.ts';
import type { BucketServer } from '../../test/fixtures/servers/buckets/bucket-server.ts';
import { BUCKET_SERVERS } from '../../test/fixtures/servers/buckets/bucket-servers.ts';
import { driverOver } from '../../test/places/oci/drivers/opening.ts';
import { conditionalRaces, race } from '../../test/places/oci/racing.ts';

const SIZED = /^(\d+)x(\d+)$/;
const [, writers = '32', snapshots = '30'] =
  SIZED.exec(process.argv.find((each) => SIZED.test(each)) ?? '') ?? [];
const SIZE = { writers: Number(writers), snapshots: Number(snapshots) };
const RACES = 1_000;

async function soak(
  name: string,
  open: (space: string) => Promise<(now?: () => number) => ObjectDriver>,
): Promise<void> {
  const result = await race(await open('soak-writers'), SIZE);
  const problems = [...result.problems, ...(await conditionalRaces(await open('soak-races'), RACES))];
  console.log(JSON.stringify({ name, ...SIZE, races: RACES, ...result, problems }));
  if (problems.length > 0) process.exitCode = 1;
}

async function soakServer(server: BucketServer, name: string): Promise<void> {
  Object.assign(process.env, server.env);
  try {
    await soak(name, async (space) => {
      const bucket = await server.makeBucket(space);
      return (now) => driverOver(server, bucket, now === undefined ? {} : { now });
    });
  } finally {
    await server.stop();
  }
}

const chosen = process.argv.slice(2).filter((each) => !SIZED.test(each));
const isChosen = (name: string) => chosen.length === 0 || chosen.includes(name);

if (isChosen('files')) {
  const root = await mkdtemp(path.join(tmpdir(), 'soak-'));
  await soak('files', async (space) => () => new FileDriver(path.join(root, space)));
  await rm(root, { recursive: true, force: true });
}
for (const { name, service, start } of BUCKET_SERVERS)
  if (isChosen(service)) await soakServer(await start(), name);
