// Reads strict RFC 8259 JSON as a stream of events. Chunks may be cut anywhere, and neither the input nor a long string is
// ever held whole. It knows grammar and nesting; what the values mean is up to the handler.
import type { FormatError } from '../../errors.ts';
import { JsonInput, type JsonPath, type JsonProblem } from './input.ts';
import { JsonStringReader } from './string.ts';

/** Receives the events in the order of the text. What a method throws ends the reading and is passed on to the caller. */
export interface JsonHandler {
  beginObject(): void;
  endObject(): void;
  beginArray(): void;
  endArray(): void;
  /** Returns how it wants the string: as text, or raw, which must have no escapes and is not checked for UTF-8. */
  beginString(isKey: boolean): 'text' | 'raw';
  /** Unescaped UTF-8 of the string: whole characters, in pieces of any size; valid only during the call. */
  piece(bytes: Buffer): void;
  endString(isKey: boolean): void;
  /** A number as it is written; the handler decides which range is valid. */
  number(text: string): void;
  literal(value: boolean | null): void;
  /** The path to the current value, for error messages. */
  path(): JsonPath;
}

/** No double needs 800 digits; the bound keeps an endless number out of memory. */
const NUMBER_LENGTH = 1024;
const NUMBER = /^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$/;
const NUMBER_START = /^[-0-9]$/;
const LITERALS: Readonly<Record<string, { word: string; value: boolean | null }>> = {
  t: { word: 'true', value: true },
  f: { word: 'false', value: false },
  n: { word: 'null', value: null },
};

type Expected =
  | 'a value'
  | 'a value or "]"'
  | 'a key'
  | 'a key or "}"'
  | 'a colon'
  | 'a comma or the end'
  | 'nothing more';

/** Call `push` for each chunk, then `end`. Not to be used again after an error. */
export class JsonTokenizer {
  readonly #handler: JsonHandler;
  readonly #maxDepth: number;
  readonly #input: JsonInput;
  readonly #string: JsonStringReader;
  /** The open containers, outermost first; true for an object. */
  readonly #open: boolean[] = [];
  #expected: Expected = 'a value';
  #inside: 'nothing' | 'key' | 'string' | 'number' | 'literal' = 'nothing';
  #number = '';
  #numberOffset = 0;
  #literal: { word: string; value: boolean | null } = { word: '', value: null };
  #matched = 0;

  /** @param maxDepth how many containers may be open at once */
  constructor(handler: JsonHandler, maxDepth: number) {
    this.#handler = handler;
    this.#maxDepth = maxDepth;
    this.#input = new JsonInput(() => handler.path());
    this.#string = new JsonStringReader(this.#input, (bytes) => handler.piece(bytes));
  }

  /** Bytes read so far; during an event, up to the end of what the event is about. */
  get offset(): number {
    return this.#input.offset;
  }

  /** How many of these bytes were white space between tokens. */
  get whitespace(): number {
    return this.#input.whitespace;
  }

  /** How many containers are open. */
  get depth(): number {
    return this.#open.length;
  }

  /** An error at the current position, for handlers. */
  fault(problem: string, extras?: JsonProblem): FormatError {
    return this.#input.fault(problem, extras);
  }

