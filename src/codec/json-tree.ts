// Builds a plain tree from JSON tokens, with limits, and lets long strings pass by into sinks instead of holding them.
import { FormatError } from '../errors.ts';
import { type JsonHandler, JsonTokenizer } from './json-tokenizer.ts';
import { quoted } from './safe-text.ts';

export type JsonValue = null | boolean | number | string | JsonValue[] | { [key: string]: JsonValue };
export type JsonPath = readonly (string | number)[];

/** Takes the content of one string value as it passes. It must itself refuse characters that it does not expect. */
export interface StringSink {
  /** Bytes of the string, escapes undone, in pieces of any size; only valid during the call. */
  write(piece: Buffer): void;
  /** The value the tree gets instead; `undefined` leaves the key out of its object. */
  end(): JsonValue | undefined;
}

export interface TreeOptions {
  limits: { depth: number; documentBytes: number; values: number };
  /**
   * Asked at the start of every string value in an object. The path ends with its key and is only valid during the
   * call; `offset` is that of the string's first byte in the input.
   */
  divert?: ((path: JsonPath, offset: number) => StringSink | undefined) | undefined;
  /** The value of this top-level key is checked before any other fault of the input is reported. */
  checkFirst?: { key: string; check: (value: JsonValue | undefined) => void } | undefined;
}

interface Frame {
  container: JsonValue[] | { [key: string]: JsonValue };
  key: string | number;
}

/** Reads one JSON object; `push` chunks cut anywhere, then `end`. */
export class JsonTreeReader implements JsonHandler {
  readonly #tokenizer: JsonTokenizer;
  readonly #frames: Frame[] = [];
  readonly #path: (string | number)[] = [];
  #root: JsonValue = null;
  #pieces: Buffer[] = [];
  #sink: StringSink | null = null;
  #bytes = 0;
  #values = 0;
  #isChecked: boolean;
  /** The first fault, held back until `checkFirst` has had its say; from then on nothing is built any more. */
  #fault: unknown = null;
  /** Containers opened since the fault; -1 before one. */
  #depth = 0;

  constructor(private readonly options: TreeOptions) {
    this.#tokenizer = new JsonTokenizer(this, options.limits.depth);
    this.#isChecked = options.checkFirst === undefined;
  }

  /** @throws FormatError FORMAT_INVALID, FORMAT_NOT_A_SNAPSHOT, FORMAT_LIMIT_EXCEEDED; what `check` and sinks throw */
  push(chunk: Uint8Array): void {
    try {
      this.#tokenizer.push(chunk);
    } catch (error) {
      throw this.#fault ?? this.#unlessForeign(error);
    }
  }

  /** @throws as `push` */
  end(): JsonValue {
    try {
      this.#tokenizer.end();
    } catch (error) {
      throw this.#fault ?? this.#unlessForeign(error);
    }
    if (this.#fault !== null) throw this.#fault;
    if (!this.#isChecked) this.options.checkFirst!.check(undefined);
    return this.#root;
  }

  /** The path to the present value, in ASCII. */
  where(): string {
    const parts = this.#path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${plainKey(part)}`));
    return parts.join('').replace(/^\./, '');
  }

  beginObject(): void {
    this.#begin({});
  }
  beginArray(): void {
    this.#begin([]);
  }
  endObject(): void {
    this.#end();
  }
  endArray(): void {
    this.#end();
  }

  beginString(isKey: boolean): void {
    this.#pieces = [];
    this.#sink = null;
    if (isKey || this.#fault !== null) return;
    const frame = this.#frames.at(-1);
    if (frame === undefined) throw this.#notAnObject();
    if (Array.isArray(frame.container)) return;
    this.#attempt(() => {
      this.#sink = this.options.divert?.(this.#path, this.#tokenizer.offset) ?? null;
    });
  }

  piece(piece: Buffer): void {
    if (this.#sink !== null) {
      const sink = this.#sink;
      this.#attempt(() => sink.write(piece));
      return;
    }
    if (this.#fault !== null && this.#depth > 1) return;
    this.#attempt(() => this.#count(piece.length));
    if (this.#fault === null || piece.length < 100) this.#pieces.push(Buffer.from(piece));
  }

  endString(isKey: boolean): void {
    const sink = this.#sink;
    this.#sink = null;
    if (sink !== null && this.#fault === null) {
      this.#attempt(() => this.#place(sink.end()));
      return;
    }
    const text = Buffer.concat(this.#pieces).toString('utf8');
    this.#pieces = [];
    if (isKey) this.#key(text);
    else this.#value(text);
  }

  number(text: string): void {
    const value = Number(text);
    this.#attempt(() => {
      this.#count(text.length);
      if (Number.isFinite(value) && Math.abs(value) <= Number.MAX_SAFE_INTEGER) return;
      throw this.#bad('a number is beyond 2^53 - 1, which not every reader keeps');
    });
    this.#value(value);
  }

  literal(value: null | boolean): void {
    this.#value(value);
  }

  #begin(container: Frame['container']): void {
    if (this.#depth === 0 && Array.isArray(container)) throw this.#notAnObject();
    this.#depth++;
    if (this.#fault !== null) return;
    this.#attempt(() => {
      this.#count(2);
      this.#frames.push({ container, key: Array.isArray(container) ? 0 : '' });
      this.#path.push(Array.isArray(container) ? 0 : '');
    });
  }

  #end(): void {
    this.#depth--;
    if (this.#fault !== null) {
      if (this.#depth === 1) this.#value({});
      return;
    }
    const { container } = this.#frames.pop()!;
    this.#path.pop();
    if (this.#frames.length === 0) this.#root = container;
    else this.#value(container);
  }

  #key(key: string): void {
    if (this.#fault !== null) {
      if (this.#depth === 1) this.#path[0] = key;
      return;
    }
    const frame = this.#frames.at(-1)!;
    frame.key = key;
    this.#path[this.#path.length - 1] = key;
    this.#attempt(() => {
      if (key === '__proto__') throw this.#bad('the key __proto__ is not allowed');
      if (Object.hasOwn(frame.container, key)) throw this.#bad('a key occurs twice');
    });
  }

