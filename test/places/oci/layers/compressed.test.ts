// Code that a store keeps compressed (F-6.6).
import { gzipSync } from 'node:zlib';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Codec } from '../../../../src/codec/compression/compression.ts';
import { inflated } from '../../../../src/codec/compression/streams.ts';
import { sha256Hex } from '../../../../src/codec/digest.ts';
import { verifyBlobs } from '../../../../src/disk/blobs/blobs.ts';
import type { Progress } from '../../../../src/disk/progress.ts';
import { StorePlace } from '../../../../src/places/oci/place.ts';
import { artifactsOf } from '../../../../src/snapshot/schema.ts';
import { checkSignatures } from '../../../../src/snapshot/signatures/verification.ts';
import { failing } from '../../../fixtures/failing.ts';
import { testKey } from '../../../fixtures/signing.ts';
import { zstdBomb } from '../../../fixtures/zstd-frames.ts';
import { chunksOf, collect, componentBytes, sampleSnapshot, sourceOfBytes } from '../../sample-snapshot.ts';
import { blobKeyOf, DAY_MS, MemoryLayout } from '../memory-layout.ts';

interface LayerJson {
  mediaType: string;
  digest: string;
  size: number;
  annotations: Record<string, string>;
}

const CODECS: Codec[] = ['gzip', 'zstd'];
const FIRST_BYTES = { gzip: '1f8b', zstd: '28b5' };
/** Long enough that compressing it pays. */
const code = (id: string) => componentBytes(`${id} `.repeat(1000));
const sample = (ids: string[], createdAt = 1_731_444_000) => sampleSnapshot(ids, { code, createdAt });

let store: MemoryLayout;
beforeEach(() => {
  store = new MemoryLayout();
});

async function write(ids: string[], codec?: Codec, name?: string, level?: number) {
  const { content, blobs } = sample(ids);
  return store.layout.write(content, blobs, { name, compress: codec && { codec, level } });
}

async function layersOf(digest: string): Promise<LayerJson[]> {
  const { manifests } = await store.index();
  const entry = manifests.find(({ annotations }) => annotations['dev.wassette-state.snapshot'] === digest)!;
  return JSON.parse(await store.text(blobKeyOf(entry.digest))).layers;
}

async function bytesAt(digest: string): Promise<Buffer> {
  return collect((await store.driver.get(blobKeyOf(digest)))!.bytes);
}

/** Changes the manifest of the only snapshot, and what refers to it. */
async function changeManifest(change: (text: string) => string): Promise<void> {
  const { manifests } = await store.index();
  const [entry] = manifests;
  const manifest = change(await store.text(blobKeyOf(entry!.digest)));
  const index = (await store.text('index.json'))
    .replaceAll(entry!.digest, `sha256:${sha256Hex(manifest)}`)
    .replace(`"size":${entry!.size}`, `"size":${Buffer.byteLength(manifest)}`);
  await store.driver.put(blobKeyOf(sha256Hex(manifest)), chunksOf(manifest));
  await store.driver.put('index.json', chunksOf(index));
}

