// The code inside a JSON file: noticed and hashed when the file is first read, streamed from its place when wanted.
import { createHash } from 'node:crypto';
import { Base64Decoder } from '../codec/base64.ts';
import type { JsonValue } from '../codec/json-tree.ts';
import { FormatError } from '../errors.ts';

/** Where the base64 text of one binary stands in its file, and what it decodes to. */
export interface CarriedBinary {
  sha256: string;
  size: number;
  /** Bytes from the start of the file to the first base64 digit. */
  offset: number;
  length: number;
}

/** Hashes one `binary_data` string as the reader passes over it. */
export class BinarySink {
  readonly #decoder = new Base64Decoder();
  readonly #hash = createHash('sha256');
  #size = 0;
  #length = 0;

  constructor(
    private readonly offset: number,
    private readonly maxBytes: number,
    private readonly found: (binary: CarriedBinary) => void,
  ) {}

  write(piece: Buffer): void {
    this.#length += piece.length;
    const bytes = this.#decoder.write(piece);
    this.#size += bytes.length;
    if (this.#size > this.maxBytes) {
      throw new FormatError('FORMAT_LIMIT_EXCEEDED', `a binary has more than ${this.maxBytes} bytes`, {
        hint: 'leave the component out, or let the operator raise the limit',
        details: { limit: this.maxBytes },
      });
    }
    this.#hash.update(bytes);
  }

  /** Leaves the key out of the document: the binary belongs to the file (F-2.2). */
  end(sourceBytes: number): JsonValue | undefined {
    if (sourceBytes !== this.#length) {
      throw new FormatError('FORMAT_INVALID', 'not standard base64: there is an escape in it', {
        hint: 'binary_data is written without escapes (FORMAT.md, F-5.1)',
      });
    }
    this.#decoder.end();
    this.found({
      sha256: this.#hash.digest('hex'),
      size: this.#size,
      offset: this.offset,
      length: this.#length,
    });
    return undefined;
  }
}

/** Decodes base64 text that arrives in pieces. @throws FormatError FORMAT_INVALID */
export async function* decodeBase64(text: AsyncIterable<Buffer>): AsyncGenerator<Uint8Array> {
  const decoder = new Base64Decoder();
  for await (const piece of text) yield decoder.write(piece);
  decoder.end();
}
