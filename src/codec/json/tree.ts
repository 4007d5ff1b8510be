// Builds the tree of one JSON object from a stream, within limits. Long strings can be diverted instead of being held.
import { constants } from 'node:buffer';
import type { JsonPath } from './input.ts';
import { type JsonHandler, JsonTokenizer } from './tokenizer.ts';

export type { JsonPath };

export type JsonValue = null | boolean | number | string | JsonValue[] | { [key: string]: JsonValue };

/** Takes the content of one string value, so that the tree need not hold it. */
export interface StringSink {
  /** The bytes between the quotes, valid only during the call. Not checked, except that escapes are an error. */
  write(piece: Buffer): void;
  /** What the tree gets instead; undefined leaves the key out. */
  end(): JsonValue | undefined;
}

export interface TreeOptions {
  /**
   * `depth`: containers open at once. `documentBytes`: bytes of the text without white space between tokens and
   * without the content of diverted strings. `values`: values of every kind.
   */
  limits: { depth: number; documentBytes: number; values: number };
  /**
   * Asked at the start of every string *value* (not key) in an object. The path ends with its key and is live: it is
   * only valid during the call. `offset` is where the string's text begins in the input, after its quote. A sink whose
   * string does not end, because the input is bad, is dropped without `end`.
   */
  divert?: ((path: JsonPath, offset: number) => StringSink | undefined) | undefined;
  /** Keys that an error may name; others are shown as `*`, because the input may be a secret given by mistake. */
  shownKeys?: { has(key: string): boolean } | undefined;
  /** Checked before every chunk. */
  signal?: AbortSignal | undefined;
}

type Container = JsonValue[] | { [key: string]: JsonValue };

/** Reads one JSON object: `push` chunks cut anywhere, then `end`. Not to be used again after an error. */
export class JsonTreeReader {
  readonly #options: TreeOptions;
  readonly #tokenizer: JsonTokenizer;
  #started = false;
  #root: JsonValue = null;
  /** The containers being built, outermost first, and the keys and indexes that lead to the current value. */
  readonly #open: Container[] = [];
  readonly #path: (string | number)[] = [];
  /** Keys that a sink left out: repeating one is still a duplicate. */
  readonly #leftOut = new WeakMap<Container, Set<string>>();
  #text = '';
  #sink: StringSink | undefined;
  #stringOffset = 0;
  #divertedBytes = 0;
  #values = 0;

  constructor(options: TreeOptions) {
    this.#options = options;
    this.#tokenizer = new JsonTokenizer(this.#handler(), options.limits.depth);
  }

