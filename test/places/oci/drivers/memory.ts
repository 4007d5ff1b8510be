// Objects in memory: the shortest description of what a driver does.
import type {
  ListedObject,
  ObjectDriver,
  ObjectHead,
  OpenObject,
  PutOptions,
  Renewal,
} from '../../../../src/places/oci/object-driver.ts';
import { assertObjectKey } from '../../../../src/places/oci/object-key.ts';

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

  async get(key: string): Promise<OpenObject | null> {
    assertObjectKey(key);
    const object = this.#objects.get(key);
    if (object === undefined) return null;
    return { etag: object.head.etag, bytes: oneChunk(object.bytes) };
  }

  async put(key: string, bytes: AsyncIterable<Uint8Array>, options: PutOptions = {}): Promise<string | null> {
    assertObjectKey(key);
    const chunks: Uint8Array[] = [];
    for await (const chunk of bytes) chunks.push(Buffer.from(chunk));
    const current = this.#objects.get(key);
    if (options.ifAbsent === true && current !== undefined) return null;
    if (options.ifMatch !== undefined && current?.head.etag !== options.ifMatch) return null;
    const whole = Buffer.concat(chunks);
    const head = { size: whole.length, etag: String(++this.#lastEtag), modifiedMs: this.#now() };
    this.#objects.set(key, { bytes: whole, head });
    return head.etag;
  }

  async head(key: string): Promise<ObjectHead | null> {
    assertObjectKey(key);
    return this.#objects.get(key)?.head ?? null;
  }

  async renew(key: string): Promise<Renewal> {
    assertObjectKey(key);
    const object = this.#objects.get(key);
    if (object === undefined) return 'gone';
    object.head = { ...object.head, modifiedMs: this.#now() };
    return 'renewed';
  }

  async *list(prefix: string): AsyncGenerator<ListedObject> {
    for (const [key, { head }] of [...this.#objects]) if (key.startsWith(prefix)) yield { key, head };
  }

  async delete(key: string, seen?: ObjectHead): Promise<boolean> {
    assertObjectKey(key);
    const head = this.#objects.get(key)?.head;
    if (seen !== undefined && head !== undefined && head !== seen) return false;
    this.#objects.delete(key);
    return true;
  }
}

async function* oneChunk(bytes: Buffer): AsyncGenerator<Uint8Array> {
  if (bytes.length > 0) yield bytes;
}
