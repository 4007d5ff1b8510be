// The bytes of a blob in parts, in any order: read on where the last part ended, and anew for one before that. The last ones are
// held back until all are verified, so that nobody ever has the whole of something else.
import { type BlobSource, verified } from '../../disk/blobs/blob.ts';

export class RewindableBytes {
  #bytes: AsyncGenerator<Uint8Array> | null = null;
  #at = 0;
  /** Of the last chunk, what has not been taken. */
  #rest: Uint8Array | null = null;

  constructor(
    private readonly source: BlobSource,
    private readonly signal: AbortSignal | undefined,
  ) {}

  /** @throws VerificationError VERIFY_DIGEST_MISMATCH before the last bytes */
  async *part(from: number, length: number): AsyncGenerator<Uint8Array> {
    if (this.#bytes === null || from !== this.#at) {
      await this.#begin();
      for await (const _skipped of this.#take(from));
    }
    yield* this.#take(length);
  }

  async close(): Promise<void> {
    const bytes = this.#bytes;
    this.#bytes = null;
    await bytes?.return(undefined);
  }

  async #begin(): Promise<void> {
    await this.close();
    this.#bytes = verified(this.source, this.source.open(), this.signal);
    this.#at = 0;
    this.#rest = null;
  }

  async *#take(length: number): AsyncGenerator<Uint8Array> {
    for (let left = length; left > 0; ) {
      const chunk = this.#rest ?? (await this.#next());
      if (chunk === null) return;
      const taken = chunk.subarray(0, left);
      this.#rest = taken.length < chunk.length ? chunk.subarray(taken.length) : null;
      this.#at += taken.length;
      left -= taken.length;
      if (this.#at < this.source.size) {
        yield taken;
      } else {
        const last = Buffer.from(taken);
        await this.#next();
        yield last;
      }
    }
  }

  /** Null at the end, if what came were the right bytes. */
  async #next(): Promise<Uint8Array | null> {
    const { done, value } = await this.#bytes!.next();
    return done ? null : value;
  }
}
