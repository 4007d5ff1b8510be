// Objects in memory: the shortest description of what a driver does.
import type { ObjectDriver, ObjectHead, PutOptions } from '../../../src/places/oci/object-driver.ts';
import { assertObjectKey } from '../../../src/places/oci/object-key.ts';

interface StoredObject {
  bytes: Buffer;
  head: ObjectHead;
}

export class MemoryDriver implements ObjectDriver {
  readonly #objects = new Map<string, StoredObject>();
  readonly #now: () => number;
  #lastEtag = 0;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  async get(key: string): ReturnType<ObjectDriver['get']> {
    assertObjectKey(key);
    const object = this.#objects.get(key);
    if (object === undefined) return null;
    return { head: object.head, bytes: oneChunk(object.bytes) };
  }

  async put(
    key: string,
    bytes: AsyncIterable<Uint8Array>,
    options: PutOptions = {},
  ): Promise<ObjectHead | null> {
    assertObjectKey(key);
    const chunks: Uint8Array[] = [];
    for await (const chunk of bytes) chunks.push(Buffer.from(chunk));
    const current = this.#objects.get(key);
    if (options.ifAbsent === true && current !== undefined) return null;
    if (options.ifMatch !== undefined && current?.head.etag !== options.ifMatch) return null;
    const whole = Buffer.concat(chunks);
    const head = { size: whole.length, etag: String(++this.#lastEtag), modifiedMs: this.#now() };
    this.#objects.set(key, { bytes: whole, head });
    return head;
  }

  async head(key: string): Promise<ObjectHead | null> {
    assertObjectKey(key);
    return this.#objects.get(key)?.head ?? null;
  }

  async touch(key: string): Promise<void> {
    assertObjectKey(key);
    const object = this.#objects.get(key);
    if (object !== undefined) object.head = { ...object.head, modifiedMs: this.#now() };
  }

  async *list(prefix: string): ReturnType<ObjectDriver['list']> {
    for (const [key, { head }] of [...this.#objects]) if (key.startsWith(prefix)) yield { key, head };
  }

  async delete(key: string): Promise<void> {
    assertObjectKey(key);
    this.#objects.delete(key);
  }

  async flush(): Promise<void> {}

  async exclusively<T>(work: () => Promise<T>): Promise<T> {
    return work();
  }

  async removeLeftovers(): Promise<number> {
    return 0;
  }
}

async function* oneChunk(bytes: Buffer): AsyncGenerator<Uint8Array> {
  if (bytes.length > 0) yield bytes;
}
