// `wassette-state serve -- wassette run …`: one MCP server to the agent, made of Wassette as our child and our three tools.

import path from 'node:path';
import { nowSeconds } from '../../src/disk/clock.ts';
import { clearDeadScratch } from '../../src/disk/scratch.ts';
import { ownWords, StoreError, showInvisible, UsageError } from '../../src/errors.ts';
import { openSite } from '../../src/site/site.ts';
import type { RunningWassette, ToolAnswer } from '../../src/wassette/live/live-wassette.ts';
import { versionAsker } from '../../src/wassette/live/program-version.ts';
import { environmentForWrapped, locationsOfWrapped } from '../../src/wassette/locations.ts';
import { wrapInstructionsFor } from '../mcp/instructions.ts';
import { serveInside } from '../mcp/server.ts';
import type { ServerOptions } from '../mcp/server-options.ts';
import { watchChild } from './child-watch.ts';
import { mergeInitialize } from './handshake.ts';
import { MessageLines } from './message-lines.ts';
import { Multiplexer, type MultiplexerEvents, type Peer } from './multiplexer.ts';
import { sourceIn, toolAnswerIn } from './tool-answer.ts';
import { fenceFor } from './tool-fence.ts';
import { WrappedProcess } from './wrapped-process.ts';

const INITIALIZE_TIMEOUT_MS = 30_000;
/** Compiling takes a minute at most. */
const CALL_TIMEOUT_MS = 10 * 60_000;
const LAST_WORDS_MS = 2_000;

/**
 * Serves until either side ends; then the process exits, with the child's exit code where the child ended by itself.
 * @throws UsageError when the command cannot be wrapped or started
 */
export async function serveWrapped(options: ServerOptions, command: readonly string[]): Promise<void> {
  const args = command.slice(1);
  assertWrappable(command, options);
  const locations = { ...(await locationsOfWrapped(args)), stateDir: options.locations.stateDir };
  const { host } = await openSite(locations);
  if (await host.components.isUnfinished()) await host.components.recover(); // Wassette must not start on half an import
  const child = await WrappedProcess.start(command, environmentForWrapped());
  void clearDeadScratch();

  let isStopping = false;
  const stop = async (code: number) => {
    if (isStopping) return;
    isStopping = true;
    await Promise.all([own.close(), child.stop()]);
    process.exit(code);
  };
  const log = (problem: string) => console.error(`wassette-state: ${showInvisible(problem)}`);

  let learning: Promise<unknown> = Promise.resolve();
  const send = (to: Peer, text: string) => {
    // What an export should know has been written when it begins.
    if (to === 'own') void learning.then(() => own.receive(text));
    else if (!lines[to].send(text)) {
      // Whoever does not read makes the other side wait, not our memory grow.
      const from = to === 'client' ? lines.child : lines.client;
      from.pause();
      lines[to].whenDrained(() => from.resume());
    }
  };
  const events: MultiplexerEvents = {
    send,
    onProblem: log,
    onInitialize() {
      clearTimeout(silence);
      silence = setTimeout(
        () => giveUp('Wassette did not answer initialize within 30 seconds'),
        INITIALIZE_TIMEOUT_MS,
      );
    },
    mergeInitialize(response) {
      clearTimeout(silence);
      return mergeInitialize(response, wrapInstructionsFor(options));
    },
    onAnswered(call, response) {
      const loaded = sourceIn(call, response);
      if (loaded === null) return;
      learning = learning
        .then(() => host.rememberOrigin(loaded.id, loaded.uri, nowSeconds()))
        .catch((error) => log(`the source of a component could not be kept: ${ownWords(error)}`));
    },
  };
  const multiplexer: Multiplexer = new Multiplexer(
    events,
    fenceFor(options, {
      callTool: (...call) => live.callTool(...call),
      request: (method, params, signal) => multiplexer.request('child', method, params, signal),
    }),
  );
  const giveUp = (reason: string) => {
    multiplexer.failChild(reason);
    log(reason);
    void stop(1);
  };
  let silence: NodeJS.Timeout | undefined;
  const program = programIn(command);
  const live: RunningWassette = {
    pid: child.pid,
    program: loaderIn(command),
    version: program === null ? async () => null : versionAsker(program, environmentForWrapped()),
    withoutChanges: (work, signal) => multiplexer.hold.withoutChanges(work, signal),
    undisturbed: (changed, work) => multiplexer.hold.undisturbed(changed, work),
    callTool: (name, toolArguments, signal) =>
      callChild(multiplexer, { name, arguments: toolArguments }, signal),
  };
  const own = await serveInside({ ...options, locations, live }, (text) => multiplexer.receive('own', text));
  const lines = {
    client: new MessageLines(process.stdin, process.stdout, {
      onLine: (line) => multiplexer.receive('client', line),
      onTooLong: (line) => multiplexer.receiveTooLong('client', line),
      onEnd: () => void stop(0),
    }),
    child: new MessageLines(child.output, child.input, {
      onLine: (line) => multiplexer.receive('child', line),
      onTooLong: (line) => multiplexer.receiveTooLong('child', line),
      // Its exit follows, and says more; a program that goes on without an output can only be ended.
      onEnd: () => setTimeout(() => void child.stop(), LAST_WORDS_MS).unref(),
    }),
  };
  watchChild(multiplexer, () => giveUp('Wassette no longer answers'));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => void stop(0));
  const { code, reason } = await child.ended;
  if (isStopping) return;
  multiplexer.failChild(`Wassette has ended: ${reason}`);
  log(`Wassette has ended: ${reason}`);
  await stop(code);
}

