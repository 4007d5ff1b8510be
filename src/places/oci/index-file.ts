// Reads and changes `index.json` of a layout, so that two writers never lose each other's snapshots.
import { setTimeout as delay } from 'node:timers/promises';
import { readJsonTree } from '../../codec/json/tree.ts';
import { FormatError, StoreError } from '../../errors.ts';
import { type Index, MAX_INDEX_BYTES, parseIndex } from '../../snapshot/oci-manifest.ts';
import { EMPTY_INDEX } from './index-value.ts';
import type { ObjectDriver } from './object-driver.ts';

const INDEX_KEY = 'index.json';
const LAYOUT_KEY = 'oci-layout';
const LAYOUT = '{"imageLayoutVersion":"1.0.0"}';
const LIMITS = { depth: 16, documentBytes: MAX_INDEX_BYTES, values: 5_000_000 };
const ATTEMPTS = 200;

interface ReadIndex {
  index: Index;
  /** Null when there is no layout yet. */
  etag: string | null;
}

export class IndexFile {
  readonly #driver: ObjectDriver;
  /** What was read or written last: parsing a thousand entries takes longer than seeing that they are the same. */
  #last: ReadIndex | null = null;

  constructor(driver: ObjectDriver) {
    this.#driver = driver;
  }

  /** The index; an empty one when there is no layout yet. @throws StoreError STORE_DAMAGED */
  async read(): Promise<Index> {
    return (await this.#read()).index;
  }

  /**
   * Puts `change` of the current index in its place, again until nobody else changed it meanwhile, and makes everything
   * that was put before it durable first: what an index names is there whole. `change` is pure.
   * @throws StoreError STORE_DAMAGED, STORE_CHANGING
   */
  async update(change: (index: Index) => Index): Promise<Index> {
    await this.#driver.flush();
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const current = await this.#read();
      const index = change(current.index);
      if (index === current.index) return index;
      if (await this.#put(index, current.etag)) {
        await this.#driver.flush();
        return index;
      }
      await delay(Math.random() * 20);
    }
    throw new StoreError('STORE_CHANGING', 'the index of the store keeps changing while it is written', {
      hint: 'other programs are writing to the same store; try again',
    });
  }

  async #put(index: Index, etag: string | null): Promise<boolean> {
    if (etag === null) await this.#driver.put(LAYOUT_KEY, bytesOf(LAYOUT), { ifAbsent: true });
    const condition = etag === null ? { ifAbsent: true } : { ifMatch: etag };
    const head = await this.#driver.put(INDEX_KEY, bytesOf(JSON.stringify(index)), condition);
    if (head !== null) this.#last = { index, etag: head.etag };
    return head !== null;
  }

  async #read(): Promise<ReadIndex> {
    const head = await this.#driver.head(INDEX_KEY);
    if (head !== null && head.etag === this.#last?.etag) return this.#last;
    const object = await this.#driver.get(INDEX_KEY);
    if (object === null) return { index: EMPTY_INDEX, etag: null };
    this.#last = { index: await parsed(object.bytes), etag: object.head.etag };
    return this.#last;
  }
}

async function parsed(bytes: AsyncIterable<Uint8Array>): Promise<Index> {
  try {
    return parseIndex(await readJsonTree(bytes, { limits: LIMITS }));
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new StoreError('STORE_DAMAGED', `the index of the store cannot be read: ${error.message}`, {
      hint: 'move the store away and export again, or restore index.json from a backup',
      cause: error,
    });
  }
}

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text, 'utf8');
}
