// Many writers and a pruner in one space. What was there before is old, unnamed and shared by what is written.
import { setTimeout as delay } from 'node:timers/promises';
import { verifyBlobs } from '../../../src/disk/blobs/blobs.ts';
import { OciLayout } from '../../../src/places/oci/layout.ts';
import type { ObjectDriver } from '../../../src/places/oci/object-driver.ts';
import { chunksOf, collect, sampleSnapshot } from '../sample-snapshot.ts';
import { DAY_MS } from './memory-layout.ts';

const HOUR_MS = 60 * 60 * 1000;
const SHARED = Array.from({ length: 12 }, (_, i) => `shared-${i}`);
const UNUSED = ['unused-1', 'unused-2', 'unused-3'];

export interface RaceSize {
  writers: number;
  /** Of each writer. */
  snapshots: number;
}

export interface RaceResult {
  /** What went wrong; empty when all snapshots are there and whole. */
  problems: string[];
  prunings: number;
  removedBlobs: number;
  seconds: number;
}

/** @param openAt gives another driver over the same space each time, with this clock where it goes by one */
export async function race(
  openAt: (now: () => number) => ObjectDriver,
  { writers, snapshots }: RaceSize,
): Promise<RaceResult> {
  const begun = Date.now();
  const seededMs = await seed(openAt(Date.now));
  const now = seededMs + 1 + DAY_MS;
  // What was there before is too old to be shared without being renewed; what is written now is not.
  const open = () => openAt(() => seededMs + HOUR_MS);
  const pruner = new OciLayout(open());
  let isDone = false;
  let prunings = 0;
  let removedBlobs = 0;
  const pruning = (async () => {
    while (!isDone) {
      removedBlobs += (await pruner.prune({ now })).removedBlobs;
      prunings++;
      await delay(500 * Math.random());
    }
  })();
  const writing = Array.from({ length: writers }, (_, writer) => writeAll(open(), writer, snapshots));
  const written = await Promise.allSettled([
    ...writing,
    Promise.allSettled(writing).finally(() => {
      isDone = true;
    }),
    pruning,
  ]);
  const problems = written.flatMap((each) => (each.status === 'rejected' ? [String(each.reason)] : []));
  removedBlobs += (await pruner.prune({ now })).removedBlobs;
  problems.push(...(await missingIn(open(), { writers, snapshots })));
  return { problems, prunings, removedBlobs, seconds: (Date.now() - begun) / 1_000 };
}

/** Writes what is to be old, and waits until the space's clock has ticked. Returns when that was, by this clock. */
async function seed(driver: ObjectDriver): Promise<number> {
  const layout = new OciLayout(driver);
  for (const ids of [SHARED, UNUSED, ['last']]) {
    const { content, blobs } = sampleSnapshot(ids);
    await layout.write(content, blobs, { name: 'old' });
  }
  await layout.remove('old');
  let seededMs = 0;
  for await (const { head } of driver.list('')) seededMs = Math.max(seededMs, head.modifiedMs);
  for (;;) {
    await driver.put('tick', chunksOf(String(Math.random())));
    if ((await driver.head('tick'))!.modifiedMs > seededMs) return seededMs;
    await delay(50);
  }
}

async function writeAll(driver: ObjectDriver, writer: number, snapshots: number): Promise<void> {
  const layout = new OciLayout(driver);
  for (let i = 0; i < snapshots; i++) {
    const { content, blobs } = sampleSnapshot(idsOf(writer, i));
    await layout.write(content, blobs, { name: nameOf(writer, i) });
  }
}

/** One of its own, and three that others have, too. */
function idsOf(writer: number, i: number): string[] {
  const shared = [writer, writer * 3 + i, i * 5 + 1].map((n) => SHARED[n % SHARED.length]!);
  return [...new Set([`own-${writer}-${i}`, ...shared])];
}

function nameOf(writer: number, i: number): string {
  return `w${writer}-${i}`;
}

async function missingIn(driver: ObjectDriver, { writers, snapshots }: RaceSize): Promise<string[]> {
  const layout = new OciLayout(driver);
  const problems: string[] = [];
  for (let writer = 0; writer < writers; writer++) {
    for (let i = 0; i < snapshots; i++) {
      const name = nameOf(writer, i);
      const whole = async () => {
        const { content, blobs } = await layout.open(name);
        if (content.digest !== sampleSnapshot(idsOf(writer, i)).content.digest)
          problems.push(`${name}: other`);
        await verifyBlobs(
          blobs,
          content.tree.components.map(({ artifact }) => artifact),
        );
      };
      await whole().catch((error: unknown) => problems.push(`${name}: ${error}`));
    }
  }
  const left = (await layout.list()).filter(({ names }) => names.length === 0);
  if (left.length > 0) problems.push(`${left.length} old snapshots are left`);
  const unused = sampleSnapshot(UNUSED).document.components;
  for (const { artifact } of unused)
    if (await layout.blobs.find(artifact.sha256)) problems.push(`${artifact.sha256} was not removed`);
  return problems;
}

const RACERS = 6;

/** Many writers of one object, under a condition that at most one of them can meet. Returns what went wrong. */
export async function conditionalRaces(open: () => ObjectDriver, races: number): Promise<string[]> {
  const racers = Array.from({ length: RACERS }, open);
  const problems: string[] = [];
  for (let i = 0; i < races; i++) {
    // Every second race is for replacing what the one before has made.
    const key = `race-${Math.floor(i / 2)}`;
    const before = i % 2 === 0 ? null : (await racers[0]!.head(key))!.etag;
    const condition = before === null ? { ifAbsent: true } : { ifMatch: before };
    const results = await Promise.all(
      racers.map((racer, n) => racer.put(key, chunksOf(`${i} ${n}`), condition)),
    );
    const winners = results.flatMap((etag, n) => (etag === null ? [] : [n]));
    const { etag, bytes } = (await racers[0]!.get(key))!;
    const found = (await collect(bytes)).toString();
    if (winners.length > 1) problems.push(`race ${i} has ${winners.length} winners`);
    // A service may tell each that it lost, and have one of them all the same.
    const [winner] = winners;
    if (winner !== undefined && (found !== `${i} ${winner}` || etag !== results[winner]))
      problems.push(`race ${i} was won by ${winner}, and there is "${found}"`);
  }
  return problems;
}
