// The body of a request while it is sent, once for each attempt.
import { Readable } from 'node:stream';

/** What `undici` reads from; where reading fails on our side, that is no fault of the connection. */
export class SentBody {
  /** What was thrown while the bytes were made. */
  failure: { error: unknown } | null = null;
  readonly stream: Readable;

  constructor(bytes: AsyncIterable<Uint8Array>) {
    this.stream = Readable.from(this.#watched(bytes), { objectMode: false });
  }

  async *#watched(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    try {
      // A chunk is only valid until the next one, and a stream keeps several.
      for await (const chunk of bytes) yield Buffer.from(chunk);
    } catch (error) {
      this.failure = { error };
      throw error;
    }
  }
}
