// Standard base64 (RFC 4648, section 4) as a stream, and nothing else: no white space, no url-safe letters, padding
// where it belongs and only there, unused bits zero. Node's own decoder forgives all of these.
import { FormatError } from '../errors.ts';

const GROUP = 4;
const PAD = 0x3d;

/** Decodes pieces that were split anywhere. */
export class Base64Decoder {
  #carry: Buffer = Buffer.alloc(0);
  #ended = false;

  /** The bytes that are complete now, in memory of their own. @throws FormatError FORMAT_INVALID */
  write(piece: Buffer): Buffer {
    if (piece.length === 0) return piece;
    let rest = piece;
    let head: Buffer | null = null;
    if (this.#carry.length > 0) {
      const taken = Math.min(GROUP - this.#carry.length, piece.length);
      const group = Buffer.concat([this.#carry, piece.subarray(0, taken)]);
      rest = piece.subarray(taken);
      if (group.length < GROUP) {
        this.#carry = group;
        return Buffer.alloc(0);
      }
      head = this.#decode(group);
    }
    const whole = rest.length - (rest.length % GROUP);
    this.#carry = Buffer.from(rest.subarray(whole));
    const body = this.#decode(rest.subarray(0, whole));
    return head === null ? body : Buffer.concat([head, body]);
  }

  /** @throws FormatError FORMAT_INVALID when the text ended in the middle of a group */
  end(): void {
    if (this.#carry.length > 0) throw bad('its length is not a multiple of 4');
  }

  #decode(groups: Buffer): Buffer {
    if (groups.length === 0) return groups;
    if (this.#ended) throw bad('there is text after the padding');
    const firstPad = groups.indexOf(PAD);
    const padding = firstPad < 0 ? 0 : groups.length - firstPad;
    if (padding > 2 || (padding === 2 && groups[groups.length - 1] !== PAD))
      throw bad('padding is not at the end');
    if (groups.includes(0x2d) || groups.includes(0x5f)) throw bad('url-safe letters are not allowed');
    const bytes = Buffer.from(groups.toString('latin1'), 'base64');
    // The native decoder skips what is no base64 digit, so anything foreign makes the result shorter.
    if (bytes.length !== (groups.length / GROUP) * 3 - padding)
      throw bad('there is a character that is no base64 digit');
    if (padding > 0) {
      this.#ended = true;
      const last = bytes.subarray(bytes.length - (3 - padding)).toString('base64');
      if (last !== groups.toString('latin1', groups.length - GROUP)) throw bad('unused bits are not zero');
    }
    return bytes;
  }
}

/** Encodes pieces of any size to ASCII bytes. */
export class Base64Encoder {
  #carry: Buffer = Buffer.alloc(0);

  write(piece: Uint8Array): Buffer {
    const view = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
    const bytes = this.#carry.length === 0 ? view : Buffer.concat([this.#carry, view]);
    const whole = bytes.length - (bytes.length % 3);
    this.#carry = Buffer.from(bytes.subarray(whole));
    return Buffer.from(bytes.toString('base64', 0, whole), 'latin1');
  }

  /** The last group, padded; empty when there is none. */
  end(): Buffer {
    return Buffer.from(this.#carry.toString('base64'), 'latin1');
  }
}

function bad(why: string): FormatError {
  return new FormatError('FORMAT_INVALID', `not standard base64: ${why}`, {
    hint: 'binaries are standard base64 with padding and without line breaks (RFC 4648, section 4)',
  });
}
