// This window among the others on one directory: other processes of ours find its Wassette, hold it still and have it load
// what they change; and they are told what this window's agent changes.
import { setTimeout as delay } from 'node:timers/promises';
import { ownWords, StoreError } from '../../src/errors.ts';
import type { StateDirectory } from '../../src/state/directory.ts';
import type { Host } from '../../src/wassette/host.ts';
import { isSwitchedOff, liveComponents } from '../../src/wassette/live/answers.ts';
import type { LiveComponent } from '../../src/wassette/live/live-wassette.ts';
import { programFile } from '../../src/wassette/live/program/search-path.ts';
import type { Introduction, News } from '../../src/wassette/live/registry/introduction.ts';
import { findNeighbours } from '../../src/wassette/live/registry/neighbours.ts';
import { RegisteredWassette, type Registrar } from '../../src/wassette/live/registry/registered-wassette.ts';
import { catchUp } from '../../src/wassette/live/several/catching-up.ts';
import { keepNeighboursRunning } from '../../src/wassette/live/several/starting.ts';
import { environmentForWrapped } from '../../src/wassette/locations.ts';
import type { ServerOptions } from '../mcp/server-options.ts';
import type { RawMessage } from '../messages/raw-message.ts';
import { newsIn, newsInWords } from './news.ts';
import type { WrappedWassette } from './wrapped-wassette.ts';

/** A client opens its session at once; one that does not must not keep others waiting. */
const READY_MS = 10_000;
/** The same for a window that only says who it is; and for its Wassette. */
const OPENING_MS = 2_000;
const ASKING_MS = 1_000;

/** What a window does with what it hears. */
interface WindowEvents {
  /** For the agent. */
  onNews(text: string): void;
  /** For the operator's log. */
  onProblem(problem: string): void;
}

export class Window implements Registrar {
  #registered: RegisteredWassette | null = null;
  #isOpen = false;
  #open = () => {};
  readonly #opened = new Promise<void>((resolve) => {
    this.#open = resolve;
  });
  readonly #startedAt = performance.now();
  /** Whether the tools of its own are there, once it has said so. */
  #hasOwnTools: boolean | null = null;

  constructor(
    private readonly options: ServerOptions,
    private readonly host: Host,
    private readonly live: WrappedWassette,
    private readonly events: WindowEvents,
  ) {}

  /** From now on others find it. Without sockets they do not, and refuse to import while this Wassette runs. */
  async register(): Promise<void> {
    try {
      this.#registered = await RegisteredWassette.open(this.host.state, this.live, this);
    } catch (error) {
      this.events.onProblem(
        `imports from other windows are refused while this one is open: ${ownWords(error)}`,
      );
    }
  }

  /** The session is open: Wassette can be called. */
  opened(): void {
    this.#isOpen = true;
    this.#open();
  }

  /** @param ended when the Wassette has ended */
  async close(ended: Promise<unknown>): Promise<void> {
    await this.#registered?.close(ended);
  }

  /** Tells the others, if the call changed something they do not see. */
  tellOthers(call: RawMessage, response: RawMessage): void {
    const news = newsIn(call, response);
    if (news !== null) void this.#tell(this.host.state, news).catch(() => undefined);
  }

  /** To be done before Wassette loads a component: it writes its native code over that of others. */
  async keepOthersRunning(id: string): Promise<void> {
    const version = () => this.live.version();
    await keepNeighboursRunning(this.host.state, version, [id]).catch(() => undefined);
  }

  async introduction(): Promise<Omit<Introduction, 'version'>> {
    const { locations, state } = this.host;
    const sinceStart = performance.now() - this.#startedAt;
    // At the same time: whoever asks takes a window that is slow with all of them for one that does not answer.
    const [version] = await Promise.all([
      this.live.version(),
      this.#untilOpen(Math.min(OPENING_MS, READY_MS - sinceStart)),
    ]);
    return {
      component_dir: state.componentDir,
      pid: this.live.pid,
      program: this.live.program && withRealProgram(this.live.program),
      wassette_version: version?.text ?? null,
      environment: [...locations.environment],
      secrets_dir: locations.secretsDir,
      is_open: this.#isOpen,
      has_own_tools: await this.#asksOwnTools(),
      fences: {
        read_only: this.options.readOnly,
        never_widen: this.options.neverWiden,
        ...(this.options.approval === undefined ? {} : { approval: this.options.approval.by }),
      },
    };
  }

  async ready(): Promise<void> {
    await this.#untilOpen(READY_MS);
    if (!this.#isOpen)
      throw new StoreError('STORE_BUSY', `a window (process ${process.pid}) has not opened its session yet`, {
        hint: 'nothing was changed: wait until it has started, or close it',
        details: { pid: process.pid },
      });
  }

  async catchUp(changed: readonly LiveComponent[]): Promise<void> {
    const { locations, state, log } = this.host;
    const ids = changed.map(({ id }) => id).join(', ');
    await catchUp({ locations, state, log }, this.live, changed).catch((error) =>
      this.events.onProblem(
        `an import from another window ended in the middle, and ${ids} may not be what is on disk: ${ownWords(error)}`,
      ),
    );
  }

  onNews(news: News): void {
    this.events.onNews(newsInWords(news));
  }

  async #untilOpen(mostMs: number): Promise<void> {
    if (this.#isOpen || mostMs <= 0) return;
    const late = new AbortController();
    const isLate = delay(mostMs, undefined, { signal: late.signal, ref: false }).catch(() => undefined);
    await Promise.race([this.#opened, isLate]);
    late.abort();
  }

  /** In doubt they are there: one that is busy does not answer at once. */
  async #asksOwnTools(): Promise<boolean> {
    if (!this.#isOpen || this.#hasOwnTools !== null) return this.#hasOwnTools ?? true;
    try {
      await liveComponents(this.live, AbortSignal.timeout(ASKING_MS));
      this.#hasOwnTools = true;
    } catch (error) {
      if (isSwitchedOff(error)) this.#hasOwnTools = false;
    }
    return this.#hasOwnTools ?? true;
  }

  async #tell(state: StateDirectory, news: News): Promise<void> {
    for (const neighbour of await findNeighbours(state)) {
      await neighbour.tell(news).catch(() => undefined);
      neighbour.close();
    }
  }
}

/** Found as the system finds it here, and started where its arguments mean what they do here: another process is elsewhere. */
function withRealProgram([program, ...rest]: readonly string[]): string[] {
  const real = [programFile(program!, environmentForWrapped().PATH ?? '') ?? program!, ...rest];
  return rest.length === 0 ? real : ['/bin/sh', '-c', 'cd "$0" && exec "$@"', process.cwd(), ...real];
}
