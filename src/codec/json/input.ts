// The input of the JSON reader: the current chunk, the position in it, and errors that name the position.
// An error never shows the bytes, and only keys that may be shown: the file may be a secret that was given by mistake.
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
  /** Where, if not at the current position. */
  offset?: number;
}

export class JsonInput {
  chunk: Buffer = Buffer.alloc(0);
  /** Index of the next byte to read; methods and readers move it. */
  at = 0;
  /** How many bytes of white space between tokens were read so far. */
  whitespace = 0;
  #before = 0;
  #quoteAt = -1;
  #backslashAt = -1;
  readonly #path: () => JsonPath;

  /** @param path leads to the current value */
  constructor(path: () => JsonPath) {
    this.#path = path;
  }

  /** Continues with the next chunk. */
  take(chunk: Uint8Array): void {
    this.#before += this.chunk.length;
    this.chunk = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    this.at = 0;
    this.#quoteAt = -1;
    this.#backslashAt = -1;
  }

  /** The current position, in bytes from the beginning of the text. */
  get offset(): number {
    return this.#before + this.at;
  }

  /** Skips white space. Returns the byte after it, or undefined at the end of the chunk. */
  skipWhitespace(): number | undefined {
    const start = this.at;
    let byte = this.chunk[start];
    while (byte === SPACE || byte === LF || byte === CR || byte === TAB) byte = this.chunk[++this.at];
    this.whitespace += this.at - start;
    return byte;
  }

  /** The index of the next quote or backslash, or the end of the chunk. No byte is searched twice. */
  nextQuoteOrBackslash(): number {
    if (this.#quoteAt < this.at) this.#quoteAt = this.#indexOf(QUOTE);
    if (this.#backslashAt < this.at) this.#backslashAt = this.#indexOf(BACKSLASH);
    return Math.min(this.#quoteAt, this.#backslashAt);
  }

  #indexOf(byte: number): number {
    const found = this.chunk.indexOf(byte, this.at);
    return found < 0 ? this.chunk.length : found;
  }

  /** The error to throw; its code is FORMAT_INVALID unless given. */
  fault(problem: string, extras: JsonProblem = {}): FormatError {
    const { code = 'FORMAT_INVALID', hint = GET_AGAIN, offset = this.offset } = extras;
    const path = formatPath(this.#path());
    const place = path === '' ? `at byte ${offset}` : `at byte ${offset}, in ${path}`;
    return new FormatError(code, `${problem} (${place})`, { hint, details: { offset, path } });
  }
}

/** Such as `components[3].policy`, in printable ASCII; clipped when it is long. */
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
