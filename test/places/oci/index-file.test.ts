import { beforeEach, describe, expect, it } from 'vitest';
import { StoreError } from '../../../src/errors.ts';
import { IndexFile } from '../../../src/places/oci/index-file.ts';
import { withSnapshot } from '../../../src/places/oci/index-value.ts';
import type { Index } from '../../../src/snapshot/oci-manifest.ts';
import { failing } from '../../fixtures/failing.ts';
import { MemoryDriver } from './drivers/memory.ts';

const entry = (digit: string) => ({
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  digest: `sha256:${digit.repeat(64)}`,
  size: 1,
  annotations: {},
});
const adding = (digit: string) => (index: Index) => withSnapshot(index, entry(digit));
const digitsIn = ({ manifests }: Index) => manifests.map(({ digest }) => digest['sha256:'.length]).join('');

let driver: MemoryDriver;
let slept: number[];
let index: IndexFile;
beforeEach(() => {
  driver = new MemoryDriver();
  slept = [];
  let now = 0;
  const sleep = async (ms: number) => {
    slept.push(ms);
    now += ms;
  };
  index = new IndexFile(driver, { now: () => now, sleep });
});

/** Has the first `times` puts of the index answered by `answer`, which may put or not. */
function puts(times: number, answer: (put: () => Promise<string | null>) => Promise<string | null>): void {
  const put = driver.put.bind(driver);
  let left = times;
  driver.put = async (key, bytes, options) => {
    if (key !== 'index.json' || left-- <= 0) return put(key, bytes, options);
    return answer(() => put(key, bytes, options));
  };
}

const noAnswer = () => {
  throw new StoreError('STORE_UNREACHABLE', 'no answer');
};

describe('changing the index', () => {
  it('reads again and changes what others wrote when it lost a race', async () => {
    const other = new IndexFile(driver);
    puts(1, async (put) => {
      await other.update(adding('b'));
      return put();
    });
    expect(digitsIn(await index.update(adding('a')))).toBe('ba');
    expect(digitsIn(await new IndexFile(driver).read())).toBe('ba');
  });

  it('waits at random, less the longer it has lost, and gives up after a minute', async () => {
    puts(Infinity, async () => null);
    await expect(index.update(adding('a'))).rejects.toThrow(failing('STORE_CHANGING'));
    expect(slept.reduce((sum, ms) => sum + ms, 0)).toBeGreaterThanOrEqual(60_000);
    expect(Math.max(...slept)).toBeLessThanOrEqual(1_000);
    expect(Math.max(...slept.slice(-100))).toBeLessThanOrEqual(20);
    expect(new Set(slept).size).toBe(slept.length);
  });

  it('sees by reading that a put without an answer has come through, and does not put twice', async () => {
    puts(1, async (put) => {
      await put();
      return noAnswer();
    });
    await index.update(adding('a'));
    const [head] = [await driver.head('index.json')];
    expect(digitsIn(await index.update(adding('a')))).toBe('a');
    expect(await driver.head('index.json')).toEqual(head);
  });

  it('puts again when a put without an answer has not come through', async () => {
    puts(3, noAnswer);
    expect(digitsIn(await index.update(adding('a')))).toBe('a');
  });

  it('takes it for won when every racer was told that it lost, and its own put is there', async () => {
    puts(1, async (put) => {
      await put();
      return null;
    });
    expect(digitsIn(await index.update(adding('a')))).toBe('a');
  });

  it('stops at any other failure', async () => {
    puts(1, async () => {
      throw new StoreError('STORE_DENIED', 'no');
    });
    await expect(index.update(adding('a'))).rejects.toThrow(failing('STORE_DENIED'));
    expect(slept).toEqual([]);
  });
});
