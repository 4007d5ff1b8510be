// Calls between two threads or processes: either side can ask, answer, and cancel. Our own errors keep their class.
import { errorOf, StateError } from '../../../errors.ts';

/** Either end of a connection, such as those of a worker. */
export interface Port {
  postMessage(message: unknown): void;
  on(event: 'message', take: (message: Message) => void): unknown;
}

/** Answers calls of the other side. */
export type Answerer = (method: string, params: unknown, signal: AbortSignal) => Promise<unknown>;

export type Message =
  | { ask: number; method: string; params: unknown }
  | { abort: number }
  | { answer: number; value: unknown }
  | { answer: number; error: SentError };

type SentError =
  | Pick<StateError, 'code' | 'message' | 'hint' | 'remedy' | 'details' | 'said'>
  | { name: string; message: string };

interface Waiting {
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

export class PortCalls {
  readonly #waiting = new Map<number, Waiting>();
  readonly #asked = new Map<number, AbortController>();
  #nextNumber = 1;
  #failure: Error | null = null;

  constructor(
    private readonly port: Port,
    private readonly answer: Answerer,
  ) {
    port.on('message', (message) => this.#take(message));
  }

  /** @param signal is passed on: the other side decides how it ends then */
  async ask(method: string, params: unknown, signal?: AbortSignal): Promise<unknown> {
    if (this.#failure !== null) throw this.#failure;
    const number = this.#nextNumber++;
    const abort = () => this.port.postMessage({ abort: number });
    const answered = new Promise<unknown>((resolve, reject) =>
      this.#waiting.set(number, { resolve, reject }),
    );
    this.port.postMessage({ ask: number, method, params });
    if (signal?.aborted) abort();
    signal?.addEventListener('abort', abort);
    try {
      return await answered;
    } finally {
      this.#waiting.delete(number);
      signal?.removeEventListener('abort', abort);
    }
  }

  /** The other side is gone: our calls will not be answered, later ones neither, and its calls no longer matter. */
  fail(error: Error): void {
    this.#failure ??= error;
    for (const { reject } of this.#waiting.values()) reject(error);
    for (const controller of this.#asked.values()) controller.abort();
  }

  #take(message: Message): void {
    if ('ask' in message) void this.#work(message.ask, message.method, message.params);
    else if ('abort' in message) this.#asked.get(message.abort)?.abort();
    else if ('error' in message) this.#waiting.get(message.answer)?.reject(received(message.error));
    else this.#waiting.get(message.answer)?.resolve(message.value);
  }

  async #work(number: number, method: string, params: unknown): Promise<void> {
    const controller = new AbortController();
    this.#asked.set(number, controller);
    try {
      this.port.postMessage({ answer: number, value: await this.answer(method, params, controller.signal) });
    } catch (error) {
      this.port.postMessage({ answer: number, error: sent(error) });
    } finally {
      this.#asked.delete(number);
    }
  }
}

function sent(error: unknown): SentError {
  if (error instanceof StateError) {
    const { code, message, hint, remedy, details, said } = error;
    return { code, message, hint, remedy, details, said };
  }
  return error instanceof Error
    ? { name: error.name, message: error.message }
    : { name: 'Error', message: '' };
}

function received(error: SentError): Error {
  if (!('code' in error)) return Object.assign(new Error(error.message), { name: error.name });
  const { code, message, hint, remedy, details, said } = error;
  return errorOf(code, message, {
    ...(hint === undefined ? {} : { hint }),
    ...(remedy === undefined ? {} : { remedy }),
    details,
    said,
  });
}
