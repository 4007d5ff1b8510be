import { beforeEach, describe, expect, it } from 'vitest';
import { StoreError } from '../../../../src/errors.ts';
import { OciLayout } from '../../../../src/places/oci/layout.ts';
import { PruningMark } from '../../../../src/places/oci/pruning/mark.ts';
import { failing } from '../../../fixtures/failing.ts';
import { collect, sampleSnapshot } from '../../sample-snapshot.ts';
import { MemoryDriver } from '../drivers/memory.ts';
import { DAY_MS } from '../memory-layout.ts';

let now: number;
let driver: MemoryDriver;
let mark: PruningMark;
/** What happens while somebody waits. */
let meanwhile: () => Promise<void>;
const clock = {
  now: () => now,
  sleep: async (ms: number) => {
    now += ms;
    await meanwhile();
  },
};

beforeEach(() => {
  now = 1_800_000_000_000;
  driver = new MemoryDriver(clock.now);
  mark = new PruningMark(driver, clock);
  meanwhile = async () => undefined;
});

const isThere = async () => (await driver.head('pruning')) !== null;

describe('the mark of a pruning', () => {
  it('is there while it works, and no longer', async () => {
    await mark.during(async () => expect(await isThere()).toBe(true));
    expect(await isThere()).toBe(false);
    expect(await mark.isOver()).toBe(false);
  });

  it('tells the time of whatever keeps the objects', async () => {
    const ahead = new PruningMark(driver, { ...clock, now: () => now + 2 * DAY_MS });
    await ahead.during(async ({ sinceMs }) => expect(sinceMs).toBe(now));
  });

  it('lets one pruning wait for another', async () => {
    const order: string[] = [];
    let second: Promise<void> | undefined;
    await new PruningMark(driver, clock).during(async () => {
      second = mark.during(async () => void order.push('second'));
      await clock.sleep(0);
      order.push('first');
    });
    await second;
    expect(order).toEqual(['first', 'second']);
    expect(await isThere()).toBe(false);
  });

  it('is kept alive by whoever removes, however long that takes', async () => {
    await mark.during(async ({ stand }) => {
      const { etag } = (await driver.head('pruning'))!;
      await stand();
      expect((await driver.head('pruning'))!.etag).toBe(etag);
      now += 20_000;
      await Promise.all([stand(), stand()]);
      expect((await driver.head('pruning'))!.etag).not.toBe(etag);
    });
    expect(await isThere()).toBe(false);
  });

  it('is taken for dead after a minute without a change, and its owner then stops', async () => {
    const pruning = mark.during(async ({ stand }) => {
      const begun = now;
      expect(await new PruningMark(driver, clock).isOver()).toBe(true);
      expect(now - begun).toBeGreaterThanOrEqual(60_000);
      expect(await isThere()).toBe(false);
      await stand();
    });
    await expect(pruning).rejects.toThrow(failing('STORE_CHANGING'));
  });

  it('stays when a removal failed, which may still come through', async () => {
    const failure = new StoreError('STORE_UNREACHABLE', 'no answer');
    const pruning = mark.during(async ({ stand }) => {
      await stand();
      throw failure;
    });
    await expect(pruning).rejects.toThrow(failure);
    expect(await isThere()).toBe(true);
  });

  it('goes away when nothing was removed yet', async () => {
    await expect(mark.during(() => Promise.reject(new RangeError('no')))).rejects.toThrow(RangeError);
    expect(await isThere()).toBe(false);
  });

  it('is not waited for longer than ten minutes', async () => {
    await mark.during(async ({ stand }) => {
      await stand();
      meanwhile = stand;
      await expect(mark.isOver()).rejects.toThrow(failing('STORE_CHANGING'));
    });
  });
});

describe('a writer', () => {
  const { content, blobs } = sampleSnapshot(['a', 'b']);
  const layout = () => new OciLayout(driver, clock);
  const code = content.tree.components.map(({ artifact }) => `blobs/sha256/${artifact.sha256}`);

  it('that renews what a pruning is about to remove waits, and puts it again', async () => {
    await layout().write(content, blobs, { name: 'tools' });
    await layout().remove('tools');
    now += DAY_MS + 1;
    await mark.during(async ({ stand }) => {
      await stand();
      meanwhile = async () => {
        // As late as it can be: the writer has renewed them, and waits.
        meanwhile = async () => undefined;
        for (const key of code) await driver.delete(key);
        await driver.delete('pruning');
      };
      await layout().write(content, blobs, { name: 'again' });
    });
    for (const key of code) expect((await collect((await driver.get(key))!.bytes)).length).toBeGreaterThan(0);
    expect((await layout().open('again')).content.digest).toBe(content.digest);
  });

  it('that shares nothing does not wait for a pruning', async () => {
    await mark.during(async () => {
      const begun = now;
      await layout().write(content, blobs, { name: 'tools' });
      expect(now).toBe(begun);
    });
  });
});
