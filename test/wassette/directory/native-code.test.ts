import { describe, expect, it } from 'vitest';
import { isOlder } from '../../../src/wassette/directory/native-code.ts';

/** In seconds. */
const times = (mtime: number, ctime: number) => ({
  mtimeNs: BigInt(mtime) * 1_000_000_000n,
  ctimeNs: BigInt(ctime) * 1_000_000_000n,
});

describe('native code', () => {
  it('is not older where it was made after the code', () => {
    expect(isOlder(times(1_100, 1_100), times(1_000, 1_000))).toBe(false);
  });

  it('is older where the code was written later', () => {
    expect(isOlder(times(1_000, 1_000), times(1_100, 1_100))).toBe(true);
  });

  it('is older where code of an earlier time was put back later, by a rename or a copy that keeps its time', () => {
    expect(isOlder(times(1_000, 1_000), times(500, 2_000))).toBe(true);
  });

  it('is older in a copy of such a directory that keeps the times', () => {
    expect(isOlder(times(1_000, 5_000), times(1_100, 4_999))).toBe(true);
  });

  it('is not older because the code has a time that has not come yet', () => {
    expect(isOlder(times(1_001, 1_001), times(9_000, 1_000))).toBe(false);
  });

  it('is not older where both were written at once, whichever of the two came first', () => {
    expect(isOlder(times(5_000, 5_000), times(5_030, 5_030))).toBe(false);
    expect(isOlder(times(1_100, 5_000), times(1_000, 5_030))).toBe(false);
  });
});
