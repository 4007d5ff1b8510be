// Reads the numbers and names of WebAssembly's binary format. Whatever is unclear ends the reading: nothing is guessed.
import { utf8Text } from '../../codec/utf8.ts';

/** The bytes are not understood, or not valid. Caught where decoding began. */
export class NotUnderstood extends Error {}

/** The bytes are well formed, but Wassette 0.8 does not load code that has this. */
export class NotLoaded extends NotUnderstood {
  /** From the outside in, such as `component 0`, `type 3`; counted from 0, as WebAssembly does. */
  readonly places: string[] = [];

  constructor(readonly what: string) {
    super();
  }

  override get message(): string {
    return this.places.length === 0 ? this.what : `${this.what} (${this.places.join(', ')})`;
  }
}

/** Runs `read`, and adds `place` to the error for what Wassette does not load. */
export function placed<T>(place: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof NotLoaded) error.places.unshift(place);
    throw error;
  }
}

/** Wassette does not read longer names. */
const LONGEST_NAME_BYTES = 100_000;
/** For one whole input, because a single byte can cost an object of a hundred bytes. */
const MOST_ITEMS = 200_000;

export class ByteReader {
  constructor(
    private readonly bytes: Uint8Array,
    private at = 0,
    private readonly end = bytes.length,
    private readonly budget = { items: MOST_ITEMS },
  ) {}

  /** Bytes read so far, by a reader that began at 0. */
  get consumed(): number {
    return this.at;
  }

  get isAtEnd(): boolean {
    return this.at >= this.end;
  }

  byte(): number {
    if (this.at >= this.end) throw new NotUnderstood();
    return this.bytes[this.at++]!;
  }

  peek(): number {
    if (this.at >= this.end) throw new NotUnderstood();
    return this.bytes[this.at]!;
  }

  expect(byte: number): void {
    if (this.byte() !== byte) throw new NotUnderstood();
  }

  /** An unsigned LEB128 of at most 32 bits. */
  u32(): number {
    const { value } = this.#leb128();
    if (value > 0xffff_ffff) throw new NotUnderstood();
    return value;
  }

  /** A type index, written as a non-negative LEB128 of 33 bits with a sign. */
  typeIndex(): number {
    const { value, last } = this.#leb128();
    if ((last & 0x40) !== 0) throw new NotUnderstood();
    return value;
  }

  /** The number in at most five bytes, and the last of them. */
  #leb128(): { value: number; last: number } {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return { value, last: byte };
    }
    throw new NotUnderstood();
  }

  /** A count, then as many items. */
  vector<T>(item: () => T): T[] {
    const count = this.u32();
    if (count > this.end - this.at) throw new NotUnderstood(); // each takes a byte at least
    this.budget.items -= count;
    if (this.budget.items < 0) throw new NotUnderstood();
    return Array.from({ length: count }, item);
  }

  name(): string {
    const length = this.u32();
    if (length > LONGEST_NAME_BYTES) throw new NotUnderstood();
    const name = utf8Text(this.take(length));
    if (name === undefined) throw new NotUnderstood();
    return name;
  }

  /** The name of an import or export, with the byte that says how it is written. */
  externalName(): string {
    if (this.byte() > 0x01) throw new NotUnderstood();
    return this.name();
  }

  take(length: number): Uint8Array {
    if (length > this.end - this.at) throw new NotUnderstood();
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  rest(): Uint8Array {
    return this.take(this.end - this.at);
  }

  /** A reader of only the next `length` bytes, which this reader skips. */
  part(length: number): ByteReader {
    if (length > this.end - this.at) throw new NotUnderstood();
    this.at += length;
    return new ByteReader(this.bytes, this.at - length, this.at, this.budget);
  }
}
