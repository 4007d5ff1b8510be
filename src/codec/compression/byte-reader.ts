// Reads given numbers of bytes from a stream whose chunks are cut anywhere.

export class ByteReader {
  readonly #source: AsyncIterator<Uint8Array>;
  #chunk: Buffer = Buffer.alloc(0);
  #at = 0;
  #offset = 0;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** The next `count` bytes, or fewer where the stream ends; valid for good. */
  async take(count: number): Promise<Buffer> {
    const taken = Buffer.allocUnsafe(count);
    let filled = 0;
    for await (const piece of this.pieces(count)) {
      taken.set(piece, filled);
      filled += piece.length;
    }
    return taken.subarray(0, filled);
  }

  /** Passes over `count` bytes; false where the stream ends before. */
  async skip(count: number): Promise<boolean> {
    const end = this.#offset + count;
    for await (const _passed of this.pieces(count));
    return this.#offset === end;
  }

  /** How many bytes were read or passed over so far. */
  get offset(): number {
    return this.#offset;
  }

  /** The next `count` bytes, or fewer where the stream ends, in pieces that are valid until the next. */
  async *pieces(count: number): AsyncGenerator<Buffer> {
    const end = this.#offset + count;
    while (this.#offset < end && (await this.#fill())) yield this.#piece(end - this.#offset);
  }

  /** All that is left, as `pieces`; ends the stream. */
  async *rest(): AsyncGenerator<Buffer> {
    try {
      yield* this.pieces(Number.POSITIVE_INFINITY);
    } finally {
      await this.close();
    }
  }

  /** Ends the stream early. */
  async close(): Promise<void> {
    await this.#source.return?.();
  }

  async #fill(): Promise<boolean> {
    while (this.#at === this.#chunk.length) {
      const { done, value } = await this.#source.next();
      if (done) return false;
      this.#chunk = Buffer.from(value.buffer, value.byteOffset, value.length);
      this.#at = 0;
    }
    return true;
  }

  #piece(atMost: number): Buffer {
    const piece = this.#chunk.subarray(this.#at, Math.min(this.#chunk.length, this.#at + atMost));
    this.#at += piece.length;
    this.#offset += piece.length;
    return piece;
  }
}
