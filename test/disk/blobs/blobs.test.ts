import { describe, expect, it } from 'vitest';
import { copyAllVerified } from '../../../src/disk/blobs/blob.ts';
import { blobsOf, firstOf } from '../../../src/disk/blobs/blobs.ts';
import { failing } from '../../fixtures/failing.ts';
import { collect, recordingSinks, sourceOfBytes } from '../../places/sample-snapshot.ts';

const [one, two, three] = ['one', 'two', 'three'].map((text) => sourceOfBytes(Buffer.from(text))) as [
  ReturnType<typeof sourceOfBytes>,
  ReturnType<typeof sourceOfBytes>,
  ReturnType<typeof sourceOfBytes>,
];
const lying = { ...one, open: two.open };

describe('blobs from sources', () => {
  it('are delivered each once, whole', async () => {
    const { delivered, sinkFor } = recordingSinks();
    await copyAllVerified([one, three], blobsOf([one, two, three]), sinkFor);
    expect([...delivered.values()].map(String).sort()).toEqual(['one', 'three']);
  });

  it('are there by digest and size', async () => {
    const blobs = blobsOf([one]);
    expect(await blobs.has(one)).toBe(true);
    expect(await blobs.has({ ...one, size: 4 })).toBe(false);
    expect(await blobs.has(two)).toBe(false);
    expect((await collect(blobs.source(one).open())).toString()).toBe('one');
  });

  it('that are missing or other than they say are errors, and nothing of them stays', async () => {
    const { delivered, aborted, sinkFor } = recordingSinks();
    await expect(copyAllVerified([two], blobsOf([one]), sinkFor)).rejects.toThrow(
      failing('VERIFY_PART_MISSING'),
    );
    await expect(copyAllVerified([one], blobsOf([lying]), sinkFor)).rejects.toThrow(
      failing('VERIFY_DIGEST_MISMATCH'),
    );
    expect(delivered.size).toBe(0);
    expect(aborted).toEqual([one.sha256]);
  });
});

describe('the first place that has a blob', () => {
  const places = firstOf([blobsOf([one]), blobsOf([one, two])]);

  it('gives it', async () => {
    const { delivered, sinkFor } = recordingSinks();
    await copyAllVerified([two, one], places, sinkFor);
    expect([...delivered.values()].map(String).sort()).toEqual(['one', 'two']);
    expect((await collect(places.source(two).open())).toString()).toBe('two');
    expect(await places.has(two)).toBe(true);
    expect(await places.has(three)).toBe(false);
  });

  it('is asked for nothing that an earlier one has', async () => {
    const { delivered, sinkFor } = recordingSinks();
    await copyAllVerified([one], firstOf([blobsOf([one]), blobsOf([lying])]), sinkFor);
    expect(String(delivered.get(one.sha256))).toBe('one');
  });

  it('is none for a blob that is nowhere', async () => {
    await expect(copyAllVerified([three], places, recordingSinks().sinkFor)).rejects.toThrow(
      failing('VERIFY_PART_MISSING'),
    );
    await expect(collect(places.source(three).open())).rejects.toThrow(failing('VERIFY_PART_MISSING'));
  });
});
