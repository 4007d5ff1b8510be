import { describe, expect, it } from 'vitest';
import { isDoubtful } from '../../../src/wassette/directory/native-code.ts';

const ns = (seconds: number) => BigInt(seconds) * 1_000_000_000n;

type Pair = [mtime: number, ctime: number];

/** In seconds; `cached` is null where the tool cache is of other code, and `renamed` when a file last got another name. */
function doubtful(native: Pair, code: Pair, cached: number | null = null, renamed = code[1]): boolean {
  const times = ([mtime, ctime]: Pair) => ({ mtimeNs: ns(mtime), ctimeNs: ns(ctime) });
  return isDoubtful({
    native: times(native),
    code: times(code),
    directoryNs: ns(renamed),
    cachedNs: cached === null ? null : ns(cached),
  });
}

describe('native code', () => {
  it('is of the code where it was made after it', () => {
    expect(doubtful([1_100, 1_100], [1_000, 1_000])).toBe(false);
  });

  it('may be of other code where the code was written later', () => {
    expect(doubtful([1_000, 1_000], [1_100, 1_100])).toBe(true);
    expect(doubtful([1_000, 1_000], [1_100, 1_100], 1_001)).toBe(true);
  });

  it('may be of other code where code of an earlier time was put back later, by a rename or a copy that keeps its time', () => {
    expect(doubtful([1_000, 1_000], [500, 2_000])).toBe(true);
  });

  it('still may be after a Wassette has started with it, and called its cache one of the code that was put back', () => {
    expect(doubtful([1_000, 1_000], [500, 2_000], 2_001)).toBe(true);
  });

  it('is of code whose rights changed later, or that got another link: Wassette has seen that very file before', () => {
    expect(doubtful([1_000, 1_000], [500, 2_000], 1_001)).toBe(false);
  });

  it('is of such code after a Wassette has started again, too, as no file has got another name since', () => {
    expect(doubtful([1_000, 1_000], [500, 2_000], 3_000, 1_001)).toBe(false);
  });

  it('is of code that was restored slowly, with the times of all files', () => {
    expect(doubtful([1_000, 5_000], [900, 5_100], 1_001, 5_200)).toBe(false);
  });

  it('may be of other code in a copy of such a directory that keeps the times', () => {
    expect(doubtful([1_000, 5_000], [1_100, 4_999], 1_001)).toBe(true);
  });

  it('is of code that has a time which has not come yet', () => {
    expect(doubtful([1_001, 1_001], [9_000, 1_000])).toBe(false);
  });

  it('is of code that was written at once with it, whichever of the two came first', () => {
    expect(doubtful([5_000, 5_000], [5_030, 5_030])).toBe(false);
    expect(doubtful([1_100, 5_000], [1_000, 5_030])).toBe(false);
  });
});
