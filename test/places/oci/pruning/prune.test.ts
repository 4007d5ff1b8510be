import { beforeEach, describe, expect, it } from 'vitest';
import { copyAllVerified } from '../../../../src/disk/blobs/blob.ts';
import { failing } from '../../../fixtures/failing.ts';
import { chunksOf, recordingSinks, sourceOfBytes } from '../../sample-snapshot.ts';
import { blobKeyOf, DAY_MS, MemoryLayout } from '../memory-layout.ts';

let store: MemoryLayout;
beforeEach(() => {
  store = new MemoryLayout();
});

describe('pruning', () => {
  const prune = (blobs: string[] = [], dryRun = false) =>
    store.layout.prune({ keep: { blobs: new Set(blobs) }, now: store.now, dryRun });

  it('removes an unnamed snapshot after a day, with the blobs only it needs', async () => {
    const old = await store.write(['a', 'shared']);
    const named = await store.write(['b', 'shared'], { name: 'daily' });
    const before = (await store.keys()).length;
    store.now += DAY_MS + 1;
    const result = await prune();
    expect(result).toMatchObject({
      removedSnapshots: [old.digest],
      removedBlobs: 3,
      kept: { snapshots: 1, blobs: 4 },
    });
    expect(result.freedBytes).toBeGreaterThan(0);
    expect((await store.keys()).length).toBe(before - 3);
    expect((await store.layout.list()).map(({ digest }) => digest)).toEqual([named.digest]);
    const { delivered, sinkFor } = recordingSinks();
    const opened = await store.layout.open('daily');
    await copyAllVerified(
      opened.content.tree.components.map(({ artifact }) => artifact),
      opened.blobs,
      sinkFor,
    );
    expect(delivered.size).toBe(2);
  });

  it('removes nothing that was written within a day', async () => {
    await store.write(['a']);
    await store.layout.putBlobs([sourceOfBytes(Buffer.from('loose'))]);
    store.now += DAY_MS;
    expect(await prune()).toMatchObject({ removedSnapshots: [], removedBlobs: 0, freedBytes: 0 });
    store.now += 1;
    expect(await prune()).toMatchObject({ removedBlobs: 4 });
    expect(await store.keys()).toEqual(['index.json', 'oci-layout']);
  });

  it('keeps the last snapshots that were written, whether or not they have a name', async () => {
    const written = [];
    for (const id of ['a', 'b', 'c', 'd']) written.push((await store.write([id])).digest);
    await store.write(['b'], { name: 'daily' }); // used again: the last one now
    store.now += DAY_MS + 1;
    const pruning = { now: store.now, keepLast: 2 };
    const foreseen = await store.layout.prune({ ...pruning, dryRun: true });
    expect(foreseen.removedSnapshots.toSorted()).toEqual([written[0]!, written[2]!].toSorted());
    expect(await store.layout.prune(pruning)).toEqual(foreseen);
    const left = (await store.layout.list()).map(({ digest }) => digest);
    expect(left.toSorted()).toEqual([written[1]!, written[3]!].toSorted());
  });

  it('counts being used again as young', async () => {
    await store.write(['a']);
    const loose = sourceOfBytes(Buffer.from('loose'));
    await store.layout.putBlobs([loose]);
    store.now += 2 * DAY_MS;
    await store.write(['a'], { createdAt: 5 });
    await store.layout.putBlobs([loose]);
    expect(await prune()).toMatchObject({ removedSnapshots: [], removedBlobs: 0 });
  });

  it('counts a blob as young that a new snapshot shares with an old one', async () => {
    await store.write(['a', 'shared']);
    store.now += 2 * DAY_MS;
    const next = await store.write(['b', 'shared']);
    expect(await prune()).toMatchObject({ removedBlobs: 3 });
    expect((await store.layout.open(next.digest)).content.digest).toBe(next.digest);
    expect(await store.layout.blobs.has(next.document.components[1]!.artifact)).toBe(true);
  });

  it('keeps what undo records need', async () => {
    const needed = sourceOfBytes(Buffer.from('the policy before'));
    await store.layout.putBlobs([needed, sourceOfBytes(Buffer.from('nobody needs this'))]);
    store.now += 2 * DAY_MS;
    expect(await prune([needed.sha256])).toMatchObject({ removedBlobs: 1, kept: { blobs: 1 } });
    expect(await store.layout.blobs.has(needed)).toBe(true);
  });

  it('keeps a snapshot that has a name beside an entry without one', async () => {
    await store.write(['a'], { name: 'daily' });
    const both = await store.index();
    const { 'org.opencontainers.image.ref.name': _, ...unnamed } = both.manifests[0]!.annotations;
    both.manifests.push({ ...both.manifests[0]!, annotations: unnamed });
    await store.driver.put('index.json', chunksOf(JSON.stringify(both)));
    store.now += 2 * DAY_MS;
    expect(await prune()).toMatchObject({ removedSnapshots: [], removedBlobs: 0, kept: { snapshots: 1 } });
  });

  it('says what it would do and changes nothing when only asked', async () => {
    const { digest } = await store.write(['a']);
    store.now += 2 * DAY_MS;
    const before = await store.keys();
    const asked = await prune([], true);
    expect(asked).toMatchObject({ removedSnapshots: [digest], removedBlobs: 3 });
    expect(await store.keys()).toEqual(before);
    expect(await prune()).toEqual(asked);
  });

  it('drops an unnamed entry whose manifest is gone', async () => {
    const { digest } = await store.write(['a']);
    await store.driver.delete(blobKeyOf((await store.index()).manifests[0]!.digest));
    expect(await prune()).toMatchObject({ removedSnapshots: [digest], removedBlobs: 0 });
    expect(await store.layout.list()).toEqual([]);
  });

  it('removes nothing when it cannot tell what a named snapshot needs', async () => {
    await store.write(['a'], { name: 'daily' });
    await store.write(['b']);
    await store.driver.delete(blobKeyOf((await store.index()).manifests[0]!.digest));
    store.now += 2 * DAY_MS;
    const before = await store.keys();
    await expect(prune()).rejects.toThrow(failing('VERIFY_PART_MISSING'));
    expect(await store.keys()).toEqual(before);
  });

  it('does nothing where there is no store', async () => {
    expect(await prune()).toEqual({
      removedSnapshots: [],
      removedBlobs: 0,
      keptSnapshots: [],
      freedBytes: 0,
      kept: { snapshots: 0, blobs: 0 },
    });
    expect(await store.keys()).toEqual([]);
  });
});
