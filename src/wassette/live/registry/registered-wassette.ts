// The side of a process that wraps a Wassette: it registers, and lets other processes of the same user hold that Wassette
// still and have it load what changed.
import { chmod } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import path from 'node:path';
import { StoreError } from '../../../errors.ts';
import type { StateDirectory } from '../../../state/directory.ts';
import type { LiveComponent, LiveWassette } from '../live-wassette.ts';
import { clearDeadSockets } from './dead-sockets.ts';
import {
  GreetingSchema,
  type Introduction,
  MESSAGES_VERSION,
  type News,
  NewsSchema,
} from './introduction.ts';
import { type Answerer, PortCalls } from './port-calls.ts';
import {
  makeSocketFolder,
  newRegistration,
  type Registration,
  removeRegistration,
  removeSocket,
  writeRegistration,
} from './registration.ts';
import { answererFor } from './remote-wassette.ts';
import { SocketPort } from './socket-port.ts';

/** What others may call: all that an import needs. */
const CALLABLE = ['list-components', 'get-policy', 'load-component', 'unload-component', 'reset-permission'];
/** How long one import may hold this Wassette. */
const HOLD_MS = 15 * 60_000;

/** What the process that wraps the Wassette does for its visitors. */
export interface Registrar {
  introduction(): Promise<Omit<Introduction, 'version'>>;
  /** Resolves once the Wassette can be called. @throws StoreError STORE_BUSY when that takes too long */
  ready(): Promise<void>;
  /** Whoever changed these is gone in the middle of it. */
  catchUp(changed: readonly LiveComponent[]): Promise<void>;
  /** An agent in another window changed something that this Wassette may not have noticed. */
  onNews(news: News): void;
}

export class RegisteredWassette {
  readonly #visits = new Set<Socket>();

  private constructor(
    private readonly state: StateDirectory,
    private readonly registration: Registration,
    private readonly server: Server,
  ) {}

  /** @throws StoreError STORE_UNSUPPORTED, STORE_DENIED; Error where sockets cannot be made */
  static async open(
    state: StateDirectory,
    live: LiveWassette & { pid: number },
    registrar: Registrar,
  ): Promise<RegisteredWassette> {
    const registration = newRegistration(state, live.pid);
    await makeSocketFolder(registration);
    await clearDeadSockets(state, path.dirname(registration.socket)).catch(() => undefined);
    const server = createServer();
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(registration.socket, resolve);
    });
    server.unref();
    const made = new RegisteredWassette(state, registration, server);
    server.on('connection', (socket) => made.#receive(socket, live, registrar));
    try {
      await chmod(registration.socket, 0o600);
      await writeRegistration(state, registration);
    } catch (error) {
      await made.close().catch(() => undefined);
      throw error;
    }
    return made;
  }

  /** @param ended when the Wassette has ended: until then the record says whose it was */
  async close(ended: Promise<unknown> = Promise.resolve()): Promise<void> {
    await removeSocket(this.registration);
    this.server.close();
    for (const socket of this.#visits) socket.destroy();
    await ended;
    await removeRegistration(this.state, this.registration);
  }

  #receive(socket: Socket, live: LiveWassette, registrar: Registrar): void {
    this.#visits.add(socket);
    socket.unref();
    const port = new SocketPort(socket);
    const visit = new Visit(
      this.registration,
      visited(live, registrar, socket, this.registration.component_dir),
      registrar,
      (...asked) => calls.ask(...asked),
    );
    const calls: PortCalls = new PortCalls(port, visit.answer);
    port.onLost((error) => {
      this.#visits.delete(socket);
      calls.fail(error);
    });
  }
}

/** One connection of another process. */
class Visit {
  readonly #answerLive: Answerer;
  #isGreeted = false;

  constructor(
    private readonly registration: Registration,
    live: LiveWassette,
    private readonly registrar: Registrar,
    ask: PortCalls['ask'],
  ) {
    this.#answerLive = answererFor(live, ask);
  }

  readonly answer: Answerer = async (method, params, signal) => {
    if (method === 'greet') return this.#greet(params);
    if (!this.#isGreeted) throw denied('nothing is answered before a greeting');
    if (method === 'news') return this.registrar.onNews(NewsSchema.parse(params));
    await this.registrar.ready();
    return this.#answerLive(method, params, signal);
  };

  async #greet(params: unknown): Promise<Introduction> {
    const { token, component_dir } = GreetingSchema.parse(params);
    const { registration } = this;
    if (token !== registration.token || component_dir !== registration.component_dir)
      throw denied('another window is meant');
    this.#isGreeted = true;
    return { version: MESSAGES_VERSION, ...(await this.registrar.introduction()) };
  }
}

/** The Wassette as others may use it: held for a bounded time, and brought up to date when they fail in the middle. */
function visited(
  live: LiveWassette,
  registrar: Registrar,
  socket: Socket,
  componentDir: string,
): LiveWassette {
  let changed: readonly LiveComponent[] = [];
  let isHeld = false;
  return {
    pid: live.pid,
    program: live.program,
    version: (signal) => live.version(signal),
    async callTool(name, args, signal) {
      if (!CALLABLE.includes(name)) throw denied(`"${name}" cannot be called from another window`);
      if (name === 'load-component' && !isIn(componentDir, args.path))
        throw denied('only what is in the component directory is loaded for another window');
      return live.callTool(name, args, signal);
    },
    withoutChanges: (work, signal) =>
      live.withoutChanges(async () => {
        const timer = setTimeout(() => socket.destroy(), HOLD_MS);
        isHeld = true;
        const succeeded = await work().catch(() => false);
        clearTimeout(timer);
        isHeld = false;
        if (succeeded !== true && changed.length > 0) await registrar.catchUp(changed);
        changed = [];
        return succeeded as Awaited<ReturnType<typeof work>>;
      }, signal),
    async alone(components, work) {
      // Only that is held for a bounded time.
      if (!isHeld) throw denied('a Wassette is held before it is changed');
      changed = components;
      return live.alone(components, work);
    },
  };
}

function isIn(componentDir: string, uri: unknown): boolean {
  return typeof uri === 'string' && path.dirname(uri) === `file://${componentDir}`;
}

function denied(problem: string): StoreError {
  return new StoreError('STORE_DENIED', problem, { hint: 'this is between processes of wassette-state' });
}
