// Reads the inside of a JSON string: escapes, control characters, UTF-8. The text is handed over in pieces, and a long run
// without escapes without a copy, so that a string may be larger than memory.
import { isUtf8 } from 'node:buffer';
import type { FormatError } from '../../errors.ts';
import { BACKSLASH, type JsonInput, QUOTE, SPACE } from './input.ts';

/** Text is gathered up to this size, so that a string full of escapes is not handed over in tiny pieces. */
const SCRATCH_BYTES = 16 * 1024;
/** A run up to this size is gathered; a longer one is handed over without a copy. */
const GATHERED_BYTES = 1024;
/** Up to this size, reading byte by byte is faster than a native search. */
const SHORT_BYTES = 32;
const HEX_DIGIT = /^[0-9A-Fa-f]$/;
const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

export class JsonStringReader {
  readonly #input: JsonInput;
  readonly #onPiece: (bytes: Buffer) => void;
  readonly #scratch = Buffer.allocUnsafe(SCRATCH_BYTES);
  #gathered = 0;
  #inEscape = false;
  #hexLeft = 0;
  #unit = 0;
  #highSurrogate = 0;
  #isRaw = false;

  /** @param onPiece takes unescaped UTF-8, always whole characters; valid only during the call */
  constructor(input: JsonInput, onPiece: (bytes: Buffer) => void) {
    this.#input = input;
    this.#onPiece = onPiece;
  }

  /** Begins a string. A raw one must have no escapes and is not checked for UTF-8. */
  begin(isRaw: boolean): void {
    this.#isRaw = isRaw;
  }

