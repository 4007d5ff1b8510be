// The code inside a JSON file: its position is noted when the file is first read, and it is decoded when it is needed.
import { Base64Decoder, decodedSize } from '../../codec/base64.ts';
import type { JsonValue } from '../../codec/json/tree.ts';
import { FormatError } from '../../errors.ts';

/** Where the base64 text of a binary is in its file, and how many bytes it decodes to. */
export interface CarriedBinary {
  size: number;
  /** Bytes from the start of the file to the first base64 digit. */
  offset: number;
  length: number;
}

/** Measures one `binary_data` string as the reader skips it; whether it is valid base64 is checked when it is decoded. */
export class BinarySink {
  #length = 0;
  #tail = '';

  constructor(
    private readonly offset: number,
    private readonly maxBytes: number,
    private readonly found: (binary: CarriedBinary) => void,
  ) {}

  write(piece: Buffer): void {
    this.#length += piece.length;
    this.#tail = (this.#tail + piece.toString('latin1', Math.max(piece.length - 2, 0))).slice(-2);
    if (decodedSize(this.#length, this.#tail) <= this.maxBytes) return;
    throw new FormatError('FORMAT_LIMIT_EXCEEDED', `a binary has more than ${this.maxBytes} bytes`, {
      hint: 'leave the component out',
      details: { limit: this.maxBytes },
    });
  }

  /** Leaves the key out of the document: the binary belongs to the file (F-2.2). */
  end(): JsonValue | undefined {
    const size = decodedSize(this.#length, this.#tail);
    this.found({ size, offset: this.offset, length: this.#length });
    return undefined;
  }
}

/** Decodes base64 text that arrives in pieces. A chunk is only valid until the next. @throws FormatError FORMAT_INVALID */
export async function* decodeBase64(text: AsyncIterable<Buffer>, whose: string): AsyncGenerator<Uint8Array> {
  const decoder = new Base64Decoder(whose);
  for await (const piece of text) yield decoder.write(piece);
  decoder.end();
}
