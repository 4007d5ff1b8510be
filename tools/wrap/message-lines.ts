// MCP's stdio framing: one JSON message a line.
import type { Readable, Writable } from 'node:stream';

/** A line longer than this is no message but a flood. */
const MAX_LINE_BYTES = 64 * 1024 * 1024;
const NEWLINE = 0x0a;

export interface LineEvents {
  onLine(line: string): void;
  /** Of the input, for whatever reason. */
  onEnd(): void;
  /** A line that is too long; nothing more is read. */
  onFlood(): void;
}

/** Reads lines from one stream and writes lines to another. */
export class MessageLines {
  #parts: Buffer[] = [];
  #size = 0;

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
      this.#parts.push(chunk.subarray(from, end < 0 ? chunk.length : end));
      this.#size += this.#parts.at(-1)!.length;
      if (this.#size > MAX_LINE_BYTES) {
        this.input.destroy();
        this.#parts = [];
        this.events.onFlood();
        return;
      }
      if (end < 0) return;
      const line = Buffer.concat(this.#parts).toString('utf8');
      this.#parts = [];
      this.#size = 0;
      from = end + 1;
      if (line.trim() !== '') this.events.onLine(line);
    }
  }
}
