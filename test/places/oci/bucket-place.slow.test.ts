import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { copyAllVerified } from '../../../src/disk/blobs/blob.ts';
import {
  exportStateTo,
  importState,
  openSnapshot,
  planImportState,
  snapshotHistory,
} from '../../../src/index.ts';
import { BucketPlace, openBucket } from '../../../src/places/oci/bucket-place.ts';
import { type BucketReference, parseBucketReference } from '../../../src/places/references/bucket.ts';
import { checkSignatures } from '../../../src/snapshot/signatures/verification.ts';
import { failing } from '../../fixtures/failing.ts';
import { makeHost } from '../../fixtures/host.ts';
import { serverForAll } from '../../fixtures/servers/buckets/bucket-server.ts';
import { BUCKET_SERVERS } from '../../fixtures/servers/buckets/bucket-servers.ts';
import { testKey } from '../../fixtures/signing.ts';
import { recordingSinks, sampleSnapshot } from '../sample-snapshot.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const NOTHING = { blobs: new Set<string>() };

describe.each(BUCKET_SERVERS)('a snapshot in a bucket of $name', ({ start }) => {
  const server = serverForAll(start);
  let made = 0;

  /** A reference into a bucket of its own. */
  async function fresh(rest = '/team/tools'): Promise<BucketReference> {
    const bucket = await server().makeBucket(`place-${++made}`);
    return at(`${bucket}${rest}`);
  }
  const at = (rest: string) => parseBucketReference(server().service, `${server().service}://${rest}`);
  const write = (reference: BucketReference, ids: string[], createdAt?: number) => {
    const { content, blobs } = sampleSnapshot(ids, createdAt === undefined ? {} : { createdAt });
    return new BucketPlace(reference).write(content, blobs, {});
  };

  it('is opened again by what writing it gave, also when another has its name since', async () => {
    const reference = await fresh();
    const first = await write(reference, ['a', 'b']);
    const second = await write(reference, ['b', 'c']);
    expect(first.reference).toBe(`${reference.text}@${first.digest}`);
    expect((await new BucketPlace(reference).open({})).content.digest).toBe(second.digest);
    const pinned = parseBucketReference(reference.service, first.reference);
    const opened = await new BucketPlace(pinned).open({});
    expect(opened.content.digest).toBe(first.digest);
    const { delivered, sinkFor } = recordingSinks();
    const wanted = opened.content.tree.components.map(({ artifact }) => artifact);
    await copyAllVerified(wanted, opened.blobs, sinkFor);
    expect([...delivered.keys()].sort()).toEqual(wanted.map(({ sha256 }) => sha256).sort());
  });

  it('has the name of its reference, beside others below the same prefix', async () => {
    const reference = await fresh('/team/tools:nightly');
    const { digest } = await write(reference, ['a']);
    await write(at(`${reference.bucket}/team/tools`), ['b']);
    await write(at(`${reference.bucket}/other`), ['c']);
    const layout = await openBucket(reference);
    expect((await layout.list()).flatMap(({ names }) => names).sort()).toEqual(['latest', 'nightly']);
    expect((await new BucketPlace(reference).open({})).content.digest).toBe(digest);
  });

  it('says what had its name before, which is found there without a name', async () => {
    const { text } = await fresh('/team/tools:nightly');
    const host = makeHost();
    host.install('a');
    const first = await exportStateTo({ file: text }, host.locations);
    host.install('b');
    const second = await exportStateTo({ file: text }, host.locations);
    const { stateDir } = makeHost().locations;
    const { snapshots, missing } = await snapshotHistory(text, { stateDir });
    expect(snapshots.map(({ digest }) => digest)).toEqual([second.digest, first.digest]);
    expect(snapshots[0]?.components).toMatchObject([{ component_id: 'b', action: 'added' }]);
    expect(missing).toEqual([]);
  });

  it('is left alone when it says the same', async () => {
    const reference = await fresh();
    const first = await write(reference, ['a']);
    const again = await write(reference, ['a'], 5);
    expect(again).toMatchObject({ digest: first.digest, changed: false });
  });

  it('is sent without what is there already', async () => {
    const reference = await fresh();
    await write(reference, ['a', 'b']);
    const { transfer } = await write(reference, ['a', 'b', 'c']);
    expect(transfer).toMatchObject({ sent: { blobs: 1 }, shared: { blobs: 2 } });
  });

  it('carries signatures', async () => {
    const reference = await fresh();
    await write(reference, ['a']);
    await new BucketPlace(reference).sign({ signers: [{ key: testKey('p256') }] });
    const { signatures, content } = await new BucketPlace(reference).open({});
    expect(checkSignatures(signatures, content, []).map(({ signer }) => signer!.kind)).toEqual([
      'p256',
      'p256',
    ]);
  });

  it('is removed by its name, and its bytes are when they are pruned', async () => {
    const reference = await fresh();
    const { digest } = await write(reference, ['a', 'b']);
    const kept = await write(at(`${reference.bucket}/team/tools:kept`), ['b']);
    const layout = await openBucket(reference);
    expect(await layout.remove('latest')).toEqual({ digest, stillNamed: [] });
    expect(await layout.prune({ keep: NOTHING, now: Date.now() })).toMatchObject({ removedBlobs: 0 });
    const later = { keep: NOTHING, now: Date.now() + DAY_MS + 5_000 };
    const foreseen = await layout.prune({ ...later, dryRun: true });
    expect(foreseen).toMatchObject({ removedBlobs: 3, kept: { snapshots: 1, blobs: 3 } });
    expect(await layout.prune(later)).toEqual(foreseen);
    expect((await layout.list()).map((each) => each.digest)).toEqual([kept.digest]);
    expect(await layout.prune(later)).toMatchObject({ removedBlobs: 0 });
    expect((await layout.open('kept')).content.digest).toBe(kept.digest);
  });

  it('is handed from one host to another', async () => {
    const reference = (await fresh()).text;
    const [here, there] = [makeHost(), makeHost()];
    here.install('probe', { code: 'probe' });
    here.install('large', { code: 'x'.repeat(200) });
    const { digest } = await exportStateTo({ file: reference }, here.locations);
    const snapshot = await openSnapshot(reference, there.locations);
    expect(snapshot.digest).toBe(digest);
    const plan = await planImportState(snapshot, there.locations);
    const approval = {
      approve: plan.digest,
      accept: plan.sentences.map(({ text }) => text),
      nonce: plan.nonce,
    };
    await importState(snapshot, { ...there.locations, approval });
    expect(there.files()['probe.wasm']).toEqual(here.files()['probe.wasm']);
    expect(there.files()['large.wasm']).toEqual(here.files()['large.wasm']);
  });

  it('keeps what is larger than a part whole', async () => {
    const reference = await fresh();
    const bytes = randomBytes(20 * 1024 * 1024 + 1);
    const { content, blobs } = sampleSnapshot(['large'], { code: () => bytes });
    const { digest } = await new BucketPlace(reference).write(content, blobs, {});
    const opened = await new BucketPlace(reference).open({});
    expect(opened.content.digest).toBe(digest);
    const { delivered, sinkFor } = recordingSinks();
    const [{ artifact }] = opened.content.tree.components as [(typeof opened.content.tree.components)[0]];
    await copyAllVerified([artifact], opened.blobs, sinkFor);
    expect(delivered.get(artifact.sha256)!.equals(bytes)).toBe(true);
    expect(await server().unfinished(reference.bucket)).toEqual([]);
  });

  it('is not found in a bucket that is empty, and the bucket is not found when it is not there', async () => {
    const reference = await fresh();
    await expect(new BucketPlace(reference).open({})).rejects.toThrow(failing('STORE_NOT_FOUND'));
    const missing = at(reference.bucket.replace(/[^/]*$/, 'never-made'));
    for (const use of [() => new BucketPlace(missing).open({}), () => write(missing, ['a'])])
      await expect(use()).rejects.toThrow(/there is no such (bucket|container)$/);
  });

  it('stops at once when it is told to', async () => {
    const reference = await fresh();
    const stop = new AbortController();
    const { content } = sampleSnapshot(['a']);
    const blobs = {
      has: async () => true,
      source: (blob: { sha256: string; size: number }) => ({
        ...blob,
        async *open() {
          stop.abort(new RangeError('enough'));
          yield Buffer.alloc(1);
        },
      }),
    };
    const writing = new BucketPlace(reference).write(content, blobs, { signal: stop.signal });
    await expect(writing).rejects.toThrow(new RangeError('enough'));
    await expect(new BucketPlace(reference).open({ signal: stop.signal })).rejects.toThrow(RangeError);
    await expect(new BucketPlace(reference).open({})).rejects.toThrow(failing('STORE_NOT_FOUND'));
  });
});
