// A connection between two processes of ours over a socket: a JSON message a line, checked before it is used. Both ends show
// that they are alive; one that is stopped, or sends anything else, is cut off, so that nobody waits for it for long.
import type { Socket } from 'node:net';
import * as z from 'zod';
import { parsedJson } from '../../../codec/json/parsed.ts';
import { StoreError } from '../../../errors.ts';
import type { Message, Port } from './port-calls.ts';

const BEAT_MS = 5_000;
/** Silence after which the other end counts as stopped. */
const SILENCE_MS = 30_000;
const MAX_LINE_LENGTH = 64 * 1024 * 1024;

const number = z.int().positive();
const ErrorSchema = z.union([
  z.strictObject({
    code: z.string().regex(/^(FORMAT|VERIFY|POLICY|STORE|CONFLICT|USAGE)_[A-Z_]+$/),
    message: z.string(),
    hint: z.string().optional(),
    remedy: z.looseObject({ do: z.string() }).optional(),
    details: z.record(z.string(), z.unknown()),
    said: z.string().optional(),
  }),
  z.strictObject({ name: z.string(), message: z.string() }),
]);
const MessageSchema = z.union([
  z.strictObject({ ask: number, method: z.string(), params: z.unknown() }),
  z.strictObject({ abort: number }),
  z.strictObject({ answer: number, error: ErrorSchema }),
  z.strictObject({ answer: number, value: z.unknown() }),
]);

export class SocketPort implements Port {
  readonly #beat: NodeJS.Timeout;
  /** Begins anew with all that is received; the one of the socket would do so with what we send as well. */
  readonly #silence: NodeJS.Timeout;
  #take: (message: Message) => void = () => undefined;
  #pending: Buffer[] = [];
  #length = 0;

  constructor(private readonly socket: Socket) {
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    this.#silence = setTimeout(() => socket.destroy(), SILENCE_MS).unref();
    socket.on('error', () => undefined); // `close` follows
    this.#beat = setInterval(() => socket.write('\n'), BEAT_MS);
    this.#beat.unref();
  }

  get isLost(): boolean {
    return this.socket.destroyed || this.socket.readableEnded;
  }

  postMessage(message: unknown): void {
    if (!this.isLost) this.socket.write(`${JSON.stringify(message)}\n`);
  }

  on(_event: 'message', take: (message: Message) => void): void {
    this.#take = take;
  }

  onLost(lost: (error: Error) => void): void {
    const end = () => {
      clearInterval(this.#beat);
      clearTimeout(this.#silence);
      this.socket.destroy();
      lost(new StoreError('STORE_UNREACHABLE', 'another window has ended, or no longer answers'));
    };
    if (this.isLost) end();
    else this.socket.once('end', end).once('close', end);
  }

  /** At once, whatever is still to be sent. */
  cut(): void {
    this.socket.destroy();
  }

  close(): void {
    clearInterval(this.#beat);
    this.socket.end();
  }

  #read(chunk: Buffer): void {
    this.#silence.refresh();
    let rest = chunk;
    for (let end = rest.indexOf(10); end >= 0 && !this.socket.destroyed; end = rest.indexOf(10)) {
      this.#takeLine(Buffer.concat([...this.#pending, rest.subarray(0, end)]));
      this.#pending = [];
      this.#length = 0;
      rest = rest.subarray(end + 1);
    }
    if (rest.length === 0) return;
    this.#pending.push(rest);
    this.#length += rest.length;
    if (this.#length > MAX_LINE_LENGTH) this.socket.destroy();
  }

  #takeLine(line: Buffer): void {
    if (line.length === 0) return;
    const parsed = MessageSchema.safeParse(parsedJson(line.toString('utf8')));
    if (parsed.success) this.#take(parsed.data as Message);
    else this.socket.destroy();
  }
}
