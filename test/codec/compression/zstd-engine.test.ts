import { describe, expect, it } from 'vitest';
import { zstdCompressed, zstdInflated } from '../../../src/codec/compression/zstd.ts';
import { zstdEngine } from '../../../src/codec/compression/zstd-engine.ts';
import { failing } from '../../fixtures/failing.ts';
import { frame, repeated, zstdBomb } from '../../fixtures/zstd-frames.ts';
import { chunksOf, collect } from '../../places/sample-snapshot.ts';

/** The engine of a runtime that has no zstd. */
const library = () => zstdEngine({});

describe('under a Node without zstd', () => {
  it('what is compressed is inflated again', async () => {
    const engine = await library();
    const content = Buffer.alloc(5_000_000, 'text of a component ');
    const small = await collect(zstdCompressed(chunksOf(content), 3, engine));
    expect(small.length).toBeLessThan(50_000);
    expect((await collect(zstdInflated(chunksOf(small), engine))).equals(content)).toBe(true);
  });

  it('a frame that cannot be held whole is refused by what it says, before it is read', async () => {
    // 129 MiB, of which nothing comes.
    const head = frame({ descriptor: 0x80, fields: [0x38, 0, 0, 0x10, 8], blocks: [] });
    await expect(collect(zstdInflated(chunksOf(head), await library()))).rejects.toThrow(
      failing('FORMAT_LIMIT_EXCEEDED', { hint: expect.stringContaining('Node 22.15') }),
    );
  });

  it('a frame that does not say its size is refused once it can be too large', async () => {
    await expect(collect(zstdInflated(chunksOf(zstdBomb(1100)), await library()))).rejects.toThrow(
      failing('FORMAT_LIMIT_EXCEEDED', { hint: expect.stringContaining('Node 22.15') }),
    );
  });

  it('a frame that says much more than its blocks can hold is refused', async () => {
    const bytes = frame({ descriptor: 0x80, fields: [0x38, 0, 0, 0, 4], blocks: [repeated('x', 9, true)] });
    await expect(collect(zstdInflated(chunksOf(bytes), await library()))).rejects.toThrow(
      failing('FORMAT_INVALID'),
    );
  });
});
