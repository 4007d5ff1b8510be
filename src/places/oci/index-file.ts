// Reads and changes `index.json` of a layout, so that two writers never lose each other's snapshots.
import { readJsonTree } from '../../codec/json/tree.ts';
import { type Clock, SYSTEM_CLOCK } from '../../disk/clock.ts';
import { FormatError, StoreError } from '../../errors.ts';
import { type Index, MAX_INDEX_BYTES, parseIndex } from '../../snapshot/oci-manifest.ts';
import { EMPTY_INDEX } from './index-value.ts';
import type { ObjectDriver } from './object-driver.ts';

const INDEX_KEY = 'index.json';
const LAYOUT_KEY = 'oci-layout';
const LAYOUT = '{"imageLayoutVersion":"1.0.0"}';
const LIMITS = { depth: 16, documentBytes: MAX_INDEX_BYTES, values: 5_000_000 };
/** How long a writer that loses tries again. */
const PATIENCE_MS = 60_000;
const LONGEST_WAIT_MS = 1_000;
const SHORTEST_WAIT_MS = 20;

interface ReadIndex {
  index: Index;
  /** Null when there is no layout yet. */
  etag: string | null;
}

export class IndexFile {
  readonly #driver: ObjectDriver;
  readonly #clock: Clock;
  /** What was read or written last: parsing a thousand entries takes longer than seeing that they are the same. */
  #last: ReadIndex | null = null;

  constructor(driver: ObjectDriver, clock: Clock = SYSTEM_CLOCK) {
    this.#driver = driver;
    this.#clock = clock;
  }

  /** The index; an empty one when there is no layout yet. @throws StoreError STORE_DAMAGED */
  async read(): Promise<Index> {
    return (await this.#read()).index;
  }

  /**
   * Puts `change` of the current index in its place, again until nobody else changed it meanwhile, and makes everything
   * that was put before it durable first: what an index names is there whole. `change` is asked again for each index.
   * @throws StoreError STORE_DAMAGED; STORE_CHANGING after a minute of lost races
   */
  async update(change: (index: Index) => Index | Promise<Index>): Promise<Index> {
    await this.#driver.flush?.();
    const deadline = this.#clock.now() + PATIENCE_MS;
    for (;;) {
      const current = await this.#read();
      const index = await change(current.index);
      if (index === current.index) return index;
      if (await this.#put(index, current.etag)) {
        await this.#driver.flush?.();
        return index;
      }
      if (this.#clock.now() >= deadline) throw keepsChanging();
      await this.#clock.sleep(Math.random() * longestWait(deadline - this.#clock.now()));
    }
  }

  /** False when it was not put, or nobody knows: then it has to be read again. */
  async #put(index: Index, etag: string | null): Promise<boolean> {
    if (etag === null) await this.#driver.put(LAYOUT_KEY, bytesOf(LAYOUT), { ifAbsent: true });
    const condition = etag === null ? { ifAbsent: true } : { ifMatch: etag };
    const written = await this.#driver
      .put(INDEX_KEY, bytesOf(JSON.stringify(index)), condition)
      .catch(nullIfUnclear);
    if (written !== null) this.#last = { index, etag: written };
    return written !== null;
  }

  async #read(): Promise<ReadIndex> {
    if (this.#last !== null) {
      const head = await this.#driver.head(INDEX_KEY);
      if (head?.etag === this.#last.etag) return this.#last;
    }
    const object = await this.#driver.get(INDEX_KEY);
    if (object === null) return { index: EMPTY_INDEX, etag: null };
    this.#last = { index: await parsed(object.bytes), etag: object.etag };
    return this.#last;
  }
}

/** Who has lost for long waits less, so that those who come later let it by. */
function longestWait(leftMs: number): number {
  const patience = Math.max(0, 2 * leftMs - PATIENCE_MS) / PATIENCE_MS;
  return SHORTEST_WAIT_MS + (LONGEST_WAIT_MS - SHORTEST_WAIT_MS) * patience;
}

/** No answer, or one that somebody on the way gave: it may have been put all the same. */
function nullIfUnclear(error: unknown): null {
  if (error instanceof StoreError && error.code === 'STORE_UNREACHABLE') return null;
  throw error;
}

function keepsChanging(): StoreError {
  return new StoreError('STORE_CHANGING', 'the index of the store keeps changing while it is written', {
    hint: 'other programs are writing to the same store; try again',
  });
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
