// A live Wassette that another thread or process calls: both ends. Work that is done while it is held still stays where it
// began, and the side that holds asks for it.
import * as z from 'zod';
import type { LiveComponent, LiveWassette, ToolAnswer } from '../live-wassette.ts';
import type { Answerer, PortCalls } from './port-calls.ts';

const WorkSchema = z.object({ work: z.int() });
const AloneSchema = WorkSchema.extend({
  changed: z.array(z.object({ id: z.string(), tools: z.array(z.string()).readonly().nullable() })),
});
const CallSchema = z.object({ name: z.string(), args: z.record(z.string(), z.unknown()) });

/** Asks the side that has the Wassette. */
type Ask = PortCalls['ask'];

/** The end that uses the Wassette. */
export class RemoteWassette implements LiveWassette {
  readonly #works = new Map<number, () => Promise<boolean>>();
  #nextWork = 1;

  /** @param known what never changes */
  constructor(
    private readonly ask: Ask,
    private readonly known: Pick<LiveWassette, 'pid' | 'program'>,
    private readonly connection: { readonly isLost: boolean } = { isLost: false },
  ) {}

  get pid(): number | null {
    return this.known.pid;
  }

  get program(): readonly string[] | null {
    return this.known.program;
  }

  get isGone(): boolean {
    return this.connection.isLost;
  }

  callTool(name: string, args: Readonly<Record<string, unknown>>, signal?: AbortSignal): Promise<ToolAnswer> {
    return this.ask('callTool', { name, args }, signal) as Promise<ToolAnswer>;
  }

  version(signal?: AbortSignal): ReturnType<LiveWassette['version']> {
    return this.ask('version', {}, signal) as ReturnType<LiveWassette['version']>;
  }

  withoutChanges<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    return this.#while('withoutChanges', {}, work, signal);
  }

  alone<T>(changed: readonly LiveComponent[], work: () => Promise<T>): Promise<T> {
    return this.#while('alone', { changed }, work);
  }

  /** Answers `work`: does what waits for the Wassette to be held. Returns whether that succeeded. */
  async work(params: unknown): Promise<boolean> {
    return (await this.#works.get(WorkSchema.parse(params).work)?.()) ?? false;
  }

  async #while<T>(hold: string, params: object, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const number = this.#nextWork++;
    let outcome: Promise<T> | undefined;
    this.#works.set(number, async () => {
      outcome = work();
      return outcome.then(
        () => true,
        () => false,
      );
    });
    try {
      await this.ask(hold, { ...params, work: number }, signal);
    } catch (error) {
      // What has begun is not undone because the other side is gone: its own outcome counts.
      if (outcome === undefined) throw error;
    } finally {
      this.#works.delete(number);
    }
    return outcome!;
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