  /**
   * @throws FormatError FORMAT_NOT_A_SNAPSHOT when it is not a JSON object, FORMAT_INVALID, FORMAT_LIMIT_EXCEEDED
   * @throws the reason of `signal`, and what `divert` and sinks throw
   */
  push(chunk: Uint8Array): void {
    this.#options.signal?.throwIfAborted();
    if (!this.#started) this.#start(chunk);
    this.#tokenizer.push(chunk);
  }

  /** The whole tree. @throws as `push` */
  end(): JsonValue {
    this.#options.signal?.throwIfAborted();
    if (!this.#started) throw this.#notAnObject();
    this.#tokenizer.end();
    return this.#root;
  }

  #start(chunk: Uint8Array): void {
    const first = chunk.findIndex((byte) => byte !== 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d);
    this.#started = first >= 0;
    if (first >= 0 && chunk[first] !== 0x7b) throw this.#notAnObject(first);
  }

  #notAnObject(skipped = 0): Error {
    return this.#tokenizer.fault('not a JSON object', {
      code: 'FORMAT_NOT_A_SNAPSHOT',
      offset: this.#tokenizer.offset + skipped,
      hint: 'name a JSON file: UTF-8 without a byte-order mark, perhaps compressed with gzip or zstd, and once',
    });
  }

  #handler(): JsonHandler {
    const { shownKeys: shown } = this.#options;
    return {
      beginObject: () => this.#begin({}),
      endObject: () => this.#endContainer(),
      beginArray: () => this.#begin([]),
      endArray: () => this.#endContainer(),
      beginString: (isKey) => this.#beginString(isKey),
      piece: (bytes) => (this.#sink === undefined ? this.#addText(bytes) : this.#sink.write(bytes)),
      endString: (isKey) => (isKey ? this.#key(this.#text) : this.#endText()),
      number: (text) => this.#scalar(Number(text)),
      literal: (value) => this.#scalar(value),
      path: () => this.#path.map((part) => (typeof part === 'number' || shown?.has(part) ? part : '*')),
    };
  }

  #begin(container: Container): void {
    this.#count();
    this.#open.push(container);
    if (Array.isArray(container)) this.#path.push(0);
  }

  #endContainer(): void {
    const container = this.#open.pop();
    if (Array.isArray(container)) this.#path.pop();
    this.#put(container);
  }

  #beginString(isKey: boolean): 'text' | 'raw' {
    this.#text = '';
    if (isKey) return 'text';
    this.#count();
    this.#stringOffset = this.#tokenizer.offset;
    const isInArray = Array.isArray(this.#open.at(-1));
    this.#sink = isInArray ? undefined : this.#options.divert?.(this.#path, this.#stringOffset);
    return this.#sink === undefined ? 'text' : 'raw';
  }

  #addText(bytes: Buffer): void {
    this.#requireBytes();
    if (this.#text.length + bytes.length > constants.MAX_STRING_LENGTH) {
      throw this.#tooMuch('a string longer than this program can hold', 'put less text into one string');
    }
    this.#text += bytes.toString('utf8');
  }

  #key(key: string): void {
    this.#requireBytes();
    const object = this.#open.at(-1)!;
    const isRepeated = Object.hasOwn(object, key) || this.#leftOut.get(object)?.has(key) === true;
    this.#path.push(key);
    if (isRepeated)
      throw this.#tokenizer.fault('a key that occurs twice in its object', { hint: 'remove one of them' });
    // On a plain object this key would set the prototype instead of making a property.
    if (key === '__proto__') throw this.#tokenizer.fault('the key __proto__', { hint: 'rename the key' });
  }

  #endText(): void {
    const sink = this.#sink;
    this.#sink = undefined;
    const sourceBytes = this.#tokenizer.offset - 1 - this.#stringOffset;
    if (sink !== undefined) this.#divertedBytes += sourceBytes;
    this.#put(sink === undefined ? this.#text : sink.end());
  }

  #scalar(value: number | boolean | null): void {
    this.#count();
    if (typeof value === 'number' && Math.abs(value) > Number.MAX_SAFE_INTEGER) {
      throw this.#tokenizer.fault('a number beyond 2^53 - 1', { hint: 'write it as a string' });
    }
    this.#put(value);
  }

  /** Adds a finished value to its container. */
  #put(value: JsonValue | undefined): void {
    this.#requireBytes();
    const container = this.#open.at(-1);
    if (container === undefined) {
      this.#root = value as JsonValue;
    } else if (Array.isArray(container)) {
      container.push(value as JsonValue);
      this.#path[this.#path.length - 1] = container.length;
    } else {
      const key = this.#path.pop() as string;
      if (value !== undefined) container[key] = value;
      else if (!this.#leftOut.get(container)?.add(key)) this.#leftOut.set(container, new Set([key]));
    }
  }

  #count(): void {
    const { values } = this.#options.limits;
    if (++this.#values > values) throw this.#tooMuch(`more than ${values} values`);
  }

  #requireBytes(): void {
    const { documentBytes } = this.#options.limits;
    const bytes = this.#tokenizer.offset - this.#tokenizer.whitespace - this.#divertedBytes;
    if (bytes > documentBytes) throw this.#tooMuch(`more than ${documentBytes} bytes`);
  }

  #tooMuch(problem: string, hint = 'split the snapshot, or leave out its largest parts'): Error {
    return this.#tokenizer.fault(problem, { code: 'FORMAT_LIMIT_EXCEEDED', hint });
  }
}

/** Reads a whole stream. @throws as `JsonTreeReader.push`, and what the stream throws */
export async function readJsonTree(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  options: TreeOptions,
): Promise<JsonValue> {
  const reader = new JsonTreeReader(options);
  for await (const chunk of chunks) {
    reader.push(chunk);
  }
  return reader.end();
}
