// Reads and writes MCP's stdio framing: one JSON message per line.
import type { Readable, Writable } from 'node:stream';
import { TopLevelReader } from '../../src/codec/json/top-level.ts';

/** A longer line is not kept; whoever waits for it gets an error. */
const MAX_LINE_BYTES = 64 * 1024 * 1024;
/** From this size on a line is scanned while it arrives, so that there is no pause if it turns out to be too long. */
const LONG_LINE_BYTES = 1024 * 1024;
const NEWLINE = 0x0a;

interface LineEvents {
  onLine(line: string): void;
  /** A line was too long; `line` is what could be found out about it. */
  onTooLong(line: LongLine): void;
  /** The input has ended, for whatever reason. */
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

  /** Writes one message. Returns false while the other side does not read, until `drained`. */
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

  /** Takes what was written without an end of line for a line; to be called when no more is expected. */
  takeRest(): void {
    this.#endLine();
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

/** A line that is too long to be kept: only what identifies its sender's request is picked out as it passes. */
export class LongLine {
  /** JSON text of the id at the top level, the last one if there are several; null when there is none, or an invalid one. */
  id: string | null = null;
  hasMethod = false;
  readonly #members = new TopLevelReader((key, value) => {
    if (key === 'method') this.hasMethod = true;
    else if (key === 'id' && (typeof value === 'string' || typeof value === 'number'))
      this.id = JSON.stringify(value);
  });

  push(chunk: Buffer): void {
    this.#members.push(chunk);
  }
}
