// The bytes of an object on their way into a bucket: at once where they are few, else as a stream or in parts.
import { Readable } from 'node:stream';

/** Objects are sent in parts of this size, and the smallest that S3 takes; one that is smaller, in one request. */
export const PART_BYTES = 5 * 1024 * 1024;
/** Of all objects of a driver: each is held in memory until it is answered. */
const PARTS_AT_ONCE = 6;

export type Source = { readonly whole: Buffer } | { readonly whole: null; readonly bytes: Bytes };
type Bytes = AsyncGenerator<Uint8Array, void>;

/** Memory of one part each, used again when it was given back: fresh memory for each would be cleared away late. */
export class PartMemory {
  readonly #free: Buffer[] = [];
  readonly #waiting: (() => void)[] = [];
  #underWay = 0;

  take(): Buffer {
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(PART_BYTES);
  }

  /** Takes back a part or the beginning of one. Nobody may read it any more, also not for a request that failed. */
  giveBack(part: Buffer): void {
    this.#free.push(Buffer.from(part.buffer));
  }

  /** Waits until one more part may be on its way; `arrived` has to follow. */
  async depart(): Promise<void> {
    if (this.#underWay < PARTS_AT_ONCE) this.#underWay++;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  arrived(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#underWay--;
    else next();
  }
}

/** Reads as much as is sent at once; what is whole lies in `memory`. Stops on the signal. */
export async function sourceOf(
  bytes: AsyncIterable<Uint8Array>,
  memory: PartMemory,
  signal: AbortSignal | undefined,
): Promise<Source> {
  const stoppable = untilStopped(bytes, signal);
  const taken = memory.take();
  let filled = 0;
  for (;;) {
    const next = await stoppable.next();
    if (next.done) return { whole: taken.subarray(0, filled) };
    const end = filled + next.value.length;
    if (end > PART_BYTES)
      return { whole: null, bytes: all(taken.subarray(0, filled), next.value, stoppable, memory) };
    taken.set(next.value, filled);
    filled = end;
  }
}

async function* untilStopped(bytes: AsyncIterable<Uint8Array>, signal: AbortSignal | undefined): Bytes {
  for await (const chunk of bytes) {
    signal?.throwIfAborted();
    yield chunk;
  }
}

async function* all(taken: Buffer, next: Uint8Array, rest: Bytes, memory: PartMemory): Bytes {
  try {
    yield taken;
    memory.giveBack(taken);
    yield next;
    yield* rest;
  } finally {
    await rest.return();
  }
}

/**
 * Sends bytes in parts, several at once. What was sent is in the order of the parts, which are numbered from 1.
 * @throws the first error; then nothing is on its way any more
 */
export async function eachPart<T>(
  bytes: AsyncIterable<Uint8Array>,
  memory: PartMemory,
  send: (part: Buffer, number: number) => Promise<T>,
): Promise<T[]> {
  const sent: T[] = [];
  const underWay: Promise<void>[] = [];
  let failure: { error: unknown } | null = null;
  const sendOne = async (part: Buffer, number: number) => {
    try {
      sent[number - 1] = await send(part, number);
      memory.giveBack(part);
    } catch (error) {
      failure ??= { error };
    } finally {
      memory.arrived();
    }
  };
  try {
    for await (const part of inParts(bytes, memory)) {
      await memory.depart();
      underWay.push(sendOne(part, underWay.length + 1));
      if (failure !== null) break;
    }
  } finally {
    // What is still on its way would be kept by an upload that is aborted before.
    await Promise.all(underWay);
  }
  if (failure !== null) throw (failure as { error: unknown }).error;
  return sent;
}

/** Bytes in parts of equal size, but for the last. Each is given back by whoever uses it. */
async function* inParts(bytes: AsyncIterable<Uint8Array>, memory: PartMemory): AsyncGenerator<Buffer, void> {
  let part = memory.take();
  let filled = 0;
  for await (const chunk of bytes) {
    for (let from = 0; from < chunk.length; ) {
      if (filled === PART_BYTES) {
        yield part;
        part = memory.take();
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
