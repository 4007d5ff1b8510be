// MCP's stdio framing: one JSON message a line.
import type { Readable, Writable } from 'node:stream';
import { parsedJson } from '../../src/codec/json/parsed.ts';

/** A longer line is not kept: whoever waits for it is told so. */
export const MAX_LINE_BYTES = 64 * 1024 * 1024;
/** From here on a line is looked through while it arrives, so that there is no pause when it turns out too long. */
const LONG_LINE_BYTES = 1024 * 1024;
const NEWLINE = 0x0a;

interface LineEvents {
  onLine(line: string): void;
  /** A line that is too long: what could be told of it. */
  onTooLong(line: LongLine): void;
  /** Of the input, for whatever reason. */
  onEnd(): void;
}

/** Reads lines from one stream and writes lines to another. */
export class MessageLines {
  #parts: Buffer[] = [];
  #size = 0;
  #long: LongLine | null = null;

  constructor(
    private readonly input: Readable,
    private readonly output: Writable,
    private readonly events: LineEvents,
  ) {
    input.on('data', (chunk: Buffer) => this.#take(chunk));
    input.once('end', () => events.onEnd());
    input.once('close', () => events.onEnd());
    input.once('error', () => events.onEnd());
    output.on('error', () => events.onEnd());
  }

  /** Writes one message; false while the other side does not read, until `drained`. */
  send(text: string): boolean {
    return this.output.destroyed || this.output.write(`${text}\n`);
  }

  whenDrained(then: () => void): void {
    this.output.once('drain', then);
  }

  pause(): void {
    this.input.pause();
  }

  resume(): void {
    this.input.resume();
  }

  #take(chunk: Buffer): void {
    let from = 0;
    for (;;) {
      const end = chunk.indexOf(NEWLINE, from);
      this.#keep(chunk.subarray(from, end < 0 ? chunk.length : end));
      if (end < 0) return;
      from = end + 1;
      this.#endLine();
    }
  }

  #keep(part: Buffer): void {
    this.#size += part.length;
    if (this.#size <= MAX_LINE_BYTES) this.#parts.push(part);
    else this.#parts = [];
    if (this.#long !== null) this.#long.push(part);
    else if (this.#size > LONG_LINE_BYTES) {
      this.#long = new LongLine();
      for (const kept of this.#parts) this.#long.push(kept);
    }
  }

  #endLine(): void {
    const [parts, long, isTooLong] = [this.#parts, this.#long, this.#size > MAX_LINE_BYTES];
    this.#parts = [];
    this.#size = 0;
    this.#long = null;
    const line = Buffer.concat(parts).toString('utf8');
    if (isTooLong) this.events.onTooLong(long!);
    else if (line.trim() !== '') this.events.onLine(line);
  }
}

/** An id that is longer, escapes included, is not looked for. */
const MAX_TOKEN = 8 * 1024;
const [QUOTE, BACKSLASH, COMMA, COLON] = [0x22, 0x5c, 0x2c, 0x3a];
const OPENING = new Set([0x7b, 0x5b]);
const CLOSING = new Set([0x7d, 0x5d]);

/**
 * A line that is too long to be kept: what of it says who waits for it is picked out as it passes. It knows only as much
 * JSON as that takes, so that a fault somewhere in the text hides nothing that stands behind it.
 */
export class LongLine {
  /** JSON text of the id at the top level, of several the last one; null when there is none, or an odd one. */
  id: string | null = null;
  hasMethod = false;
  #depth = 0;
  #isInString = false;
  #isEscaped = false;
  /** Whether the key has passed, and what follows is its value. */
  #isValue = false;
  #key = '';
  /** A key, or the value of `id`, as it stands so far; null while there is nothing to be kept. */
  #token: string | null = null;

  push(chunk: Buffer): void {
    for (let at = 0; at < chunk.length; at++) {
      if (!this.#isInString) this.#takeSign(chunk[at]!);
      else if (this.#token === null && !this.#isEscaped) at = this.#skipString(chunk, at);
      else this.#takeOfString(chunk[at]!);
    }
  }

  /** The place of the next byte that matters. */
  #skipString(chunk: Buffer, from: number): number {
    let at = from;
    while (at < chunk.length && chunk[at] !== QUOTE && chunk[at] !== BACKSLASH) at++;
    if (at < chunk.length) this.#takeOfString(chunk[at]!);
    return at;
  }

  #takeOfString(byte: number): void {
    this.#keep(byte);
    if (this.#isEscaped) this.#isEscaped = false;
    else if (byte === BACKSLASH) this.#isEscaped = true;
    else if (byte === QUOTE) {
      this.#isInString = false;
      if (this.#depth === 1 && !this.#isValue) this.#endKey();
    }
  }

  #takeSign(byte: number): void {
    if (byte === QUOTE) {
      this.#isInString = true;
      if (this.#depth === 1 && !this.#isValue) this.#token = '';
      this.#keep(byte);
    } else if (OPENING.has(byte)) {
      this.#depth++;
      this.#token = null;
    } else if (CLOSING.has(byte)) {
      if (this.#depth === 1) this.#endValue();
      this.#depth--;
    } else if (this.#depth === 1 && byte === COMMA) this.#endValue();
    else if (this.#depth === 1 && byte === COLON) {
      this.#isValue = true;
      this.#token = this.#key === 'id' ? '' : null;
    } else this.#keep(byte);
  }

  #keep(byte: number): void {
    if (this.#token === null) return;
    this.#token = this.#token.length < MAX_TOKEN ? this.#token + String.fromCharCode(byte) : null;
  }

  #endKey(): void {
    this.#key = String(parsed(this.#token));
    this.#token = null;
    this.hasMethod ||= this.#key === 'method';
  }

  #endValue(): void {
    const id = parsed(this.#token);
    if (typeof id === 'string' || typeof id === 'number') this.id = JSON.stringify(id);
    this.#isValue = false;
    this.#token = null;
  }
}

/** The bytes of a token are in the text one by one. */
function parsed(token: string | null): unknown {
  return token === null ? undefined : parsedJson(Buffer.from(token, 'latin1').toString('utf8'));
}
