import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Codec } from '../../../src/codec/compression/compression.ts';
import { compressed, inflated, recognized } from '../../../src/codec/compression/streams.ts';
import { failing } from '../../fixtures/failing.ts';
import { seededRandom } from '../../fixtures/seeded-random.ts';
import { blockHeader, frame, MAGIC, raw, repeated, skippable, zstdBomb } from '../../fixtures/zstd-frames.ts';
import { chunksOf, collect } from '../../places/sample-snapshot.ts';

const CODECS: Codec[] = ['gzip', 'zstd'];
const NO_LIMIT = 1e12;

/** In pieces, each of which is overwritten once the next was asked for. */
async function* pieces(bytes: Uint8Array, size = Math.max(bytes.length, 1)): AsyncGenerator<Uint8Array> {
  const piece = Buffer.alloc(size);
  for (let at = 0; at < bytes.length; at += size) {
    const length = piece.fill(0xff).subarray(0, Math.min(size, bytes.length - at));
    length.set(bytes.subarray(at, at + size));
    yield length;
  }
}

function squeeze(bytes: Uint8Array, codec: Codec, level?: number, size?: number): Promise<Buffer> {
  return collect(compressed(pieces(bytes, size), { codec, level }));
}

function inflate(bytes: Uint8Array, codec: Codec, size?: number, maxBytes = NO_LIMIT): Promise<Buffer> {
  return collect(inflated(pieces(bytes, size), codec, maxBytes));
}

/** Half noise, half text. */
function content(bytes: number): Buffer {
  const random = seededRandom(7);
  const noise = Buffer.from(Array.from({ length: 4096 }, () => Math.floor(random() * 256)));
  return Buffer.alloc(bytes, Buffer.concat([noise, Buffer.alloc(4096, 'text of a component ')]));
}

