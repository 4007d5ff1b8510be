// What every object driver must do. A driver's own test file calls this once and adds what only it can do.
import { randomBytes } from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';
import type { ObjectDriver } from '../../../../src/places/oci/object-driver.ts';
import { chunksOf, collect } from '../../sample-snapshot.ts';

export interface EmptySpace {
  /** To whom nothing is young. */
  driver: ObjectDriver;
  /** What is there that no key names. */
  leftovers(): Promise<string[]>;
}

/**
 * `open` gives a driver over an empty space of its own.
 * @param tickMs how coarsely the clock ticks by which objects are dated
 */
export function testObjectDriver(name: string, open: () => Promise<EmptySpace>, tickMs = 20): void {
  const text = async (driver: ObjectDriver, key: string) => {
    const object = await driver.get(key);
    return object === null ? null : (await collect(object.bytes)).toString();
  };
  const keys = async (driver: ObjectDriver, prefix: string) => {
    const found: string[] = [];
    for await (const { key } of driver.list(prefix)) found.push(key);
    return found.sort();
  };

  describe(`${name} keeps the contract of an object driver`, () => {
    it('gives null for an object that is not there', async () => {
      const { driver } = await open();
      expect(await driver.get('a/b')).toBeNull();
      expect(await driver.head('a/b')).toBeNull();
    });

    it('gives back what was put', async () => {
      const { driver } = await open();
      await driver.put('a/b/c', chunksOf('one ', 'two'));
      expect(await text(driver, 'a/b/c')).toBe('one two');
    });

    it('tells the same etag by put, get and head', async () => {
      const { driver } = await open();
      const etag = await driver.put('k', chunksOf('12345'));
      expect(await driver.head('k')).toMatchObject({ size: 5, etag });
      const object = await driver.get('k');
      await collect(object!.bytes);
      expect(object!.etag).toEqual(etag);
    });

    it('dates an object with the time it was put', async () => {
      const { driver } = await open();
      const before = Date.now();
      await driver.put('k', chunksOf('x'));
      const head = await driver.head('k');
      expect(head!.modifiedMs).toBeGreaterThanOrEqual(before - tickMs);
      expect(head!.modifiedMs).toBeLessThanOrEqual(Date.now() + tickMs);
    });

    it('keeps an empty object apart from a missing one', async () => {
      const { driver } = await open();
      await driver.put('empty', chunksOf());
      expect(await text(driver, 'empty')).toBe('');
      expect(await driver.head('empty')).toMatchObject({ size: 0 });
    });

    it('keeps five megabytes in many chunks', async () => {
      const { driver } = await open();
      const bytes = randomBytes(5_000_000);
      const chunks = Array.from({ length: 50 }, (_, i) => bytes.subarray(i * 100_000, (i + 1) * 100_000));
      await driver.put('big', chunksOf(...chunks));
      const object = await driver.get('big');
      expect((await collect(object!.bytes)).equals(bytes)).toBe(true);
    });

    it('lets a reader stop early and read again', async () => {
      const { driver } = await open();
      await driver.put('big', chunksOf(randomBytes(3_000_000)));
      for await (const chunk of (await driver.get('big'))!.bytes) {
        expect(chunk.length).toBeGreaterThan(0);
        break;
      }
      expect((await collect((await driver.get('big'))!.bytes)).length).toBe(3_000_000);
    });

    it('replaces an object and changes its etag', async () => {
      const { driver } = await open();
      const first = await driver.put('k', chunksOf('one'));
      const second = await driver.put('k', chunksOf('two'));
      expect(await text(driver, 'k')).toBe('two');
      expect(second).not.toBe(first);
    });

    it('puts if absent only once', async () => {
      const { driver } = await open();
      expect(await driver.put('k', chunksOf('one'), { ifAbsent: true })).not.toBeNull();
      expect(await driver.put('k', chunksOf('two'), { ifAbsent: true })).toBeNull();
      expect(await text(driver, 'k')).toBe('one');
    });

    it('puts if matching only over the object it was told of', async () => {
      const { driver } = await open();
      const first = await driver.put('k', chunksOf('one'));
      const second = await driver.put('k', chunksOf('two'), { ifMatch: first! });
      expect(second).not.toBeNull();
      expect(await driver.put('k', chunksOf('three'), { ifMatch: first! })).toBeNull();
      expect(await text(driver, 'k')).toBe('two');
      expect(await driver.put('k', chunksOf('three'), { ifMatch: second! })).not.toBeNull();
    });

    it('does not put if matching where nothing is', async () => {
      const { driver } = await open();
      expect(await driver.put('k', chunksOf('one'), { ifMatch: 'etag' })).toBeNull();
      expect(await driver.get('k')).toBeNull();
    });

    it('lets exactly one of two writers win who saw the same object', async () => {
      const { driver } = await open();
      const etag = (await driver.put('k', chunksOf('start')))!;
      const results = await Promise.all([
        driver.put('k', chunksOf('left'), { ifMatch: etag }),
        driver.put('k', chunksOf('right'), { ifMatch: etag }),
      ]);
      expect(results.filter((won) => won !== null)).toHaveLength(1);
      expect(await text(driver, 'k')).toBe(results[0] === null ? 'right' : 'left');
    });

    it('lets exactly one of many writers win where nothing was', async () => {
      const { driver } = await open();
      const results = await Promise.all(
        Array.from({ length: 8 }, (_, i) => driver.put('k', chunksOf(`${i}`), { ifAbsent: true })),
      );
      expect(results.filter((head) => head !== null)).toHaveLength(1);
      expect(await text(driver, 'k')).toBe(String(results.findIndex((head) => head !== null)));
    });

    it('leaves nothing of a put whose bytes fail', async () => {
      const { driver, leftovers } = await open();
      const broken = async function* () {
        yield Buffer.from('half');
        throw new RangeError('the source broke');
      };
      await expect(driver.put('a/k', broken())).rejects.toThrow(RangeError);
      expect(await driver.get('a/k')).toBeNull();
      expect(await leftovers()).toEqual([]);
    });

    it('leaves the old object when a put over it fails', async () => {
      const { driver, leftovers } = await open();
      const etag = (await driver.put('k', chunksOf('old')))!;
      const broken = async function* (): AsyncGenerator<Uint8Array> {
        yield Buffer.from('ne');
        throw new RangeError('the source broke');
      };
      for (const options of [{}, { ifMatch: etag }]) {
        await expect(driver.put('k', broken(), options)).rejects.toThrow(RangeError);
      }
      expect(await text(driver, 'k')).toBe('old');
      expect(await leftovers()).toEqual([]);
    });

    it('lists by prefix, whole or part of a segment', async () => {
      const { driver } = await open();
      for (const key of ['top', 'a/one', 'a/other', 'a/deep/x', 'ab/y']) await driver.put(key, chunksOf('.'));
      expect(await keys(driver, '')).toEqual(['a/deep/x', 'a/one', 'a/other', 'ab/y', 'top']);
      expect(await keys(driver, 'a/')).toEqual(['a/deep/x', 'a/one', 'a/other']);
      expect(await keys(driver, 'a/o')).toEqual(['a/one', 'a/other']);
      expect(await keys(driver, 'a')).toEqual(['a/deep/x', 'a/one', 'a/other', 'ab/y']);
      expect(await keys(driver, 'none/')).toEqual([]);
    });

    it('lists heads', async () => {
      const { driver } = await open();
      await driver.put('a/k', chunksOf('123'));
      const head = await driver.head('a/k');
      for await (const entry of driver.list('a/')) expect(entry).toEqual({ key: 'a/k', head });
    });

    it('deletes, and deletes again without an error', async () => {
      const { driver } = await open();
      await driver.put('a/k', chunksOf('x'));
      await driver.delete('a/k');
      await driver.delete('a/k');
      await driver.delete('never/was');
      expect(await driver.get('a/k')).toBeNull();
      expect(await keys(driver, '')).toEqual([]);
    });

    it('renews the age of an object and leaves its bytes', async () => {
      const { driver } = await open();
      await driver.put('k', chunksOf('x'));
      const before = (await driver.head('k'))!;
      await vi.waitFor(
        async () => {
          expect(await driver.renew('k', before)).toBe('renewed');
          expect((await driver.head('k'))!.modifiedMs).toBeGreaterThan(before.modifiedMs);
        },
        { timeout: 20_000 },
      );
      expect(await text(driver, 'k')).toBe('x');
    });

    it('makes nothing by renewing what is not there any more', async () => {
      const { driver } = await open();
      await driver.put('a/k', chunksOf('x'));
      const before = (await driver.head('a/k'))!;
      await driver.delete('a/k');
      expect(await driver.renew('a/k', before)).toBe('gone');
      expect(await driver.head('a/k')).toBeNull();
    });

    it('deletes what is as it was seen, and nothing that was renewed or written since', async () => {
      const { driver } = await open();
      await driver.put('k', chunksOf('x'));
      const first = (await driver.head('k'))!;
      await vi.waitFor(
        async () => {
          await driver.renew('k', first);
          expect((await driver.head('k'))!.modifiedMs).toBeGreaterThan(first.modifiedMs);
        },
        { timeout: 20_000 },
      );
      expect(await driver.delete('k', first)).toBe(false);
      const renewed = (await driver.head('k'))!;
      await driver.put('k', chunksOf('other'));
      expect(await driver.delete('k', renewed)).toBe(false);
      expect(await text(driver, 'k')).toBe('other');
      expect(await driver.delete('k', (await driver.head('k'))!)).toBe(true);
      expect(await driver.delete('k', renewed)).toBe(true);
      expect(await driver.head('k')).toBeNull();
    });

    it.each([
      '..',
      '../x',
      'a/../../x',
      '/etc/passwd',
      'a//b',
      '',
      'a/',
      '.hidden',
      'a\\b',
      'a\0b',
      'a/.tmp-1',
    ])('refuses the key %j as a bug of the caller', async (key) => {
      const { driver } = await open();
      for (const use of [
        () => driver.get(key),
        () => driver.head(key),
        () => driver.put(key, chunksOf('x')),
        () => driver.renew(key, { size: 1, etag: 'e', modifiedMs: 0 }),
        () => driver.delete(key),
      ]) {
        await expect(use()).rejects.toThrow(TypeError);
      }
    });
  });
}