describe.each(CODECS)('code that is compressed with %s', (codec) => {
  it('is a layer of the compressed bytes, which says what code it is', async () => {
    const { digest } = await write(['a', 'b'], codec);
    const layers = await layersOf(digest);
    expect(layers.map(({ mediaType }) => mediaType)).toEqual(Array(2).fill(`application/wasm+${codec}`));
    for (const [index, id] of ['a', 'b'].entries()) {
      const layer = layers[index]!;
      const bytes = await bytesAt(layer.digest);
      expect(bytes.subarray(0, 2).toString('hex')).toBe(FIRST_BYTES[codec]);
      expect([`sha256:${sha256Hex(bytes)}`, bytes.length]).toEqual([layer.digest, layer.size]);
      expect((await collect(inflated(chunksOf(bytes), codec, 1e6))).equals(code(id))).toBe(true);
      expect(layer.annotations).toEqual({
        'dev.wassette-state.uncompressed.digest': `sha256:${sha256Hex(code(id))}`,
        'dev.wassette-state.uncompressed.size': String(code(id).length),
        'org.opencontainers.image.title': `${id}.wasm.${codec === 'gzip' ? 'gz' : 'zst'}`,
      });
      expect(await store.keys()).not.toContain(blobKeyOf(sha256Hex(code(id))));
    }
  });

  it('is read as the code that the document names', async () => {
    const { digest, codec: there } = await write(['a', 'b'], codec);
    expect(there).toBe(codec);
    const opened = await store.layout.open(digest);
    expect(opened.content.digest).toBe(digest);
    const wanted = artifactsOf(opened.content.tree);
    expect(await verifyBlobs(opened.blobs, wanted)).toBe(code('a').length + code('b').length);
    for (const artifact of wanted) expect(await opened.blobs.has(artifact)).toBe(true);
    expect(await opened.blobs.has({ ...wanted[0]!, size: 1 })).toBe(false);
  });

  it('is found again by the next snapshot, at any level, and not compressed anew', async () => {
    const first = await write(['a', 'b'], codec, undefined, 1);
    const before = (await store.keys()).length;
    const next = await write(['a', 'b', 'c'], codec, undefined, 9);
    expect(next.transfer.sent.blobs).toBe(1);
    expect(next.transfer.shared.blobs).toBe(2);
    expect((await layersOf(next.digest)).slice(0, 2)).toEqual(await layersOf(first.digest));
    // The document, the manifest and one layer.
    expect((await store.keys()).length).toBe(before + 3);
  });

  it('is what a snapshot of it keeps when the store is pruned', async () => {
    const { digest } = await write(['a', 'b'], codec, 'kept');
    const gone = await write(['c'], codec);
    store.now += 2 * DAY_MS;
    const options = { keep: { blobs: new Set<string>() }, now: store.now };
    expect(await store.layout.prune(options)).toMatchObject({
      removedSnapshots: [gone.digest],
      removedBlobs: 3,
    });
    const { blobs, content } = await store.layout.open(digest);
    expect(await verifyBlobs(blobs, artifactsOf(content.tree))).toBeGreaterThan(0);
  });

  it('is signed by its document alone, and the result says so', async () => {
    const { content, blobs } = sample(['a']);
    const place = new StorePlace(store.layout, 'signed');
    const signers = [{ key: testKey('ed25519') }];
    const written = await place.write(content, blobs, { signers, compress: { codec } });
    const checked = checkSignatures(written.signatures as never, content, []);
    expect(checked.map(({ over, problem }) => ({ over, problem }))).toEqual([
      { over: 'document', problem: null },
    ]);
    expect(written.notes).toEqual([expect.stringContaining('none is of its manifest')]);
    expect((await place.sign({ signers })).changed).toBe(false);
    expect((await place.open()).signatures).toEqual(written.signatures);
  });

  it('that was damaged is an error', async () => {
    const { digest } = await write(['a'], codec);
    const [layer] = await layersOf(digest);
    const bytes = await bytesAt(layer!.digest);
    const { blobs, content } = await store.layout.open(digest);
    const read = () => verifyBlobs(blobs, artifactsOf(content.tree));
    const changed = Buffer.from(bytes);
    changed[changed.length - 9]! ^= 1;
    for (const wrong of [changed, bytes.subarray(0, -1), Buffer.concat([bytes, bytes]), Buffer.alloc(0)]) {
      await store.driver.put(blobKeyOf(layer!.digest), chunksOf(wrong));
      const error = await read().catch((found: { code: string }) => found);
      expect(['FORMAT_INVALID', 'VERIFY_DIGEST_MISMATCH', 'VERIFY_PART_MISSING']).toContain(
        (error as { code: string }).code,
      );
    }
    await store.driver.delete(blobKeyOf(layer!.digest));
    await expect(read()).rejects.toThrow(failing('VERIFY_PART_MISSING'));
  });

  it('that was damaged is written again by the next export', async () => {
    const { digest } = await write(['a'], codec);
    const [layer] = await layersOf(digest);
    await store.driver.delete(blobKeyOf(layer!.digest));
    const again = await write(['a'], codec);
    expect(again.transfer.sent.blobs).toBe(1);
    const { blobs, content } = await store.layout.open(digest);
    expect(await verifyBlobs(blobs, artifactsOf(content.tree))).toBe(code('a').length);
  });
});