/** @throws StoreError STORE_UNREACHABLE when there is no answer in time; Error with the answer's message */
async function callChild(
  multiplexer: Multiplexer,
  call: { name: string; arguments: object },
  signal?: AbortSignal,
): Promise<ToolAnswer> {
  const timeout = AbortSignal.timeout(CALL_TIMEOUT_MS);
  const either = signal === undefined ? timeout : AbortSignal.any([timeout, signal]);
  try {
    return toolAnswerIn(await multiplexer.request('child', 'tools/call', call, either));
  } catch (error) {
    if (!timeout.aborted || signal?.aborted) throw error;
    throw new StoreError('STORE_UNREACHABLE', `Wassette did not answer "${call.name}" within 10 minutes`, {
      hint: 'look at its log, stop it, and start it again',
    });
  }
}

/**
 * What starts a one-shot command of the wrapped Wassette; null where that cannot be told, and where the operator has
 * switched its tools off: then nothing is to be loaded through it, nor beside it.
 */
export function loaderIn(command: readonly string[]): string[] | null {
  return command.includes('--disable-builtin-tools') ? null : programIn(command);
}

function programIn(command: readonly string[]): string[] | null {
  const run = subcommandAt(command);
  return run > 0 ? command.slice(0, run) : null;
}

/**
 * Where Wassette's `run` stands in the command; what comes before it starts the program. -1 when that cannot be told:
 * a launcher such as uv has a `run` of its own.
 */
export function subcommandAt(command: readonly string[]): number {
  const runs = command.flatMap((arg, i) => (arg === 'run' ? [i] : []));
  const named = runs.find((i) => i > 0 && isWassette(command[i - 1]!));
  return named ?? (runs.length === 1 && runs[0]! > 0 ? runs[0]! : -1);
}

function isWassette(program: string): boolean {
  return /^wassette(\.bin|\.exe)?$/.test(path.basename(program));
}

function assertWrappable(command: readonly string[], { locations, live }: ServerOptions): void {
  const [program] = command;
  const refuse = (problem: string, hint: string) => new UsageError('USAGE_BAD_ARGUMENT', problem, { hint });
  if (program === undefined)
    throw refuse('after -- nothing is left to start', 'name the command, such as: serve -- wassette run');
  if (locations.componentDir !== undefined || locations.secretsDir !== undefined)
    throw refuse(
      '--component-dir and --secrets-dir are taken from the Wassette that is started',
      'leave them out, and give --component-dir to Wassette, after run',
    );
  if (live !== undefined)
    throw refuse(
      '--wassette-url names one Wassette, and after -- another one would be started',
      'use one of them',
    );
  const subcommand = subcommandAt(command);
  const directory = command.findIndex((arg) => /^--(component|plugin)-dir(=|$)/.test(arg));
  if (subcommand >= 0 && directory >= 0 && directory < subcommand)
    throw refuse(
      '--component-dir stands before run, where older Wassettes ignore it',
      'put it after run, so that both sides use the same directory',
    );
}
