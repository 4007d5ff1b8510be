// A live Wassette that another thread or process calls: both ends. Work that is done while it is held still stays where it
// began, and the side that holds asks for it.
import * as z from 'zod';
import { StoreError } from '../../../errors.ts';
import type { LiveComponent, LiveWassette, ToolAnswer } from '../live-wassette.ts';
import type { Answerer, PortCalls } from './port-calls.ts';

const WorkSchema = z.object({ work: z.int() });
const AloneSchema = WorkSchema.extend({
  changed: z.array(z.object({ id: z.string(), tools: z.array(z.string()).readonly().nullable() })),
});
const CallSchema = z.object({ name: z.string(), args: z.record(z.string(), z.unknown()) });

/** Asks the side that has the Wassette. */
type Ask = PortCalls['ask'];

/** The other side gives its Wassette 10 minutes for an answer, and its agent 4 to finish what it began. */
const ANSWER_MS = 11 * 60_000;
const BEGIN_MS = 5 * 60_000;

/** What the other side is reached through. */
interface Connection {
  readonly isLost: boolean;
  /** Gives the other side up: all that it was asked fails. */
  cut(): void;
}

/** The end that uses the Wassette. */
export class RemoteWassette implements LiveWassette {
  readonly #works = new Map<number, () => Promise<boolean>>();
  #nextWork = 1;

  /** @param known what never changes */
  constructor(
    private readonly ask: Ask,
    private readonly known: Pick<LiveWassette, 'pid' | 'program'>,
    private readonly connection?: Connection,
  ) {}

  get pid(): number | null {
    return this.known.pid;
  }

  get program(): readonly string[] | null {
    return this.known.program;
  }

  get isGone(): boolean {
    return this.connection?.isLost ?? false;
  }

  callTool(name: string, args: Readonly<Record<string, unknown>>, signal?: AbortSignal): Promise<ToolAnswer> {
    return this.#answer('callTool', { name, args }, signal) as Promise<ToolAnswer>;
  }

  version(signal?: AbortSignal): ReturnType<LiveWassette['version']> {
    return this.#answer('version', {}, signal) as ReturnType<LiveWassette['version']>;
  }

  withoutChanges<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    return this.#while('withoutChanges', {}, work, signal);
  }

  alone<T>(changed: readonly LiveComponent[], work: () => Promise<T>): Promise<T> {
    return this.#while('alone', { changed }, work);
  }

  /** Answers `work`: does what waits for the Wassette to be held. Returns whether that succeeded. */
  async work(params: unknown): Promise<boolean> {
    const { work: number } = WorkSchema.parse(params);
    const begin = this.#works.get(number);
    this.#works.delete(number); // done once, however often it is asked for
    return (await begin?.()) ?? false;
  }

  async #answer(method: string, params: object, signal?: AbortSignal): Promise<unknown> {
    const timer = this.#cutAfter(ANSWER_MS);
    try {
      return await this.ask(method, params, signal);
    } finally {
      clearTimeout(timer);
    }
  }

  /** One that shows that it is alive and yet never answers must not keep the others waiting. */
  #cutAfter(ms: number): NodeJS.Timeout | undefined {
    const { connection } = this;
    return connection && setTimeout(() => connection.cut(), ms);
  }

  async #while<T>(hold: string, params: object, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const number = this.#nextWork++;
    const timer = this.#cutAfter(BEGIN_MS);
    let outcome: Promise<T> | undefined;
    let onFailed = () => {};
    // After a failure the other side may wait for files that the caller has locked.
    const failed = new Promise<void>((resolve) => {
      onFailed = resolve;
    });
    this.#works.set(number, async () => {
      clearTimeout(timer);
      outcome = work();
      return outcome.then(
        () => true,
        () => {
          onFailed();
          return false;
        },
      );
    });
    try {
      await Promise.race([this.ask(hold, { ...params, work: number }, signal), failed]);
    } catch (error) {
      // What has begun is not undone because the other side is gone: its own outcome counts.
      if (outcome === undefined) throw error;
    } finally {
      clearTimeout(timer);
      this.#works.delete(number);
    }
    if (outcome === undefined)
      throw new StoreError(
        'STORE_UNREACHABLE',
        'another window did not hold its Wassette as it was asked to',
      );
    return outcome;
  }
}

/** The end that has the Wassette: answers what a `RemoteWassette` asks. */
export function answererFor(live: LiveWassette, ask: Ask): Answerer {
  return async (method, params, signal) => {
    switch (method) {
      case 'callTool': {
        const { name, args } = CallSchema.parse(params);
        return live.callTool(name, args, signal);
      }
      case 'version':
        return live.version(signal);
      case 'withoutChanges': {
        const { work } = WorkSchema.parse(params);
        return live.withoutChanges(() => ask('work', { work }), signal);
      }
      case 'alone': {
        const { changed, work } = AloneSchema.parse(params);
        return live.alone(changed, () => ask('work', { work }));
      }
      default:
        throw new TypeError(`there is nothing called ${method}`);
    }
  };
}
