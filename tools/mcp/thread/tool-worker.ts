// The other side of tool-thread.ts, in the thread in which tools run.
import './stdio-guard.ts';
import { parentPort, workerData } from 'node:worker_threads';
import type { Answer } from '../../../src/site/approval.ts';
import type { LiveWassette } from '../../../src/wassette/live/live-wassette.ts';
import { runTool } from '../run-tool.ts';
import type { ServerOptions } from '../server-options.ts';
import { PortCalls } from './port-calls.ts';

const { options, live } = workerData as {
  options: ServerOptions;
  live: Pick<LiveWassette, 'pid' | 'program'> | undefined;
};

const server: ServerOptions = { ...options, live: live && reached(live) };

/** One call of a tool. */
interface Asked {
  call: number;
  name: string;
  input: unknown;
  canAsk: boolean;
}

/** Work that waits until the Wassette is held still. */
const works = new Map<number, () => Promise<void>>();
let nextWork = 1;

const calls = new PortCalls(parentPort!, async (method, params, signal) => {
  if (method === 'work') return works.get((params as { work: number }).work)?.();
  const { call, name, input, canAsk } = params as Asked;
  return runTool(name, input, {
    server,
    signal,
    onProgress: (done, total) => void calls.ask('progress', { call, done, total }),
    canAsk,
    ask: async (question) => (await calls.ask('ask', { call, question }, signal)) as Answer,
  });
});

/** The live Wassette, reached through the main thread. */
function reached({ pid, program }: Pick<LiveWassette, 'pid' | 'program'>): LiveWassette {
  return {
    pid,
    program,
    callTool: (name, args, signal) =>
      calls.ask('callTool', { name, args }, signal) as ReturnType<LiveWassette['callTool']>,
    version: (signal) => calls.ask('version', {}, signal) as ReturnType<LiveWassette['version']>,
    withoutChanges: (work, signal) => at('withoutChanges', work, {}, signal),
    alone: (changed, work) => at('alone', work, { changed }),
  };
}

/** Asks the main thread to call `work` back while the Wassette is held still. The outcome stays in this thread. */
async function at<T>(rest: string, work: () => Promise<T>, params: object, signal?: AbortSignal): Promise<T> {
  const number = nextWork++;
  let outcome: Promise<T> | undefined;
  works.set(number, async () => {
    outcome = work();
    await outcome.catch(() => undefined);
  });
  try {
    await calls.ask(rest, { ...params, work: number }, signal);
  } finally {
    works.delete(number);
  }
  return outcome!;
}
