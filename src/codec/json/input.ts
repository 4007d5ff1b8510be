// The bytes of a JSON text as they pass: the present chunk, the place in it, and errors that name the place.
// An error never shows the bytes themselves, and of the keys only those that are asked to be shown: the file may be a secret that was named by mistake.
import { type ErrorCode, FormatError } from '../../errors.ts';

export const QUOTE = 0x22;
export const BACKSLASH = 0x5c;
export const SPACE = 0x20;
const TAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const MAX_PATH_LENGTH = 80;
const PLAIN_KEY = /^[A-Za-z_$][A-Za-z0-9_$-]*$/;
const GET_AGAIN = 'the input is damaged or is not JSON: get it again';

/** Keys and indexes from the top to a value. */
export type JsonPath = readonly (string | number)[];

export interface JsonProblem {
  code?: ErrorCode;
  hint?: string;
  /** Where, when it is not the present place. */
  offset?: number;
}

export class JsonInput {
  chunk: Buffer = Buffer.alloc(0);
  /** The next byte to read; methods and readers move it. */
  at = 0;
  /** How many bytes so far were white space between tokens. */
  whitespace = 0;
  #before = 0;
  #quoteAt = -1;
  #backslashAt = -1;
  readonly #path: () => JsonPath;

  /** @param path leads to the present value */
  constructor(path: () => JsonPath) {
    this.#path = path;
  }

  /** Goes on with the next chunk. */
  take(chunk: Uint8Array): void {
    this.#before += this.chunk.length;
    this.chunk = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    this.at = 0;
    this.#quoteAt = -1;
    this.#backslashAt = -1;
  }

  /** The present place, in bytes from the beginning of the text. */
  get offset(): number {
    return this.#before + this.at;
  }

  /** Skips white space; the byte after it, or undefined at the end of the chunk. */
  skipWhitespace(): number | undefined {
    const start = this.at;
    let byte = this.chunk[start];
    while (byte === SPACE || byte === LF || byte === CR || byte === TAB) byte = this.chunk[++this.at];
    this.whitespace += this.at - start;
    return byte;
  }

  /** The place of the next quote or backslash, or the end of the chunk. No byte of it is searched twice. */
  nextQuoteOrBackslash(): number {
    if (this.#quoteAt < this.at) this.#quoteAt = this.#indexOf(QUOTE);
    if (this.#backslashAt < this.at) this.#backslashAt = this.#indexOf(BACKSLASH);
    return Math.min(this.#quoteAt, this.#backslashAt);
  }

  #indexOf(byte: number): number {
    const found = this.chunk.indexOf(byte, this.at);
    return found < 0 ? this.chunk.length : found;
  }

  /** What to throw; FORMAT_INVALID unless told otherwise. */
  fault(problem: string, extras: JsonProblem = {}): FormatError {
    const { code = 'FORMAT_INVALID', hint = GET_AGAIN, offset = this.offset } = extras;
    const path = formatPath(this.#path());
    const place = path === '' ? `at byte ${offset}` : `at byte ${offset}, in ${path}`;
    return new FormatError(code, `${problem} (${place})`, { hint, details: { offset, path } });
  }
}

/** `components[3].policy`, in printable ASCII; what is long is clipped. */
function formatPath(path: JsonPath): string {
  let text = '';
  for (const part of path) {
    if (text.length > MAX_PATH_LENGTH) break;
    if (typeof part === 'string' && PLAIN_KEY.test(part.slice(0, MAX_PATH_LENGTH))) {
      text += `${text === '' ? '' : '.'}${part.slice(0, MAX_PATH_LENGTH)}`;
    } else text += `[${JSON.stringify(typeof part === 'string' ? part.slice(0, MAX_PATH_LENGTH) : part)}]`;
  }
  const ascii = text.replace(/[^\x20-\x7e]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return ascii.length > MAX_PATH_LENGTH ? `${ascii.slice(0, MAX_PATH_LENGTH - 3)}...` : ascii;
}
