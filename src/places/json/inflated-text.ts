// The text of a compressed JSON snapshot. It can only be read from its beginning; so the code that is wanted is first put,
// decoded, into a temporary file. Who wants none, as for a listing, needs no such file.
import { ByteReader } from '../../codec/compression/byte-reader.ts';
import type { Codec } from '../../codec/compression/compression.ts';
import { inflated } from '../../codec/compression/streams.ts';
import { MAX_INFLATED_BYTES } from '../../codec/limits.ts';
import { UnnamedFile } from '../../disk/unnamed-file.ts';
import { FormatError } from '../../errors.ts';
import { type CarriedBinary, decodeBase64 } from './binary.ts';
import type { CarriedCode, JsonText } from './text.ts';

export class InflatedText implements JsonText {
  constructor(
    private readonly compressed: () => AsyncIterable<Uint8Array>,
    private readonly codec: Codec,
    private readonly signal: AbortSignal | undefined,
  ) {}

  read(): AsyncIterable<Uint8Array> {
    return inflated(this.compressed(), this.codec, MAX_INFLATED_BYTES);
  }

  code(binaries: readonly CarriedBinary[]): CarriedCode {
    return new InflatedCode(() => this.read(), binaries, this.signal);
  }
}

/** All code of a text, one binary behind the other. */
interface Copy {
  file: UnnamedFile;
  /** Where each is in it, or why it cannot be decoded; by its offset in the text. */
  places: Map<number, { start: number; end: number } | FormatError>;
}

class InflatedCode implements CarriedCode {
  #copy: Promise<Copy> | null = null;

  constructor(
    private readonly text: () => AsyncIterable<Uint8Array>,
    private readonly binaries: readonly CarriedBinary[],
    private readonly signal: AbortSignal | undefined,
  ) {}

  async *bytes({ offset }: CarriedBinary): AsyncGenerator<Uint8Array> {
    this.#copy ??= this.#copied();
    const copy = await this.#copy.catch((error: unknown) => {
      // Perhaps there is room the next time.
      this.#copy = null;
      throw error;
    });
    const place = copy.places.get(offset)!;
    if (place instanceof FormatError) throw place;
    yield* copy.file.read(place.start, place.end);
  }

  async *each(): AsyncGenerator<[CarriedBinary, AsyncIterable<Uint8Array>]> {
    const reader = new ByteReader(this.text());
    try {
      for (const binary of this.binaries.toSorted((a, b) => a.offset - b.offset)) {
        // Also what is left of one that could not be decoded to its end.
        await reader.skip(binary.offset - reader.offset);
        yield [binary, decodeBase64(reader.pieces(binary.length), 'binary_data')];
      }
    } finally {
      await reader.close();
    }
  }

  async #copied(): Promise<Copy> {
    const file = await UnnamedFile.make();
    const places: Copy['places'] = new Map();
    try {
      for await (const [{ offset }, bytes] of this.each()) {
        const start = file.size;
        places.set(offset, (await this.#append(bytes, file)) ?? { start, end: file.size });
      }
    } catch (error) {
      file.close();
      throw error;
    }
    return { file, places };
  }

  /** Why the bytes cannot be decoded; null where they were appended. */
  async #append(bytes: AsyncIterable<Uint8Array>, file: UnnamedFile): Promise<FormatError | null> {
    const decoded = bytes[Symbol.asyncIterator]();
    for (;;) {
      this.signal?.throwIfAborted();
      const next = await decoded.next().catch((error: unknown) => {
        if (error instanceof FormatError) return error;
        throw error;
      });
      if (next instanceof FormatError) return next;
      if (next.done) return null;
      await file.append(next.value);
    }
  }
}
