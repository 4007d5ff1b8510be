import { beforeEach, describe, expect, it } from 'vitest';
import { sha256Hex } from '../../../src/codec/digest.ts';
import { copyAllVerified } from '../../../src/disk/blobs/blob.ts';
import { failing } from '../../fixtures/failing.ts';
import { chunksOf, collect, recordingSinks, sampleSnapshot, sourceOfBytes } from '../sample-snapshot.ts';
import { blobKeyOf, MemoryLayout } from './memory-layout.ts';

let store: MemoryLayout;
beforeEach(() => {
  store = new MemoryLayout();
});

describe('blobs of an OCI layout', () => {
  it('are delivered once each, verified', async () => {
    const { document, content, sources, blobs: given } = sampleSnapshot(['a', 'b', 'c']);
    const { digest } = await store.layout.write(content, given);
    const { blobs } = await store.layout.open(digest);
    const { delivered, aborted, sinkFor } = recordingSinks();
    await copyAllVerified(
      document.components.map(({ artifact }) => artifact),
      blobs,
      sinkFor,
    );
    expect([...delivered.keys()].sort()).toEqual(sources.map(({ sha256 }) => sha256).sort());
    for (const [sha256, bytes] of delivered) expect(sha256Hex(bytes)).toBe(sha256);
    expect(aborted).toEqual([]);
    expect(await blobs.has(document.components[0]!.artifact)).toBe(true);
  });

  it('are never handed over whole when their bytes are wrong', async () => {
    const { content, sources, blobs } = sampleSnapshot(['a', 'b']);
    await store.layout.write(content, blobs);
    const { sha256, size } = sources[0]!;
    for (const wrong of [Buffer.alloc(size), Buffer.alloc(size - 1), Buffer.alloc(size + 1)]) {
      await store.driver.put(blobKeyOf(sha256), chunksOf(wrong));
      const { delivered, aborted, sinkFor } = recordingSinks();
      await expect(copyAllVerified([{ sha256, size }], store.layout.blobs, sinkFor)).rejects.toThrow(
        failing('VERIFY_DIGEST_MISMATCH'),
      );
      expect([...delivered.keys(), ...aborted]).toEqual([sha256]);
      expect(aborted).toEqual([sha256]);
    }
  });

  it('that are missing are an error, and nothing of them stays', async () => {
    const wanted = { sha256: 'a'.repeat(64), size: 1 };
    const { delivered, aborted, sinkFor } = recordingSinks();
    await expect(copyAllVerified([wanted], store.layout.blobs, sinkFor)).rejects.toThrow(
      failing('VERIFY_PART_MISSING'),
    );
    expect([delivered.size, aborted]).toEqual([0, [wanted.sha256]]);
    expect(await store.layout.blobs.has(wanted)).toBe(false);
  });

  it('of another size are not the ones asked for', async () => {
    const { sources } = sampleSnapshot(['a']);
    await store.layout.putBlobs(sources);
    expect(await store.layout.blobs.has({ sha256: sources[0]!.sha256, size: 1 })).toBe(false);
  });

  it('that belong to no snapshot can be kept and read', async () => {
    const source = sourceOfBytes(Buffer.from('an old policy'));
    await store.layout.putBlobs([source, source]);
    expect((await collect(store.layout.blobs.source(source).open())).toString()).toBe('an old policy');
    expect(await store.layout.list()).toEqual([]);
  });
});