describe.each(CODECS)('%s', (codec) => {
  it('gives back any bytes, however they are cut, at any level', async () => {
    const levels = fc.option(fc.integer({ min: 1, max: 9 }), { nil: undefined });
    const sizes = fc.integer({ min: 1, max: 700 });
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 2000 }),
        levels,
        sizes,
        sizes,
        async (bytes, level, cut, again) => {
          const small = await squeeze(bytes, codec, level, cut);
          expect(Buffer.from(bytes).equals(await inflate(small, codec, again))).toBe(true);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('gives back what is larger than one of its parts, and is recognized by its first bytes', async () => {
    const bytes = content(9 * 1024 * 1024 + 5);
    const small = await squeeze(bytes, codec, undefined, 100_000);
    expect(small.length).toBeLessThan(bytes.length / 10);
    const found = await recognized(pieces(small, 3));
    expect(found.codec).toBe(codec);
    expect((await collect(inflated(found.bytes, codec, bytes.length))).equals(bytes)).toBe(true);
  });

  it('is empty where nothing was compressed, and can still be told', async () => {
    const small = await squeeze(Buffer.alloc(0), codec);
    expect((await recognized(pieces(small))).codec).toBe(codec);
    expect(await inflate(small, codec)).toHaveLength(0);
  });

  it('that is cut off anywhere is an error', async () => {
    const small = await squeeze(content(300), codec);
    for (let length = 1; length < small.length; length++)
      await expect(inflate(small.subarray(0, length), codec, 7), `${length} bytes`).rejects.toThrow(
        failing('FORMAT_INVALID'),
      );
  });

  it('may be several behind each other', async () => {
    const both = Buffer.concat([
      await squeeze(Buffer.from('one '), codec),
      await squeeze(Buffer.from('two'), codec),
    ]);
    for (const size of [1, 5, undefined])
      expect((await inflate(both, codec, size)).toString()).toBe('one two');
  });

  it.each(['x', '\0', '\0\0\0\0\0', 'garbage that is longer', '{}'])(
    'that is followed by %j is an error',
    async (rest) => {
      const bytes = Buffer.concat([await squeeze(content(300), codec), Buffer.from(rest)]);
      for (const size of [1, 5, bytes.length - rest.length, undefined])
        await expect(inflate(bytes, codec, size)).rejects.toThrow(failing('FORMAT_INVALID'));
    },
  );

  it('with any byte changed is an error or the same bytes, and no other error than ours', async () => {
    const bytes = content(2000);
    const small = await squeeze(bytes, codec);
    for (let at = 0; at < small.length; at += 1 + Math.floor(small.length / 200)) {
      const changed = Buffer.from(small);
      changed[at]! ^= 0x41;
      const found = await inflate(changed, codec, undefined, 1e6).catch(
        (error: { code: string }) => error.code,
      );
      if (typeof found === 'string') expect(['FORMAT_INVALID', 'FORMAT_LIMIT_EXCEEDED']).toContain(found);
    }
  });

  it('passes on what its source throws, and stops with its reader', async () => {
    const small = await squeeze(content(3_000_000), codec);
    let isClosed = false;
    async function* source(fault?: Error): AsyncGenerator<Uint8Array> {
      try {
        yield small.subarray(0, small.length / 2);
        if (fault !== undefined) throw fault;
        yield small.subarray(small.length / 2);
      } finally {
        isClosed = true;
      }
    }
    await expect(collect(inflated(source(new Error('cut')), codec, NO_LIMIT))).rejects.toThrow('cut');
    await expect(collect(compressed(source(new Error('cut')), { codec }))).rejects.toThrow('cut');
    isClosed = false;
    for await (const _chunk of inflated(source(), codec, NO_LIMIT)) break;
    expect(isClosed).toBe(true);
  });

  it('has levels, and no others', () => {
    for (const level of [0, -1, 1.5, 20, Number.NaN])
      expect(() => compressed(chunksOf('a'), { codec, level })).toThrow(failing('USAGE_BAD_ARGUMENT'));
  });
});

it('there is no third compression', () => {
  for (const codec of ['brotli', 'constructor'])
    expect(() => compressed(chunksOf('a'), { codec: codec as Codec })).toThrow(failing('USAGE_BAD_ARGUMENT'));
});

it.each(['', '{', '{"version":1}', 'PK\u0003\u0004', '(\u00b5'])(
  '%j is not recognized, and stays as it is',
  async (text) => {
    const found = await recognized(chunksOf(text));
    expect(found.codec).toBeNull();
    expect((await collect(found.bytes)).toString()).toBe(text);
  },
);

describe('what inflates to more than the limit', () => {
  /** How much comes before the error. */
  async function given(bytes: Uint8Array, codec: Codec, maxBytes: number): Promise<number> {
    let size = 0;
    const read = async () => {
      for await (const chunk of inflated(pieces(bytes), codec, maxBytes)) size += chunk.length;
    };
    await expect(read()).rejects.toThrow(failing('FORMAT_LIMIT_EXCEEDED'));
    return size;
  }

  it('is an error before more than that has come', async () => {
    const gzip = gzipSync(Buffer.alloc(50_000_000, ' '));
    expect(gzip.length).toBeLessThan(50_000);
    expect(await given(gzip, 'gzip', 1_000_000)).toBeLessThanOrEqual(1_000_000);
    expect(await given(Buffer.concat([gzip, gzip, gzip]), 'gzip', 120_000_000)).toBeLessThanOrEqual(
      120_000_000,
    );
    const zstd = zstdBomb(400);
    expect(zstd.length).toBeLessThan(2_000);
    expect(await given(zstd, 'zstd', 1_000_000)).toBeLessThanOrEqual(1_000_000);
    expect(await given(Buffer.concat([zstd, zstd, zstd]), 'zstd', 120_000_000)).toBeLessThanOrEqual(
      120_000_000,
    );
  });

  it('is right to the byte', async () => {
    for (const codec of CODECS) {
      const small = await squeeze(content(5000), codec);
      expect(await inflate(small, codec, undefined, 5000)).toHaveLength(5000);
      await expect(inflate(small, codec, undefined, 4999)).rejects.toThrow(failing('FORMAT_LIMIT_EXCEEDED'));
    }
  });

  it('is inflated once: what is inside is given as it is', async () => {
    const inner = gzipSync('text');
    expect((await inflate(gzipSync(inner), 'gzip')).equals(inner)).toBe(true);
  });
});

describe('a gzip member', () => {
  it('is read by others, and we read theirs with a name and a comment inside', async () => {
    expect(gunzipSync(await squeeze(Buffer.from('text'), 'gzip', 9)).toString()).toBe('text');
    const plain = gzipSync('text');
    const named = Buffer.concat([
      plain.subarray(0, 3),
      Buffer.from([0x08 | 0x10]),
      plain.subarray(4, 10),
      Buffer.from('state.json\0a comment\0'),
      plain.subarray(10),
    ]);
    expect((await inflate(named, 'gzip', 1)).toString()).toBe('text');
  });

  it.each([
    ['checksum', -8],
    ['length', -4],
  ])('with a wrong %s is an error', async (_what, at) => {
    const bytes = gzipSync('text of some length');
    bytes[bytes.length + at]! ^= 1;
    await expect(inflate(bytes, 'gzip')).rejects.toThrow(failing('FORMAT_INVALID'));
  });
});

describe('a zstd frame', () => {
  it('of stored and of repeated blocks is read, with or without its size, between frames to skip', async () => {
    const sized = frame({ descriptor: 0x20, fields: [7], blocks: [raw('one'), repeated('x', 4, true)] });
    const unsized = frame({ blocks: [raw(' two', true)] });
    const bytes = Buffer.concat([skippable('abc'), sized, skippable(''), unsized, skippable('d')]);
    expect((await recognized(pieces(bytes))).codec).toBe('zstd');
    for (const size of [1, 4, undefined])
      expect((await inflate(bytes, 'zstd', size)).toString()).toBe('onexxxx two');
  });

  it.each([
    ['has another magic number', Buffer.from('(\u00b5/\u00fe       ', 'latin1')],
    ['sets a reserved bit', frame({ descriptor: 0x08 })],
    ['wants a dictionary', frame({ descriptor: 0x01, fields: [0x38, 7] })],
    ['has a block of the reserved kind', frame({ blocks: [blockHeader(3, 0, true)] })],
    ['has a block larger than its window', frame({ fields: [0], blocks: [repeated('x', 2000, true)] })],
    ['is larger than it says', frame({ descriptor: 0x20, fields: [2], blocks: [raw('abc', true)] })],
    ['is smaller than it says', frame({ descriptor: 0x20, fields: [9], blocks: [raw('abc', true)] })],
    [
      'has a block of garbage',
      frame({ blocks: [Buffer.concat([blockHeader(2, 5, true), Buffer.from('abcde')])] }),
    ],
    ['has a wrong checksum', frame({ descriptor: 0x04, blocks: [raw('abc', true), Buffer.from('abcd')] })],
    ['is followed by half a magic number', Buffer.concat([frame({}), MAGIC.subarray(0, 2)])],
    [
      'is followed by a skippable one that is cut off',
      Buffer.concat([frame({}), skippable('abc').subarray(0, -1)]),
    ],
  ])('that %s is an error', async (_what, bytes) => {
    await expect(inflate(bytes, 'zstd')).rejects.toThrow(failing('FORMAT_INVALID'));
  });

  it.each([
    ['says so in its window', frame({ fields: [0x90] })],
    ['says so in its size', frame({ descriptor: 0xe0, fields: [1, 0, 0, 8, 0, 0, 0, 0] })],
    ['says 2^63', frame({ descriptor: 0xe0, fields: [0, 0, 0, 0, 0, 0, 0, 0x80] })],
  ])('that wants too much memory at once, and %s, is an error', async (_what, bytes) => {
    await expect(inflate(bytes, 'zstd')).rejects.toThrow(failing('FORMAT_LIMIT_EXCEEDED'));
  });
});
