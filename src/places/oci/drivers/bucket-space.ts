// What the drivers of buckets share: keys below a prefix, which objects are young, bytes in parts, and streams that are
// given up.
import { addAbortSignal, Readable } from 'node:stream';
import type { ObjectHead } from '../object-driver.ts';
import { assertObjectKey, isObjectKey } from '../object-key.ts';

/** Objects are sent in parts of this size; one that is smaller, in one request. */
export const PART_BYTES = 8 * 1024 * 1024;
/** Of one object. */
export const PARTS_AT_ONCE = 3;
/** A request is tried so often by the vendor's client, with its own back-off. */
export const TRIES = 4;
export const CONNECT_MS = 10_000;
/** How long nothing may come or go. */
export const IDLE_MS = 60_000;

/** Renewing costs a request that writes. Pruning takes a day's age for old, so an hour of it can be given away. */
const YOUNG_MS = 60 * 60 * 1000;

export interface BucketOptions {
  /** Stops every request. */
  signal?: AbortSignal | undefined;
  /** Milliseconds since 1970; by default of this machine. */
  now?: () => number;
}

/** The objects of a bucket whose names begin with a prefix. */
export class BucketSpace {
  readonly #root: string;
  readonly #now: () => number;
  readonly signal: AbortSignal | undefined;

  constructor(prefix: string, { signal, now = Date.now }: BucketOptions) {
    this.#root = prefix === '' ? '' : `${prefix}/`;
    this.signal = signal;
    this.#now = now;
  }

  /** The object's name in the bucket. */
  nameOf(key: string): string {
    assertObjectKey(key);
    return this.#root + key;
  }

  /** Where all names begin whose keys begin with `prefix`. */
  beginningOf(prefix: string): string {
    return this.#root + prefix;
  }

  /** The key of an object; null for what others keep here. */
  keyOf(name: string | undefined): string | null {
    if (!name?.startsWith(this.#root)) return null;
    const key = name.slice(this.#root.length);
    return isObjectKey(key) ? key : null;
  }

  isYoung({ modifiedMs }: ObjectHead): boolean {
    return this.#now() - modifiedMs < YOUNG_MS;
  }
}

/** The same bytes in parts of equal size, but for the last; one empty part when there are none. Stops on the signal. */
export async function* inParts(
  bytes: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Buffer, void> {
  let part: Buffer = Buffer.allocUnsafe(64 * 1024);
  let filled = 0;
  let isFirst = true;
  for await (const chunk of bytes) {
    signal?.throwIfAborted();
    for (let from = 0; from < chunk.length; ) {
      if (filled === PART_BYTES) {
        yield part;
        part = Buffer.allocUnsafe(PART_BYTES);
        filled = 0;
        isFirst = false;
      }
      const end = Math.min(chunk.length, from + PART_BYTES - filled);
      part = withRoomFor(part, filled, filled + end - from);
      part.set(chunk.subarray(from, end), filled);
      filled += end - from;
      from = end;
    }
  }
  if (filled > 0 || isFirst) yield part.subarray(0, filled);
}

/** Most objects are far smaller than a part. */
function withRoomFor(part: Buffer, filled: number, needed: number): Buffer {
  if (needed <= part.length) return part;
  const larger = Buffer.allocUnsafe(Math.min(Math.max(needed, part.length * 2), PART_BYTES));
  larger.set(part.subarray(0, filled));
  return larger;
}

/** All of an object that is written at once, or what it begins with. */
export interface Beginning {
  first: Buffer;
  /** All parts, the first again; null when there is only one. */
  parts: AsyncGenerator<Buffer, void> | null;
}

export async function beginningOf(parts: AsyncGenerator<Buffer, void>): Promise<Beginning> {
  const { value: first } = await parts.next();
  const second = await parts.next();
  if (second.done) return { first: first!, parts: null };
  return { first: first!, parts: again([first!, second.value], parts) };
}

async function* again(
  taken: readonly Buffer[],
  parts: AsyncGenerator<Buffer, void>,
): AsyncGenerator<Buffer, void> {
  try {
    yield* taken;
    yield* parts;
  } finally {
    await parts.return();
  }
}

/** Keeps apart what failed: where the bytes come from, or where they go to. */
export class PartSource {
  #failure: { error: unknown } | null = null;

  constructor(private readonly parts: AsyncIterable<Buffer>) {}

  stream(): Readable {
    return Readable.from(this.#watched(), { objectMode: false, highWaterMark: 1 });
  }

  rethrow(): void {
    if (this.#failure !== null) throw this.#failure.error;
  }

  async *#watched(): AsyncGenerator<Buffer> {
    try {
      yield* this.parts;
    } catch (error) {
      this.#failure = { error };
      throw error;
    }
  }
}

/** The bytes of an answer; it is given up when the signal says so or nothing comes for long. @throws what `failure` makes */
export async function* streamed(
  body: Readable,
  signal: AbortSignal | undefined,
  failure: (error: unknown) => Error,
): AsyncGenerator<Uint8Array> {
  if (signal !== undefined) addAbortSignal(signal, body);
  const giveUp = () => body.destroy(Object.assign(new Error('nothing came'), { code: 'ETIMEDOUT' }));
  let timer = setTimeout(giveUp, IDLE_MS);
  try {
    for await (const chunk of body) {
      clearTimeout(timer);
      yield chunk;
      timer = setTimeout(giveUp, IDLE_MS);
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw failure(error);
  } finally {
    clearTimeout(timer);
    body.destroy();
  }
}
