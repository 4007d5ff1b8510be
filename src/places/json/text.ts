// The text of a JSON snapshot, wherever it comes from: read from its beginning, and the code inside found again.
import type { Codec } from '../../codec/compression/compression.ts';
import type { CarriedBinary } from './binary.ts';
import { decodeBase64 } from './binary.ts';
import { InflatedText } from './inflated-text.ts';
import type { RangeReader } from './ranges.ts';

export interface JsonText {
  /** The text from its beginning; a chunk is only valid until the next. */
  read(): AsyncIterable<Uint8Array>;
  /** The bytes of binaries that are in it. */
  code(binaries: readonly CarriedBinary[]): CarriedCode;
}

/** The code in a text. @throws FormatError FORMAT_INVALID for what is no base64 */
export interface CarriedCode {
  bytes(binary: CarriedBinary, whose: string): AsyncIterable<Uint8Array>;
  /** All of it in the order of the text, each read before the next. */
  each(): AsyncIterable<[CarriedBinary, AsyncIterable<Uint8Array>]>;
}

/** Text in which any part can be read. */
class PlainText implements JsonText {
  constructor(private readonly ranges: RangeReader) {}

  read(): AsyncIterable<Uint8Array> {
    return this.ranges(0);
  }

  code(binaries: readonly CarriedBinary[]): CarriedCode {
    const bytes = ({ offset, length }: CarriedBinary, whose: string) =>
      decodeBase64(this.ranges(offset, offset + length), whose);
    return {
      bytes,
      async *each() {
        for (const binary of binaries) yield [binary, bytes(binary, 'binary_data')];
      },
    };
  }
}

export function textIn(ranges: RangeReader, codec: Codec | null, signal?: AbortSignal): JsonText {
  return codec === null ? new PlainText(ranges) : new InflatedText(() => ranges(0), codec, signal);
}