describe('compressed code of another store', () => {
  it.each([
    ['as it is', undefined],
    ['as it is where the same is asked for, whatever the level', { codec: 'gzip', level: 9 }],
  ] as const)('is moved %s', async (_how, compress) => {
    const { digest } = await write(['a', 'b'], 'gzip', undefined, 1);
    const { content, blobs } = await store.layout.open(digest);
    const other = new MemoryLayout();
    const { transfer, codec } = await other.layout.write(content, blobs, { compress, signatures: [] });
    expect([transfer.sent.blobs, codec]).toEqual([2, 'gzip']);
    expect((await other.index()).manifests[0]!.digest).toBe((await store.index()).manifests[0]!.digest);
    expect(await verifyBlobs((await other.layout.open(digest)).blobs, artifactsOf(content.tree))).toBe(
      code('a').length + code('b').length,
    );
  });

  it('is compressed anew where something else is asked for', async () => {
    const { digest } = await write(['a', 'b'], 'gzip');
    const { content, blobs } = await store.layout.open(digest);
    store = new MemoryLayout();
    await store.layout.write(content, blobs, { compress: { codec: 'zstd' }, signatures: [] });
    expect((await layersOf(digest)).map(({ mediaType }) => mediaType)).toEqual(
      Array(2).fill('application/wasm+zstd'),
    );
  });

  it('is moved beside code that is not compressed there', async () => {
    await write(['a']);
    const { digest } = await write(['a', 'b'], 'zstd');
    const { content, blobs } = await store.layout.open(digest);
    const layers = await layersOf(digest);
    store = new MemoryLayout();
    const { transfer } = await store.layout.write(content, blobs, { signatures: [] });
    expect(transfer.sent.blobs).toBe(2);
    expect(await layersOf(digest)).toEqual(layers);
  });

  it('that does not become the code that it is said to be is not moved', async () => {
    const { digest } = await write(['a', 'b'], 'gzip');
    const { content, blobs } = await store.layout.open(digest);
    const [one, other] = artifactsOf(content.tree);
    const { layer, source } = blobs.kept!(one!)!;
    const lying = {
      has: async () => true,
      source: () => source,
      kept: () => ({ layer: { ...layer, artifact: { ...layer.artifact, sha256: other!.sha256 } }, source }),
    };
    store = new MemoryLayout();
    await expect(store.layout.write(content, lying, { signatures: [] })).rejects.toThrow(
      failing('VERIFY_DIGEST_MISMATCH'),
    );
    expect(await store.keys()).toEqual([]);
  });
});

