// The body of a request while it is sent, once for each attempt.
import { getDefaultHighWaterMark } from 'node:stream';

/** What `undici` reads from; where reading fails on our side, that is no fault of the connection. */
export class SentBody implements AsyncIterable<Uint8Array> {
  /** What was thrown while the bytes were made. */
  failure: { error: unknown } | null = null;

  constructor(private readonly bytes: AsyncIterable<Uint8Array>) {}

  /**
   * A chunk is only valid until the next one. After one that fills a socket `undici` waits until all is with the system, and asks
   * for the next only then; it does not wait after a smaller one.
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    const filling = getDefaultHighWaterMark(false);
    try {
      for await (const chunk of this.bytes) yield chunk.length < filling ? Buffer.from(chunk) : chunk;
    } catch (error) {
      this.failure = { error };
      throw error;
    }
  }
}
