// A strict base64 codec (RFC 4648, section 4) for streams: no white space, no url-safe letters, padding only at the end,
// unused bits zero. Node's own decoder accepts violations of all of these.
import { FormatError } from '../errors.ts';

const GROUP = 4;
const TRIPLE = 3;
const PAD = 0x3d;
/** Strings of about this size are cheap to make and free; larger ones are many times slower. */
const SLICE_BYTES = 24 * 1024;

/** How many bytes a base64 text decodes to that has `length` characters and ends with `tail`. */
export function decodedSize(length: number, tail: string): number {
  const padding = tail.endsWith('==') ? 2 : tail.endsWith('=') ? 1 : 0;
  return Math.floor(length / GROUP) * TRIPLE - padding;
}

/** The bytes of a short text at once, by the same rules; null where it breaks one. */
export function standardBase64(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : null;
}

/** Decodes a text that arrives in pieces, which may be split anywhere. */
export class Base64Decoder {
  #carry: Buffer = Buffer.alloc(0);
  #out: Buffer = Buffer.alloc(0);
  #ended = false;

  /** @param whose text it is, for errors */
  constructor(private readonly whose = 'the text') {}

  /** The bytes that can be decoded so far; valid until the next call. @throws FormatError FORMAT_INVALID */
  write(piece: Buffer): Buffer {
    const head = Math.min((GROUP - this.#carry.length) % GROUP, piece.length);
    const tail = Math.max(piece.length - ((piece.length - head) % GROUP), head);
    const first =
      this.#carry.length === 0 ? this.#carry : Buffer.concat([this.#carry, piece.subarray(0, head)]);
    const room = Math.ceil((this.#carry.length + piece.length) / GROUP) * TRIPLE;
    if (this.#out.length < room) this.#out = Buffer.allocUnsafeSlow(room);
    let size = 0;
    if (first.length === GROUP) size += this.#decode(first, size);
    for (let at = head; at < tail; at += SLICE_BYTES) {
      size += this.#decode(piece.subarray(at, Math.min(at + SLICE_BYTES, tail)), size);
    }
    const rest = piece.subarray(tail);
    this.#carry = first.length % GROUP === 0 ? Buffer.from(rest) : first;
    return this.#out.subarray(0, size);
  }

  /** @throws FormatError FORMAT_INVALID when the text ended in the middle of a group */
  end(): void {
    if (this.#carry.length > 0) throw this.#bad('its length is not a multiple of 4');
  }

  /** Decodes whole groups to the place `at`; returns how many bytes they were. */
  #decode(groups: Buffer, at: number): number {
    if (this.#ended) throw this.#bad('there is text after the padding');
    const firstPad = groups.indexOf(PAD);
    const padding = firstPad < 0 ? 0 : groups.length - firstPad;
    if (padding > 2 || (padding === 2 && groups[groups.length - 1] !== PAD))
      throw this.#bad('padding is not at the end');
    if (groups.includes(0x2d) || groups.includes(0x5f)) throw this.#bad('url-safe letters are not allowed');
    const text = groups.toString('latin1');
    const size = this.#out.write(text, at, 'base64');
    // The native decoder skips characters that are not base64 digits, so any of them makes the result shorter.
    if (size !== (groups.length / GROUP) * TRIPLE - padding)
      throw this.#bad('it has a character that is not a base64 digit');
    if (padding > 0) {
      this.#ended = true;
      const last = this.#out.toString('base64', at + size - (TRIPLE - padding), at + size);
      if (last !== text.slice(-GROUP)) throw this.#bad('unused bits are not zero');
    }
    return size;
  }

  #bad(why: string): FormatError {
    return new FormatError('FORMAT_INVALID', `${this.whose} is not standard base64: ${why}`, {
      hint: 'binaries are standard base64 with padding and without line breaks (RFC 4648, section 4)',
    });
  }
}

/** Encodes pieces of any size to ASCII bytes. */
export class Base64Encoder {
  #carry: Buffer = Buffer.alloc(0);
  readonly #outs: Buffer[] = [Buffer.alloc(0), Buffer.alloc(0)];

  /** The text that can be written so far; valid until the call after the next. */
  write(piece: Uint8Array): Buffer {
    const bytes = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
    const head = Math.min((TRIPLE - this.#carry.length) % TRIPLE, bytes.length);
    const tail = Math.max(bytes.length - ((bytes.length - head) % TRIPLE), head);
    const first =
      this.#carry.length === 0 ? this.#carry : Buffer.concat([this.#carry, bytes.subarray(0, head)]);
    const out = this.#outOf(Math.ceil((this.#carry.length + bytes.length) / TRIPLE) * GROUP);
    let size = 0;
    if (first.length === TRIPLE) size += out.write(first.toString('base64'), size, 'latin1');
    for (let at = head; at < tail; at += SLICE_BYTES) {
      size += out.write(bytes.toString('base64', at, Math.min(at + SLICE_BYTES, tail)), size, 'latin1');
    }
    this.#carry = first.length % TRIPLE === 0 ? Buffer.from(bytes.subarray(tail)) : first;
    return out.subarray(0, size);
  }

  /** The last group, padded; empty when there is none. Afterwards a new text can be encoded. */
  end(): Buffer {
    const last = Buffer.from(this.#carry.toString('base64'), 'latin1');
    this.#carry = Buffer.alloc(0);
    return last;
  }

  #outOf(size: number): Buffer {
    if (this.#outs.reverse()[0]!.length < size) this.#outs[0] = Buffer.allocUnsafeSlow(size);
    return this.#outs[0]!;
  }
}