describe('a layer', () => {
  it.each([
    [
      'does not say what code it is',
      (text: string) => text.replace('uncompressed.digest', 'uncompressed.hash'),
      'VERIFY_PART_MISSING',
    ],
    [
      'is of other code',
      (text: string) => text.replace(/(uncompressed\.digest":"sha256:)./, '$1f'),
      'VERIFY_PART_MISSING',
    ],
    [
      'says another size',
      (text: string) => text.replace(/(uncompressed\.size":")\d/, '$19'),
      'VERIFY_DIGEST_MISMATCH',
    ],
    [
      'says no number',
      (text: string) => text.replace(/(uncompressed\.size":")\d+/, '$1many'),
      'VERIFY_PART_MISSING',
    ],
    [
      'is compressed with something else',
      (text: string) => text.replace('wasm+zstd', 'wasm+br'),
      'VERIFY_PART_MISSING',
    ],
    ['says to be uncompressed', (text: string) => text.replace('wasm+zstd', 'wasm'), 'VERIFY_PART_MISSING'],
  ])('that %s is refused', async (_what, change, expected) => {
    const { digest } = await write(['a'], 'zstd');
    const [layer] = await layersOf(digest);
    // A first digit that is not the one it is changed to.
    expect(layer!.annotations['dev.wassette-state.uncompressed.digest']).not.toMatch(/:f/);
    await changeManifest(change);
    await expect(store.layout.open(digest)).rejects.toThrow(failing(expected));
  });

  it('that becomes more than the code is cut off there, however little it is', async () => {
    const { digest } = await write(['a'], 'zstd');
    const [layer] = await layersOf(digest);
    for (const [codec, bomb] of [
      ['zstd', zstdBomb(1000)],
      ['gzip', gzipSync(Buffer.alloc(100_000_000))],
    ] as const) {
      const kept = { digest: `sha256:${sha256Hex(bomb)}`, size: bomb.length };
      await store.driver.put(blobKeyOf(kept.digest), chunksOf(bomb));
      const fresh = new MemoryLayout();
      for (const key of await store.keys())
        await fresh.driver.put(key, chunksOf(await collect((await store.driver.get(key))!.bytes)));
      const original = store;
      store = fresh;
      await changeManifest((text) =>
        text
          .replace(layer!.digest, kept.digest)
          .replace(`"size":${layer!.size}`, `"size":${kept.size}`)
          .replace('wasm+zstd', `wasm+${codec}`),
      );
      const { blobs, content } = await store.layout.open(digest);
      await expect(verifyBlobs(blobs, artifactsOf(content.tree))).rejects.toThrow(
        failing('FORMAT_LIMIT_EXCEEDED'),
      );
      store = original;
    }
  });

  it('of code that is there uncompressed stays uncompressed, and is shared', async () => {
    await write(['a']);
    const { digest, transfer } = await write(['a', 'b'], 'zstd');
    expect((await layersOf(digest)).map(({ mediaType }) => mediaType)).toEqual([
      'application/wasm',
      'application/wasm+zstd',
    ]);
    expect(transfer.shared.blobs).toBe(1);
    const { blobs, content } = await store.layout.open(digest);
    expect(await verifyBlobs(blobs, artifactsOf(content.tree))).toBe(code('a').length + code('b').length);
  });

  it('of code that is there compressed is written uncompressed where that was not asked for', async () => {
    await write(['a'], 'zstd');
    const { digest } = await write(['a', 'b']);
    expect((await layersOf(digest)).map(({ mediaType }) => mediaType)).toEqual(
      Array(2).fill('application/wasm'),
    );
    await write(['a', 'b', 'c'], 'gzip');
    expect(await store.keys()).toContain(blobKeyOf(sha256Hex(code('a'))));
  });

  it('is one for code that two components have', async () => {
    const { content, blobs } = sampleSnapshot(['a', 'b'], { code: () => code('same') });
    const { digest, transfer } = await store.layout.write(content, blobs, { compress: { codec: 'zstd' } });
    expect(await layersOf(digest)).toHaveLength(1);
    expect(transfer.sent.blobs).toBe(1);
  });

  it('is not added where the code is other than it should be, and nothing is left', async () => {
    const { content } = sample(['a']);
    const wrong = { has: async () => true, source: () => sourceOfBytes(code('x'), sha256Hex(code('a'))) };
    await expect(store.layout.write(content, wrong, { compress: { codec: 'zstd' } })).rejects.toThrow(
      failing('VERIFY_DIGEST_MISMATCH'),
    );
    expect(await store.keys()).toEqual([]);
  });
});

it('the blobs of a snapshot are its own, and not all of the store', async () => {
  await write(['other']);
  const { digest } = await write(['a'], 'zstd');
  const { blobs } = await store.layout.open(digest);
  const other = sourceOfBytes(code('other'));
  expect(await blobs.has(other)).toBe(false);
  expect(() => blobs.source(other)).toThrow(failing('VERIFY_PART_MISSING'));
});

it('the same snapshot is left as it is, however its code is compressed, and the result says so', async () => {
  const place = new StorePlace(store.layout, null);
  const { content, blobs } = sample(['a']);
  await place.write(content, blobs, {});
  const again = await place.write(content, blobs, { compress: { codec: 'zstd' } });
  expect(again.changed).toBe(false);
  expect(again.notes).toEqual([expect.stringContaining('left as it is')]);
  expect((await place.write(content, blobs, {})).notes).toEqual([]);
});

it('how far it has come is told by the code, and reaches its end', async () => {
  const seen: Progress[] = [];
  const { content, blobs } = sample(['a', 'b', 'c']);
  await store.layout.write(content, blobs, {
    compress: { codec: 'zstd' },
    onProgress: (progress) => seen.push(progress),
  });
  const fractions = seen.map(({ fraction }) => fraction);
  expect(fractions).toEqual(fractions.toSorted((one, other) => one - other));
  expect(seen.at(-1)).toMatchObject({ doing: 'writing', fraction: 1, component: { count: 3, position: 3 } });
});

it('an unknown level is refused before anything is read', async () => {
  const wanted = { document: false, code: true, labels: false, secrets: false, signatures: false };
  const place = new StorePlace(store.layout, null);
  await place.assertTakes({ ...wanted, compress: { codec: 'zstd', level: 19 } });
  await expect(place.assertTakes({ ...wanted, compress: { codec: 'zstd', level: 22 } })).rejects.toThrow(
    failing('USAGE_BAD_ARGUMENT'),
  );
});
