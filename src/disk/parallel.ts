// Runs disk work a few items at a time: enough to overlap hashing with reading, writing and fsync, and not more.

/** Runs `work` on every item, at most `limit` at once; the first failure stops the rest and is thrown. */
export async function inParallel<T>(
  items: Iterable<T>,
  limit: number,
  work: (item: T) => Promise<void>,
  signal?: AbortSignal,
): Promise<void> {
  const queue = items[Symbol.iterator]();
  let failed = false;
  const worker = async () => {
    for (;;) {
      if (failed) return;
      signal?.throwIfAborted();
      const next = queue.next();
      if (next.done) return;
      try {
        await work(next.value);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const results = await Promise.allSettled(Array.from({ length: limit }, worker));
  const failure = results.find((result) => result.status === 'rejected');
  if (failure) throw failure.reason;
}

/**
 * Lets a few streams flow at a time while the others wait for their turn. Streams that all flow together also all end
 * together, and then nothing is read or hashed while their files are synced.
 */
export class Turns {
  readonly #waiting: (() => void)[] = [];
  #free: number;

  constructor(count: number) {
    this.#free = count;
  }

  /** `stream` unchanged, but begun only when its turn has come; the turn ends with the stream. */
  async *of<T>(stream: AsyncIterable<T>): AsyncGenerator<T> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      yield* stream;
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free++;
      else next();
    }
  }
}