  /** A finished value: checked if it is the one to check first, counted, and put where it belongs. */
  #value(value: JsonValue): void {
    if (this.#depth === 0) throw this.#notAnObject();
    if (!this.#isChecked && this.#depth === 1 && this.#path[0] === this.options.checkFirst!.key) {
      this.#isChecked = true;
      this.options.checkFirst!.check(value);
      if (this.#fault !== null) throw this.#fault;
    }
    if (this.#fault === null) this.#attempt(() => this.#place(value));
  }

  #place(value: JsonValue | undefined): void {
    if (++this.#values > this.options.limits.values) {
      throw this.#bad(`more than ${this.options.limits.values} values`, 'FORMAT_LIMIT_EXCEEDED');
    }
    const frame = this.#frames.at(-1)!;
    if (Array.isArray(frame.container)) {
      if (value !== undefined) frame.container.push(value);
      frame.key = frame.container.length;
      this.#path[this.#path.length - 1] = frame.key;
    } else if (value !== undefined) frame.container[frame.key] = value;
  }

  #count(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes <= this.options.limits.documentBytes) return;
    throw this.#bad(
      `the document is over ${this.options.limits.documentBytes} bytes`,
      'FORMAT_LIMIT_EXCEEDED',
    );
  }

  /** Runs `step`; its failure is thrown at once after the first check, and held back before it. */
  #attempt(step: () => void): void {
    if (this.#fault !== null) return;
    try {
      step();
    } catch (error) {
      if (this.#isChecked) throw error;
      this.#fault = error;
      this.#frames.length = 0;
      this.#path.length = Math.min(1, this.#path.length);
      this.#root = null;
      this.#sink = null;
    }
  }

  /** An input that fails before its first brace is something else altogether. */
  #unlessForeign(error: unknown): unknown {
    return this.#depth === 0 && this.#root === null && error instanceof FormatError
      ? this.#notAnObject()
      : error;
  }

  #notAnObject(): FormatError {
    return new FormatError('FORMAT_NOT_A_SNAPSHOT', 'the input is not a JSON object, so it is no snapshot', {
      hint: 'check the reference: a snapshot file begins with { "version": 1',
    });
  }

  #bad(why: string, code: 'FORMAT_INVALID' | 'FORMAT_LIMIT_EXCEEDED' = 'FORMAT_INVALID'): FormatError {
    const path = this.#path
      .map((part) => (typeof part === 'number' ? `[${part}]` : `.${plainKey(part)}`))
      .join('');
    const where = path.replace(/^\./, '') || '(top level)';
    return new FormatError(code, `${where}: ${why}`, {
      hint: 'see FORMAT.md; the snapshot was not made by a program that follows it, or was edited by hand',
      details: { path: where, offset: this.#tokenizer.offset },
    });
  }
}

function plainKey(key: string): string {
  return /^[A-Za-z0-9_-]{1,80}$/.test(key) ? key : quoted(key);
}

/** Reads a whole input. @throws as `JsonTreeReader` */
export async function readJsonTree(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  options: TreeOptions & { signal?: AbortSignal },
): Promise<JsonValue> {
  const reader = new JsonTreeReader(options);
  for await (const chunk of chunks) {
    options.signal?.throwIfAborted();
    reader.push(chunk);
  }
  return reader.end();
}
