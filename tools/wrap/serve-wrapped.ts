// `wassette-state serve -- wassette run …`: one MCP server to the agent, made of Wassette as our child and our three tools.
import type { Readable, Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { clearDeadScratch } from '../../src/disk/scratch.ts';
import { ownWords, StateError, showInvisible } from '../../src/errors.ts';
import { openSite } from '../../src/site/site.ts';
import { locationsOfWrapped } from '../../src/wassette/command-locations.ts';
import type { Host } from '../../src/wassette/host.ts';
import type { ToolCaller } from '../../src/wassette/live/live-wassette.ts';
import { versionAsker } from '../../src/wassette/live/program/version.ts';
import { keepNeighboursRunning } from '../../src/wassette/live/several/starting.ts';
import { environmentForWrapped } from '../../src/wassette/locations.ts';
import { wrapInstructionsFor } from '../mcp/instructions.ts';
import { type InsideServer, serveInside } from '../mcp/server.ts';
import type { ServerOptions } from '../mcp/server-options.ts';
import { MessageLines } from '../messages/lines.ts';
import type { Peer } from '../messages/pending-requests.ts';
import type { RawMessage } from '../messages/raw-message.ts';
import { assertWrappable, programIn } from './child/command.ts';
import { WrappedProcess } from './child/process.ts';
import { watchChild } from './child/watch.ts';
import { mergeInitialize } from './handshake.ts';
import type { ToolLister } from './listed-names.ts';
import { Multiplexer } from './multiplexer.ts';
import type { MultiplexerEvents } from './multiplexer-events.ts';
import { Starting } from './starting.ts';
import { fenceFor } from './tool-fence.ts';
import { Window } from './window.ts';
import { idLoadedBy, originIn, WrappedWassette } from './wrapped-wassette.ts';

const INITIALIZE_TIMEOUT_MS = 30_000;
const LAST_WORDS_MS = 2_000;

/**
 * Serves until either side ends; then the process exits, with the child's exit code where the child ended by itself.
 * @throws UsageError when the command cannot be wrapped or started
 */
export async function serveWrapped(options: ServerOptions, command: readonly string[]): Promise<void> {
  assertWrappable(command, options);
  const wrapped = await locationsOfWrapped(command.slice(1));
  const { stateDir, policyFile } = options.locations;
  const locations = { ...wrapped, stateDir, policyFile };
  const { host } = await openSite({ ...locations, caller: { by: 'command-line' } });
  if (await host.components.isUnfinished()) await host.components.recover(); // Wassette must not start on half an import
  void clearDeadScratch();
  void clearDeadScratch(host.state.scratch);
  const program = programIn(command);
  const version = program === null ? async () => null : versionAsker(program, environmentForWrapped());
  const server = await atRest(host, async () => {
    await keepNeighboursRunning(host.state, version);
    const child = await WrappedProcess.start(command, environmentForWrapped());
    const started = new WrappedServer({ ...options, locations }, host, child, command);
    await started.window.register();
    return started;
  });
  await server.serve();
}

/** Runs `start` while no files are exchanged: from then on an import sees the Wassette, and has it load what changes. */
async function atRest<T>(host: Host, start: () => Promise<T>): Promise<T> {
  if (!host.hasOwnFolder()) return start();
  for (let tried = 1; tried <= 2; tried++) {
    try {
      return await host.components.whileUnchanged(start);
    } catch (error) {
      if (!(error instanceof StateError) || error.code !== 'STORE_LOCKED') throw error;
    }
  }
  return start(); // a client does not wait much longer
}

class WrappedServer implements MultiplexerEvents {
  readonly #multiplexer: Multiplexer;
  readonly #live: WrappedWassette;
  readonly window: Window;
  #own!: InsideServer;
  #lines!: { client: MessageLines; child: MessageLines };
  readonly #starting: Starting;
  #learning: Promise<unknown> = Promise.resolve();
  #onAsked!: () => void;
  readonly #asked = new Promise<void>((resolve) => {
    this.#onAsked = resolve;
  });
  #silence: NodeJS.Timeout | undefined;
  #isStopping = false;

  constructor(
    private readonly options: ServerOptions,
    private readonly host: Host,
    private readonly child: WrappedProcess,
    command: readonly string[],
  ) {
    const wassette: ToolCaller & ToolLister = {
      callTool: (...call) => this.#live.callTool(...call),
      request: (method, params, signal) => this.#multiplexer.request('child', method, params, signal),
    };
    this.#multiplexer = new Multiplexer(this, fenceFor(options, wassette));
    this.#live = new WrappedWassette(this.#multiplexer, child.pid, command);
    this.window = new Window(options, host, this.#live, {
      onNews: (text) => this.#multiplexer.log(text),
      onProblem: (problem) => this.onProblem(problem),
    });
    this.#starting = new Starting(wassette, host);
  }

  async serve(): Promise<void> {
    const { child } = this;
    this.#own = await serveInside({ ...this.options, live: this.#live }, (text) =>
      this.#multiplexer.receive('own', text),
    );
    this.#lines = {
      client: this.#linesOf('client', process.stdin, process.stdout, () => void this.#stop(0)),
      // Its exit follows, and says more; a program that goes on without an output can only be ended.
      child: this.#linesOf('child', child.output, child.input, () => {
        setTimeout(() => void child.stop(), LAST_WORDS_MS).unref();
      }),
    };
    watchChild(this.#multiplexer, () => this.#giveUp('Wassette no longer answers'));
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.once(signal, () => void this.#stop(0));
    const { code, reason } = await child.ended();
    if (!this.#isStopping) await this.#giveUp(`Wassette has ended: ${reason}`, code);
  }

  send(to: Peer, text: string): void {
    // What an export should know has been written when it begins.
    if (to === 'own') void this.#learning.then(() => this.#own.receive(text));
    else if (!this.#lines[to].send(text)) {
      // Whoever does not read makes the other side wait, not our memory grow.
      const from = to === 'client' ? this.#lines.child : this.#lines.client;
      from.pause();
      this.#lines[to].whenDrained(() => from.resume());
    }
  }

  onProblem(problem: string): void {
    console.error(`wassette-state: ${showInvisible(problem)}`);
  }

  whenStarted(then: () => void): void {
    this.#starting.whenOver(then);
  }

  onInitialize(): void {
    this.#onAsked();
    clearTimeout(this.#silence);
    this.#silence = setTimeout(
      () => this.#giveUp('Wassette did not answer initialize within 30 seconds'),
      INITIALIZE_TIMEOUT_MS,
    );
  }

  mergeInitialize(response: RawMessage): RawMessage {
    clearTimeout(this.#silence);
    this.window.opened();
    return mergeInitialize(response, wrapInstructionsFor(this.options));
  }

  beforeCall(call: RawMessage): Promise<unknown> | null {
    const id = idLoadedBy(call);
    return id === null ? null : this.window.keepOthersRunning(id);
  }

  onAnswered(call: RawMessage, response: RawMessage): void {
    this.window.tellOthers(call, response);
    const loaded = originIn(call, response);
    if (loaded === null) return;
    this.#learning = this.#learning
      .then(() => this.host.rememberOrigin(loaded.id, loaded.uri))
      .catch((error) => this.onProblem(`the origin of a component could not be kept: ${ownWords(error)}`));
  }

  #linesOf(from: 'client' | 'child', input: Readable, output: Writable, onEnd: () => void): MessageLines {
    return new MessageLines(input, output, {
      onLine: (line) => this.#multiplexer.receive(from, line),
      onTooLong: (line) => this.#multiplexer.receiveTooLong(from, line),
      onEnd,
    });
  }

  async #giveUp(reason: string, code = 1): Promise<void> {
    this.#lines.child.takeRest(); // a prompt, or last words
    this.onProblem(this.#multiplexer.failChild(reason));
    // A program that ended at once did so before its client's first request was read.
    await Promise.race([this.#asked, delay(LAST_WORDS_MS, undefined, { ref: false })]);
    await this.#stop(code);
  }

  async #stop(code: number): Promise<void> {
    if (this.#isStopping) return;
    this.#isStopping = true;
    const ended = this.child.stop();
    await Promise.all([this.window.close(ended), this.#own.close(), ended]);
    process.exit(code);
  }
}
