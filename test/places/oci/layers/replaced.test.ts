// The snapshot that loses its name in a bucket: what it has is not looked for again, and is never lost by that.
import { beforeEach, describe, expect, it } from 'vitest';
import { verifyBlobs } from '../../../../src/disk/blobs/blobs.ts';
import type { OciLayout } from '../../../../src/places/oci/layout.ts';
import { OciLayout as Layout } from '../../../../src/places/oci/layout.ts';
import { artifactsOf } from '../../../../src/snapshot/schema.ts';
import { componentBytes, sampleSnapshot } from '../../sample-snapshot.ts';
import { MemoryDriver } from '../drivers/memory.ts';
import { blobKeyOf, DAY_MS } from '../memory-layout.ts';

const HOUR_MS = DAY_MS / 24;
const IDS = Array.from({ length: 40 }, (_, i) => `c${i}`);

/** Tells which blobs were looked for, and lets others work before one is put. */
class WatchedDriver extends MemoryDriver {
  looked: string[] = [];
  beforePut: ((key: string) => Promise<void>) | null = null;

  override async head(key: string) {
    if (key.startsWith('blobs/')) this.looked.push(key);
    return super.head(key);
  }

  override async put(...args: Parameters<MemoryDriver['put']>) {
    await this.beforePut?.(args[0]);
    return super.put(...args);
  }
}

let now: number;
let driver: WatchedDriver;
let layout: OciLayout;

beforeEach(() => {
  now = 1_800_000_000_000;
  driver = new WatchedDriver(() => now);
  layout = new Layout(driver, clock);
});

const clock = {
  now: () => now,
  sleep: async (ms: number) => {
    now += ms;
  },
};

function sampleWith(changed: string | null, ids = IDS) {
  const code = (id: string) => componentBytes(id === changed ? `${id} changed` : id);
  return sampleSnapshot(ids, { code });
}

async function write(changed: string | null, options: { name?: string; codec?: 'gzip' } = {}) {
  const { content, blobs } = sampleWith(changed);
  driver.looked = [];
  const { name = 'tools', codec } = options;
  return layout.write(content, blobs, { name, compress: codec && { codec } });
}

async function isWhole(name: string): Promise<boolean> {
  const { content, blobs } = await new Layout(driver, clock).open(name);
  return (await verifyBlobs(blobs, artifactsOf(content.tree))) > 0;
}

describe('what the snapshot has that loses the name', () => {
  it.each([undefined, 'gzip'] as const)('is not looked for again: %s', async (codec) => {
    await write(null, { ...(codec && { codec }) });
    const { transfer } = await write('c7', { ...(codec && { codec }) });
    expect(transfer).toMatchObject({ sent: { blobs: 1 }, shared: { blobs: 39 } });
    // The code that changed (compressed: by its own bytes and by the compressed ones), the document and the manifest.
    expect(driver.looked.length).toBeLessThanOrEqual(4);
    expect(await isWhole('tools')).toBe(true);
  });

  it('is looked for once a day, however often it loses the name, and where it was looked for in the future', async () => {
    await write(null);
    for (const changed of ['c1', 'c2', 'c3']) {
      now += 7 * HOUR_MS;
      await write(changed);
      // What changed, what is as it was before, the document and the manifest.
      expect(driver.looked.length).toBeLessThanOrEqual(4);
    }
    now += 7 * HOUR_MS;
    await write('c4');
    expect(driver.looked).toHaveLength(42);
    now -= HOUR_MS;
    await write('c5');
    expect(driver.looked).toHaveLength(42);
  });

  it('is looked for where another name is written', async () => {
    await write(null);
    await write('c7', { name: 'other' });
    expect(driver.looked).toHaveLength(42);
  });

  it('is found to be lost by an export that changes nothing, which brings it back', async () => {
    await write(null);
    await write('c1');
    const [lost] = sampleWith(null, ['c5']).content.tree.components;
    await driver.delete(blobKeyOf(lost!.artifact.sha256));
    await write('c1');
    expect(await isWhole('tools')).toBe(true);
  });

  it('is put again where the snapshot was removed and pruned meanwhile', async () => {
    await write(null);
    now += 2 * HOUR_MS;
    await write('c1'); // so that it was looked for lately, and all else becomes old
    const other = new Layout(driver, clock);
    now += DAY_MS - 3 * HOUR_MS;
    let pruned = 0;
    driver.beforePut = async () => {
      driver.beforePut = null;
      await other.remove('tools');
      const result = await other.prune({ now: now + 2 * DAY_MS });
      pruned = result.removedBlobs;
    };
    const { content, blobs } = sampleWith('c2');
    const { changed } = await layout.write(content, blobs, { name: 'tools' });
    expect(pruned).toBeGreaterThan(39);
    expect(changed).toBe(true);
    expect(await isWhole('tools')).toBe(true);
  });
});