  /** @throws FormatError FORMAT_INVALID, FORMAT_LIMIT_EXCEEDED, and whatever the handler throws */
  push(chunk: Uint8Array): void {
    this.#input.take(chunk);
    while (this.#input.at < chunk.length) {
      if (this.#inside === 'nothing') this.#readToken();
      else if (this.#inside === 'number') this.#readNumber();
      else if (this.#inside === 'literal') this.#readLiteral();
      else if (this.#string.read()) this.#endString();
    }
  }

  /** @throws FormatError FORMAT_INVALID when the input stopped too early, and whatever the handler throws */
  end(): void {
    if (this.#inside === 'number') this.#endNumber();
    if (this.#inside === 'nothing' && this.#expected === 'nothing more') return;
    throw this.fault('the JSON text ends too early', { hint: 'the input is incomplete: get it again' });
  }

  #readToken(): void {
    const byte = this.#input.skipWhitespace();
    if (byte === undefined) return;
    const char = String.fromCharCode(byte);
    if (char === '"') this.#beginString();
    else if (char === ',') this.#punctuate('a comma or the end', this.#open.at(-1) ? 'a key' : 'a value');
    else if (char === ':') this.#punctuate('a colon', 'a value');
    else if (char === '{' || char === '[') this.#beginContainer(char === '{');
    else if (char === '}' || char === ']') this.#endContainer(char === '}');
    else this.#beginScalar(char);
  }

  #punctuate(now: Expected, next: Expected): void {
    if (this.#expected !== now || this.#open.length === 0) throw this.#unexpected();
    this.#expected = next;
    this.#input.at++;
  }

  #beginContainer(isObject: boolean): void {
    this.#requireValue();
    if (this.#open.length >= this.#maxDepth) {
      throw this.fault(`nested deeper than ${this.#maxDepth} levels`, {
        code: 'FORMAT_LIMIT_EXCEEDED',
        hint: 'split the snapshot, or leave out its largest parts',
      });
    }
    this.#input.at++;
    this.#open.push(isObject);
    this.#expected = isObject ? 'a key or "}"' : 'a value or "]"';
    if (isObject) this.#handler.beginObject();
    else this.#handler.beginArray();
  }

  #endContainer(isObject: boolean): void {
    const whenEmpty: Expected = isObject ? 'a key or "}"' : 'a value or "]"';
    const mayEnd = this.#expected === whenEmpty || this.#expected === 'a comma or the end';
    if (!mayEnd || this.#open.at(-1) !== isObject) throw this.#unexpected();
    this.#input.at++;
    this.#open.pop();
    this.#endValue();
    if (isObject) this.#handler.endObject();
    else this.#handler.endArray();
  }

  #beginString(): void {
    const isKey = this.#expected === 'a key' || this.#expected === 'a key or "}"';
    if (!isKey) this.#requireValue();
    this.#input.at++;
    this.#inside = isKey ? 'key' : 'string';
    this.#string.begin(this.#handler.beginString(isKey) === 'raw');
  }

  #endString(): void {
    const isKey = this.#inside === 'key';
    if (isKey) {
      this.#inside = 'nothing';
      this.#expected = 'a colon';
    } else this.#endValue();
    this.#handler.endString(isKey);
  }

  #beginScalar(char: string): void {
    const literal = LITERALS[char];
    if (literal === undefined && !NUMBER_START.test(char)) throw this.#unexpected();
    this.#requireValue();
    this.#inside = literal === undefined ? 'number' : 'literal';
    if (literal !== undefined) this.#literal = literal;
    this.#matched = 0;
    this.#number = '';
    this.#numberOffset = this.offset;
  }

  #readLiteral(): void {
    const { word, value } = this.#literal;
    if (this.#input.chunk[this.#input.at] !== word.charCodeAt(this.#matched)) {
      throw this.fault('not JSON: neither true, false nor null');
    }
    this.#input.at++;
    if (++this.#matched < word.length) return;
    this.#endValue();
    this.#handler.literal(value);
  }

  #readNumber(): void {
    const input = this.#input;
    const from = input.at;
    const until = Math.min(input.chunk.length, from + NUMBER_LENGTH);
    while (input.at < until && isOfNumber(input.chunk[input.at]!)) input.at++;
    this.#number += input.chunk.toString('latin1', from, input.at);
    if (this.#number.length >= NUMBER_LENGTH) {
      throw this.fault(`a number of ${NUMBER_LENGTH} characters or more`, {
        code: 'FORMAT_LIMIT_EXCEEDED',
        offset: this.#numberOffset,
      });
    }
    if (input.at < input.chunk.length) this.#endNumber();
  }

  #endNumber(): void {
    if (!NUMBER.test(this.#number)) throw this.fault('not a JSON number', { offset: this.#numberOffset });
    this.#endValue();
    this.#handler.number(this.#number);
  }

  #requireValue(): void {
    if (this.#expected !== 'a value' && this.#expected !== 'a value or "]"') throw this.#unexpected();
  }

  #endValue(): void {
    this.#inside = 'nothing';
    this.#expected = this.#open.length === 0 ? 'nothing more' : 'a comma or the end';
  }

  #unexpected(): FormatError {
    return this.fault(`not JSON: expected ${this.#expected}`);
  }
}

/** Digits, sign, point and exponent, in any order: the grammar is checked once the number is whole. */
function isOfNumber(byte: number): boolean {
  return (
    (byte >= 0x30 && byte <= 0x39) ||
    byte === 0x2e ||
    byte === 0x2d ||
    byte === 0x2b ||
    (byte | 0x20) === 0x65
  );
}
