// The bytes of an object on their way into a bucket: at once where they are few, else as a stream or in parts.
import { Readable } from 'node:stream';

/** Objects are sent in parts of this size, and the smallest that S3 takes; one that is smaller, in one request. */
export const PART_BYTES = 5 * 1024 * 1024;
/** Of one object. */
export const PARTS_AT_ONCE = 3;

export type Source = { readonly whole: Buffer } | { readonly whole: null; readonly bytes: Bytes };
type Bytes = AsyncGenerator<Uint8Array, void>;

/** Reads as much as is sent at once. Stops on the signal. */
export async function sourceOf(
  bytes: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): Promise<Source> {
  const stoppable = untilStopped(bytes, signal);
  const taken: Buffer[] = [];
  for (let size = 0; size <= PART_BYTES; ) {
    const next = await stoppable.next();
    if (next.done) return { whole: Buffer.concat(taken) };
    taken.push(Buffer.from(next.value)); // it is valid until the next one only
    size += next.value.length;
  }
  return { whole: null, bytes: following(taken, stoppable) };
}

async function* untilStopped(bytes: AsyncIterable<Uint8Array>, signal: AbortSignal | undefined): Bytes {
  for await (const chunk of bytes) {
    signal?.throwIfAborted();
    yield chunk;
  }
}

async function* following(taken: Buffer[], bytes: Bytes): Bytes {
  try {
    for (let chunk = taken.shift(); chunk !== undefined; chunk = taken.shift()) yield chunk;
    yield* bytes;
  } finally {
    await bytes.return();
  }
}

/** Bytes in parts of equal size, but for the last. Memory of a part is used again when it was given back. */
export class Parts {
  readonly #free: Buffer[] = [];

  async *of(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer, void> {
    let part = this.#take();
    let filled = 0;
    for await (const chunk of bytes) {
      for (let from = 0; from < chunk.length; ) {
        if (filled === PART_BYTES) {
          yield part;
          part = this.#take();
          filled = 0;
        }
        const end = Math.min(chunk.length, from + PART_BYTES - filled);
        part.set(chunk.subarray(from, end), filled);
        filled += end - from;
        from = end;
      }
    }
    yield part.subarray(0, filled);
  }

  giveBack(part: Buffer): void {
    if (part.length === PART_BYTES) this.#free.push(part);
  }

  #take(): Buffer {
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(PART_BYTES);
  }
}

/** A stream for a vendor's client, that keeps apart what failed: where the bytes come from, or where they go to. */
export class SourceStream {
  #failure: { error: unknown } | null = null;

  constructor(private readonly bytes: Bytes) {}

  readable(): Readable {
    return Readable.from(this.#watched(), { objectMode: false, highWaterMark: 1 });
  }

  /** Of where the bytes come from, if it was that. */
  rethrow(): void {
    if (this.#failure !== null) throw this.#failure.error;
  }

  async *#watched(): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of this.bytes) yield Buffer.from(chunk);
    } catch (error) {
      this.#failure = { error };
      throw error;
    }
  }
}