  /**
   * Reads on from the current position. Returns true when the string ended, false at the end of the chunk.
   * @throws FormatError FORMAT_INVALID
   */
  read(): boolean {
    const input = this.#input;
    if (this.#isRaw) return this.#readRaw();
    while (input.at < input.chunk.length) {
      if (this.#inEscape) {
        this.#readEscape(String.fromCharCode(input.chunk[input.at]!));
        input.at++;
        continue;
      }
      this.#readPlain();
      if (input.at === input.chunk.length) return false;
      const isEscape = input.chunk[input.at] === BACKSLASH;
      if (this.#highSurrogate !== 0 && !isEscape) throw this.#loneSurrogate();
      if (!isEscape) this.#flush(true);
      input.at++;
      if (!isEscape) return true;
      this.#inEscape = true;
    }
    return false;
  }

  #readRaw(): boolean {
    const input = this.#input;
    const end = input.nextQuoteOrBackslash();
    if (end > input.at) this.#onPiece(input.chunk.subarray(input.at, end));
    input.at = end;
    if (end === input.chunk.length) return false;
    if (input.chunk[end] === BACKSLASH) throw input.fault('an escape in a string that must not have any');
    input.at++;
    return true;
  }

  /** Reads until a quote, a backslash or the end of the chunk. */
  #readPlain(): void {
    const input = this.#input;
    const { chunk } = input;
    if (this.#gathered + GATHERED_BYTES > SCRATCH_BYTES) this.#flush(false);
    const until = Math.min(chunk.length, input.at + SHORT_BYTES);
    for (; input.at < until; input.at++) {
      const byte = chunk[input.at]!;
      if (byte === QUOTE || byte === BACKSLASH) return;
      if (byte < SPACE) throw this.#controlCharacter();
      if (this.#highSurrogate !== 0) throw this.#loneSurrogate();
      this.#scratch[this.#gathered++] = byte;
    }
    if (input.at < chunk.length) this.#readRun(input.nextQuoteOrBackslash());
  }

  #readRun(end: number): void {
    const input = this.#input;
    const { chunk, at: from } = input;
    input.at = findControlCharacter(chunk, from, end);
    if (input.at < end) throw this.#controlCharacter();
    if (end - from <= GATHERED_BYTES - SHORT_BYTES) {
      this.#gathered += chunk.copy(this.#scratch, this.#gathered, from, end);
      return;
    }
    let start = from;
    while (unfinishedBytes(this.#scratch, this.#gathered) > 0)
      this.#scratch[this.#gathered++] = chunk[start++]!;
    this.#flush(true);
    const whole = end - unfinishedBytes(chunk, end);
    this.#pass(chunk.subarray(start, whole));
    this.#gathered = chunk.copy(this.#scratch, 0, whole, end);
  }

  /** One character of an escape, after its backslash. */
  #readEscape(char: string): void {
    if (this.#hexLeft > 0) {
      if (!HEX_DIGIT.test(char)) throw this.#input.fault('an escape without four hexadecimal digits');
      this.#unit = this.#unit * 16 + Number.parseInt(char, 16);
      if (--this.#hexLeft === 0) this.#endUnit(this.#unit);
    } else if (char === 'u') {
      this.#hexLeft = 4;
      this.#unit = 0;
    } else {
      const plain = ESCAPES[char];
      if (plain === undefined) throw this.#input.fault('an unknown escape in a string');
      if (this.#highSurrogate !== 0) throw this.#loneSurrogate();
      this.#endEscape(plain);
    }
  }

  /** A `\u` escape is one UTF-16 code unit; two of them may make one character. */
  #endUnit(unit: number): void {
    const high = this.#highSurrogate;
    const isLow = unit >= 0xdc00 && unit <= 0xdfff;
    if (isLow !== (high !== 0)) throw this.#loneSurrogate();
    const isHigh = unit >= 0xd800 && unit <= 0xdbff;
    this.#highSurrogate = isHigh ? unit : 0;
    if (isHigh) this.#endEscape('');
    else this.#endEscape(isLow ? String.fromCharCode(high, unit) : String.fromCharCode(unit));
  }

  #endEscape(text: string): void {
    this.#gathered += this.#scratch.write(text, this.#gathered);
    this.#inEscape = false;
  }

  /** Hands over the gathered text; an incomplete last character waits for its rest, unless it must be `complete`. */
  #flush(complete: boolean): void {
    const cut = complete ? 0 : unfinishedBytes(this.#scratch, this.#gathered);
    const whole = this.#gathered - cut;
    if (whole > 0) this.#pass(this.#scratch.subarray(0, whole));
    this.#gathered = cut === 0 ? 0 : this.#scratch.copy(this.#scratch, 0, whole, whole + cut);
  }

  #pass(bytes: Buffer): void {
    if (!isUtf8(bytes)) throw this.#input.fault('invalid UTF-8 in a string');
    this.#onPiece(bytes);
  }

  #controlCharacter(): FormatError {
    return this.#input.fault('an unescaped control character in a string');
  }

  #loneSurrogate(): FormatError {
    return this.#input.fault('half a surrogate pair in a string');
  }
}

/** How many bytes at the end begin a UTF-8 sequence that is not complete. */
function unfinishedBytes(bytes: Buffer, end: number): number {
  for (let back = 1; back <= 3 && back <= end; back++) {
    const byte = bytes[end - back]!;
    if (byte < 0x80) return 0;
    if (byte >= 0xc0) return back < (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) ? back : 0;
  }
  return 0;
}

/** The first byte below 0x20, or `end`. Four bytes at a time, since Node has no native search for it. */
function findControlCharacter(bytes: Buffer, from: number, end: number): number {
  let at = from;
  const skew = (bytes.byteOffset + from) % 4;
  const words = end - from < 64 ? 0 : (end - from - 4) >> 2;
  if (words > 0) {
    const start = from + ((4 - skew) % 4);
    if (!hasControlCharacter(new Int32Array(bytes.buffer, bytes.byteOffset + start, words)))
      at = start + words * 4;
    for (let head = from; head < start; head++) if (bytes[head]! < SPACE) return head;
  }
  while (at < end && bytes[at]! >= SPACE) at++;
  return at;
}

/** A byte is below 0x20 when taking 0x20 away borrows into its top bit, and that bit was clear. */
function hasControlCharacter(words: Int32Array): boolean {
  let borrowed = 0;
  // By index: walking a typed array by its iterator is four times slower.
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    borrowed |= (word - 0x20202020) & ~word;
  }
  return (borrowed & 0x80808080) !== 0;
}
