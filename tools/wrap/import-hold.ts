// Which of the agent's requests wait during an import. Requests that change Wassette wait until its end. All others wait
// only while files are exchanged; after that, calls that would reach a changed component wait until the end, too.
import { StoreError } from '../../src/errors.ts';
import type { LiveComponent } from '../../src/wassette/live/live-wassette.ts';
import { isObject, type RawMessage } from '../messages/raw-message.ts';
import { idOf } from '../messages/shape.ts';
import { isKnownOwn, mayChange } from './own-tools.ts';

const QUIET_TIMEOUT_MS = 2 * 60_000;

export function isChanging({ value: { method, params } }: RawMessage): boolean {
  return method === 'tools/call' && isObject(params) && mayChange(String(params.name));
}

/** A call of a tool of the component, or of one of Wassette's own that names it: `get-policy`, too, loads a component. */
function isCallOf({ id, tools }: LiveComponent, { value: { method, params } }: RawMessage): boolean {
  if (method !== 'tools/call' || !isObject(params)) return false;
  const name = String(params.name);
  if (isKnownOwn(name)) return isObject(params.arguments) && params.arguments.component_id === id;
  return tools === null || tools.includes(name);
}

export class ImportHold {
  #held: 'nothing' | 'changes' | 'everything' = 'nothing';
  #changed: readonly LiveComponent[] = [];
  #waiting: RawMessage[] = [];
  #onQuiet: (() => void) | null = null;
  /** The end of the hold that is there now; others come one after the other. */
  #ended: Promise<unknown> = Promise.resolve();

  /**
   * @param passOn takes the held requests, in order
   * @param isQuiet whether Wassette has answered all of the agent's requests that change it
   */
  constructor(
    private readonly passOn: (request: RawMessage) => void,
    private readonly isQuiet: () => boolean,
    private readonly timeoutMs = QUIET_TIMEOUT_MS,
  ) {}

  /** Keeps a request that must not reach Wassette now; false for any other. */
  keeps(request: RawMessage): boolean {
    // A client whose ping is not answered takes the server for dead.
    if (!this.#holds(request) || request.value.method === 'ping') return false;
    this.#waiting.push(request);
    return true;
  }

  has(id: string): boolean {
    return this.#waiting.some((request) => idOf(request) === id);
  }

  /** Whoever asked no longer wants to know. */
  drop(id: string): void {
    this.#waiting = this.#waiting.filter((request) => idOf(request) !== id);
  }

  /**
   * Runs `work` while the agent changes nothing: first what it already asked for is finished; what it asks for now waits.
   * Another such work, which may be of another process, is waited for.
   * @throws StoreError STORE_BUSY when Wassette does not finish what it was asked for, or the other work does not end
   */
  async holdChanges<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const before = this.#ended;
    let end = () => {};
    this.#ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    try {
      await this.#inTime(before, 'another import is under way in this window', signal);
      this.#held = 'changes';
      try {
        await this.#quiet(signal);
        return await work();
      } finally {
        this.#changed = [];
        this.#release('nothing');
      }
    } finally {
      void before.then(end);
    }
  }

  /** See `LiveWassette.alone`: all requests of the agent wait, except pings; afterwards, its calls of `changed`. */
  async holdEverything<T>(changed: readonly LiveComponent[], work: () => Promise<T>): Promise<T> {
    const isWithin = this.#held !== 'nothing';
    this.#held = 'everything';
    this.#changed = changed;
    try {
      return await work();
    } finally {
      if (!isWithin) this.#changed = [];
      this.#release(isWithin ? 'changes' : 'nothing');
    }
  }

  /** To be called when a request was answered, or will not be. */
  settle(): void {
    if (!this.isQuiet()) return;
    this.#onQuiet?.();
    this.#onQuiet = null;
  }

  #holds(request: RawMessage): boolean {
    if (this.#held !== 'changes') return this.#held === 'everything';
    return isChanging(request) || this.#changed.some((component) => isCallOf(component, request));
  }

  #release(held: 'nothing' | 'changes'): void {
    this.#held = held;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const request of waiting) {
      if (this.#holds(request)) this.#waiting.push(request);
      else this.passOn(request);
    }
  }

  async #quiet(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (this.isQuiet()) return;
    const quiet = new Promise<void>((resolve) => {
      this.#onQuiet = resolve;
    });
    await this.#inTime(
      quiet,
      'Wassette has not finished yet what its agent asked it to load or change',
      signal,
    );
  }

  async #inTime(wanted: Promise<unknown>, problem: string, signal?: AbortSignal): Promise<void> {
    await new Promise<unknown>((resolve, reject) => {
      const timer = setTimeout(() => reject(busy(problem)), this.timeoutMs);
      const onAbort = () => reject(signal!.reason);
      signal?.addEventListener('abort', onAbort, { once: true });
      void wanted.then(resolve).finally(() => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
      });
    });
  }
}

function busy(problem: string): StoreError {
  return new StoreError('STORE_BUSY', problem, {
    hint: 'nothing was changed: wait until that is done, and try again',
  });
}
