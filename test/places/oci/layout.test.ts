import { beforeEach, describe, expect, it } from 'vitest';
import { sha256Digest } from '../../../src/codec/digest.ts';
import { copyAllVerified } from '../../../src/disk/blobs/blob.ts';
import { blobsOf } from '../../../src/disk/blobs/blobs.ts';
import type { Progress } from '../../../src/disk/progress.ts';
import { OciLayout } from '../../../src/places/oci/layout.ts';
import { NO_TRANSFER } from '../../../src/places/transfer.ts';
import { failing } from '../../fixtures/failing.ts';
import { amountOf, chunksOf, componentBytes, recordingSinks, sampleSnapshot } from '../sample-snapshot.ts';
import { MemoryDriver } from './drivers/memory.ts';
import { blobKeyOf, DAY_MS, MemoryLayout } from './memory-layout.ts';

let store: MemoryLayout;
beforeEach(() => {
  store = new MemoryLayout();
});

describe('writing a snapshot', () => {
  it('makes an image layout of the document, the manifest and each binary', async () => {
    const { document, content, sources, blobs } = sampleSnapshot(['a', 'b']);
    const written = await store.layout.write(content, blobs);
    expect(written).toEqual({
      signatures: [],
      codec: null,
      reference: content.digest,
      digest: content.digest,
      changed: true,
      transfer: { ...NO_TRANSFER, sent: amountOf(sources) },
      document,
    });
    expect(JSON.parse(await store.text('oci-layout'))).toEqual({ imageLayoutVersion: '1.0.0' });
    const [entry, ...others] = (await store.index()).manifests;
    expect(others).toEqual([]);
    const manifest = JSON.parse(await store.text(blobKeyOf(entry!.digest)));
    expect(manifest.config.digest).toBe(written.digest);
    expect(await store.keys()).toEqual(
      [
        'index.json',
        'oci-layout',
        ...[entry!.digest, written.digest, ...sources.map(({ sha256 }) => sha256)].map(blobKeyOf),
      ].sort(),
    );
    for (const blob of (await store.keys()).filter((k) => k.startsWith('blobs/'))) {
      expect(blobKeyOf(sha256Digest(await store.text(blob).then((t) => Buffer.from(t))))).toBe(blob);
    }
  });

  it('puts every blob before the index that names them', async () => {
    const order: string[] = [];
    const put = store.driver.put.bind(store.driver);
    store.driver.put = async (...args) => {
      const head = await put(...args);
      order.push(args[0].split('/')[0]!);
      return head;
    };
    const flush = async () => {
      order.push('flush');
    };
    const { content, blobs } = sampleSnapshot(['a', 'b']);
    await new OciLayout(Object.assign(store.driver, { flush })).write(content, blobs);
    expect(order).toEqual(['blobs', 'blobs', 'blobs', 'blobs', 'flush', 'oci-layout', 'index.json', 'flush']);
  });

  it('gives the existing snapshot for the same contents made at another time', async () => {
    const first = await store.write(['a']);
    const again = await store.write(['a'], { createdAt: 1_800_000_000 });
    const skipped = { ...NO_TRANSFER, skipped: first.transfer.sent };
    expect(again).toEqual({ ...first, changed: false, transfer: skipped });
    expect((await store.index()).manifests).toHaveLength(1);
  });

  it('renews the age of everything an existing snapshot needs', async () => {
    await store.write(['a', 'b']);
    store.now += 5 * DAY_MS;
    await store.write(['a', 'b'], { createdAt: 5 });
    for await (const { key: blob, head } of store.driver.list('blobs/')) {
      expect([blob, head.modifiedMs]).toEqual([blob, store.now]);
    }
  });

  it('writes a snapshot again when a part of the existing one is gone', async () => {
    const { sources } = sampleSnapshot(['a']);
    const first = await store.write(['a']);
    await store.driver.delete(blobKeyOf(sources[0]!.sha256));
    const again = await store.write(['a'], { createdAt: 5 });
    expect(again).toMatchObject({ changed: true });
    const { delivered, sinkFor } = recordingSinks();
    for (const { digest } of [first, again]) {
      const opened = await store.layout.open(digest);
      await copyAllVerified([opened.content.tree.components[0]!.artifact], opened.blobs, sinkFor);
    }
    expect(delivered.size).toBe(1);
  });

  it('says which snapshot loses its name to the new one, as far as the index says a digest', async () => {
    const first = await store.write(['a'], { name: 'tools' });
    const write = async (...ids: string[]) => {
      const { content, blobs } = sampleSnapshot(ids);
      return store.layout.write(content, blobs, { name: 'tools', isNext: true });
    };
    const second = await write('a', 'b');
    expect(second.document.parents).toEqual([first.digest]);
    expect(await write('a', 'b')).toMatchObject({ changed: false, digest: second.digest });
    const forged = await store.index();
    for (const { annotations } of forged.manifests) annotations['dev.wassette-state.snapshot'] = 'nonsense';
    await store.driver.put('index.json', chunksOf(JSON.stringify(forged)));
    expect((await write('a', 'b', 'c')).document.parents).toBeUndefined();
  });

  it.each(['config', 'manifest'])('is not led astray by a damaged %s', async (part) => {
    const first = await store.write(['a']);
    const [entry] = (await store.index()).manifests;
    await store.driver.put(blobKeyOf(part === 'config' ? first.digest : entry!.digest), chunksOf('damaged'));
    expect(await store.write(['a'], { createdAt: 5 })).toMatchObject({ changed: true });
  });

  it('does not believe an index that claims equal contents', async () => {
    await store.write(['a']);
    const { content, blobs } = sampleSnapshot(['b']);
    const honest = new OciLayout(new MemoryDriver());
    await honest.write(content, blobs);
    const forged = await store.index();
    await store.write(['b']);
    const [, second] = (await store.index()).manifests;
    forged.manifests[0]!.annotations['dev.wassette-state.contents'] =
      second!.annotations['dev.wassette-state.contents']!;
    await store.driver.put('index.json', chunksOf(JSON.stringify(forged)));
    expect(await store.write(['b'])).toMatchObject({ changed: true, digest: content.digest });
  });

  it('reads no source whose bytes are there already', async () => {
    await store.write(['a', 'b']);
    const { content, sources } = sampleSnapshot(['a', 'b', 'c']);
    const opened: string[] = [];
    const watched = sources.map((source) => ({
      ...source,
      open() {
        opened.push(source.sha256);
        return source.open();
      },
    }));
    await store.layout.write(content, blobsOf(watched));
    expect(opened).toEqual([sources[2]!.sha256]);
  });

  it('says what was sent, and what the store had from other snapshots', async () => {
    await store.write(['a', 'b']);
    const { sources } = sampleSnapshot(['a', 'b', 'c']);
    const { transfer } = await store.write(['a', 'b', 'c']);
    expect(transfer).toEqual({
      ...NO_TRANSFER,
      sent: amountOf(sources.slice(2)),
      shared: amountOf(sources.slice(0, 2)),
    });
  });

  it('counts code that two components share once', async () => {
    const { content, sources, blobs } = sampleSnapshot(['a', 'b'], { code: () => componentBytes('x') });
    const { transfer } = await store.layout.write(content, blobs);
    expect(transfer.sent).toEqual(amountOf(sources.slice(0, 1)));
  });

  it('writes again a blob whose size is wrong', async () => {
    const { sources } = sampleSnapshot(['a']);
    await store.driver.put(blobKeyOf(sources[0]!.sha256), chunksOf('short'));
    await store.write(['a']);
    expect(await store.driver.head(blobKeyOf(sources[0]!.sha256))).toMatchObject({ size: sources[0]!.size });
  });

  it('needs no source for bytes that are there', async () => {
    const { content, sources } = sampleSnapshot(['a']);
    await store.layout.putBlobs(sources);
    expect(await store.layout.write(content, blobsOf([]))).toMatchObject({ changed: true });
  });

  it('says which binary has no source, and adds no snapshot', async () => {
    const { content, sources } = sampleSnapshot(['a', 'b']);
    await expect(store.layout.write(content, blobsOf([sources[0]!]))).rejects.toMatchObject({
      code: 'VERIFY_PART_MISSING',
      details: { sha256: sources[1]!.sha256 },
    });
    expect(await store.layout.list()).toEqual([]);
  });

  it.each([
    ['other bytes', (bytes: Buffer) => Buffer.alloc(bytes.length)],
    ['fewer bytes', (bytes: Buffer) => bytes.subarray(1)],
    ['more bytes', (bytes: Buffer) => Buffer.concat([bytes, Buffer.from('x')])],
    ['no bytes', () => Buffer.alloc(0)],
  ])('refuses a source that gives %s, and adds no snapshot', async (_, spoil) => {
    const { content, sources } = sampleSnapshot(['a']);
    const wrong = { ...sources[0]!, open: () => chunksOf(spoil(componentBytes('a'))) };
    await expect(store.layout.write(content, blobsOf([wrong]))).rejects.toThrow(
      failing('VERIFY_DIGEST_MISMATCH'),
    );
    expect(await store.driver.head(blobKeyOf(wrong.sha256))).toBeNull();
    expect(await store.layout.list()).toEqual([]);
  });

  it('tells how far it is, from nothing to everything, whatever was there already', async () => {
    const ids = ['a', 'b', 'c'];
    await store.layout.putBlobs(sampleSnapshot(['b']).sources);
    const { content, sources, blobs } = sampleSnapshot(ids);
    const reports: Progress[] = [];
    await store.layout.write(content, blobs, { onProgress: (report) => reports.push(report) });
    const done = reports.map(({ fraction }) => fraction);
    expect(done).toEqual(done.toSorted((a, b) => a - b));
    expect(done[0]).toBeGreaterThan(0); // code that was there already
    expect(done.at(-1)).toBe(1);
    expect(sources.length).toBeGreaterThan(1);
    const { component } = reports.at(-1)!;
    expect(component).toMatchObject({ position: component!.count });
    expect(ids).toContain(component!.component_id);
  });

  it('stops when it is told to, and adds no snapshot', async () => {
    const { content, sources } = sampleSnapshot(['a', 'b']);
    const stop = new AbortController();
    const stopping = sources.map((source) => ({
      ...source,
      async *open() {
        stop.abort(new Error('enough'));
        yield* source.open();
      },
    }));
    await expect(store.layout.write(content, blobsOf(stopping), { signal: stop.signal })).rejects.toThrow(
      'enough',
    );
    expect(await store.layout.list()).toEqual([]);
  });

  it('loses nothing when many write at once', async () => {
    const layouts = Array.from({ length: 12 }, () => new OciLayout(store.driver));
    await Promise.all(
      layouts.map((each, i) => {
        const { content, blobs } = sampleSnapshot([`c${i}`]);
        return each.write(content, blobs, { name: `n${i}` });
      }),
    );
    const listed = await store.layout.list();
    expect(listed.flatMap(({ names }) => names).sort()).toEqual(layouts.map((_, i) => `n${i}`).sort());
  });

  it('keeps a snapshot of no components', async () => {
    const { digest } = await store.write([]);
    expect((await store.layout.open(digest)).content.tree.components).toEqual([]);
  });
});
