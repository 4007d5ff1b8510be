// Reads the members of a JSON object one by one, up to the first syntax error; whatever else is wrong does not matter.
import { FormatError } from '../../errors.ts';
import { type JsonHandler, JsonTokenizer } from './tokenizer.ts';

/** Generous, because nested values are only counted here, not built. */
const DEEPEST = 100_000;
const LONGEST_TEXT = 8 * 1024;

export class TopLevelReader {
  readonly #tokenizer = new JsonTokenizer(this.#handler(), DEEPEST);
  #isReadable = true;
  #key = '';
  /** Whether the value that begins belongs to a member at the top level. */
  #isMember = false;
  /** The key or text at the top level that is being read; null inside any other, or when it is too long. */
  #text: string | null = null;

  /** @param onMember takes each member in turn; it gets an empty object in place of a container or a text over 8 KiB */
  constructor(private readonly onMember: (key: string, value: unknown) => void) {}

  /** Returns false when nothing more can be read. */
  push(chunk: Uint8Array): boolean {
    return this.#read(() => this.#tokenizer.push(chunk));
  }

  /** Ends the text: only now is a number at its end complete. */
  end(): void {
    this.#read(() => this.#tokenizer.end());
  }

  #read(read: () => void): boolean {
    try {
      if (this.#isReadable) read();
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      this.#isReadable = false;
    }
    return this.#isReadable;
  }

  #handler(): JsonHandler {
    return {
      beginObject: () => this.#take({}),
      endObject: () => undefined,
      beginArray: () => this.#take({}),
      endArray: () => undefined,
      beginString: (isKey) => {
        this.#text = (isKey ? this.#tokenizer.depth === 1 : this.#isMember) ? '' : null;
        return 'text';
      },
      piece: (bytes) => {
        if (this.#text === null) return;
        this.#text = this.#text.length + bytes.length <= LONGEST_TEXT ? this.#text + bytes.toString() : null;
      },
      endString: (isKey) => {
        if (!isKey) return this.#take(this.#text ?? {});
        this.#isMember = this.#text !== null;
        this.#key = this.#text ?? '';
      },
      number: (text) => {
        if (Math.abs(Number(text)) <= Number.MAX_SAFE_INTEGER) this.#take(Number(text));
      },
      literal: (value) => this.#take(value),
      path: () => [],
    };
  }

  #take(value: unknown): void {
    if (this.#isMember) this.onMember(this.#key, value);
    this.#isMember = false;
  }
}
