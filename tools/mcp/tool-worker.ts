// The other side of tool-thread.ts: runs in the thread of the tools.
import './stdio-guard.ts';
import { parentPort, workerData } from 'node:worker_threads';
import type { Answer } from '../../src/site/approval.ts';
import type { RunningWassette } from '../../src/wassette/live/live-wassette.ts';
import { PortCalls } from './port-calls.ts';
import { runTool } from './run-tool.ts';
import type { ServerOptions } from './server-options.ts';

const { options, live } = workerData as {
  options: ServerOptions;
  live: Pick<RunningWassette, 'pid' | 'program'> | undefined;
};

const server: ServerOptions = { ...options, live: live && reached(live) };

/** One call of a tool. */
interface Asked {
  call: number;
  name: string;
  input: unknown;
  canAsk: boolean;
}

/** Work that waits until the Wassette is at rest. */
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

/** The Wassette that runs, over the thread that speaks with it. */
function reached({ pid, program }: Pick<RunningWassette, 'pid' | 'program'>): RunningWassette {
  return {
    pid,
    program,
    callTool: (name, args, signal) =>
      calls.ask('callTool', { name, args }, signal) as ReturnType<RunningWassette['callTool']>,
    version: (signal) => calls.ask('version', {}, signal) as ReturnType<RunningWassette['version']>,
    withoutChanges: (work, signal) => at('withoutChanges', work, {}, signal),
    undisturbed: (changed, work) => at('undisturbed', work, { changed }),
  };
}

/** Has `work` called back when the Wassette is at rest; its outcome never leaves this thread. */
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
