// A layout in memory with a clock the test moves, and a look at what is in it.

import { OciLayout } from '../../../src/places/oci/layout.ts';
import type { WrittenSnapshot } from '../../../src/places/place.ts';
import { collect, type SampleOptions, sampleSnapshot } from '../sample-snapshot.ts';
import { MemoryDriver } from './drivers/memory.ts';

export const DAY_MS = 24 * 60 * 60 * 1000;

export interface IndexEntry {
  digest: string;
  size: number;
  annotations: Record<string, string>;
}

export class MemoryLayout {
  now = 1_800_000_000_000;
  readonly driver = new MemoryDriver(() => this.now);
  readonly layout = new OciLayout(this.driver);

  /** Writes a sample of these components. */
  async write(
    ids: readonly string[],
    { name, ...options }: SampleOptions & { name?: string } = {},
  ): Promise<WrittenSnapshot> {
    const { content, blobs } = sampleSnapshot(ids, options);
    return this.layout.write(content, blobs, { name });
  }

  async keys(): Promise<string[]> {
    const found: string[] = [];
    for await (const { key } of this.driver.list('')) found.push(key);
    return found.sort();
  }

  async text(key: string): Promise<string> {
    return (await collect((await this.driver.get(key))!.bytes)).toString();
  }

  async index(): Promise<{ manifests: IndexEntry[] }> {
    return JSON.parse(await this.text('index.json'));
  }
}

export function blobKeyOf(digest: string): string {
  return `blobs/sha256/${digest.replace('sha256:', '')}`;
}
