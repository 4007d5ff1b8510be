// The other side of tool-thread.ts, in the thread in which tools run.
import { parentPort, workerData } from 'node:worker_threads';
import type { Answer } from '../../../src/site/approval/approver.ts';
import type { Caller } from '../../../src/state/audit/entry.ts';
import type { LiveWassette } from '../../../src/wassette/live/live-wassette.ts';
import { PortCalls } from '../../../src/wassette/live/registry/port-calls.ts';
import { RemoteWassette } from '../../../src/wassette/live/registry/remote-wassette.ts';
import { runTool } from '../run-tool.ts';
import type { ServerOptions } from '../server-options.ts';
import { keepStdoutForProtocol } from './stdio-guard.ts';

keepStdoutForProtocol();

const { options, live } = workerData as {
  options: ServerOptions;
  live: Pick<LiveWassette, 'pid' | 'program'> | undefined;
};

const remote = live && new RemoteWassette((...asked) => calls.ask(...asked), live);
const server: ServerOptions = { ...options, live: remote };

/** One call of a tool. */
interface Asked {
  call: number;
  name: string;
  input: unknown;
  caller: Caller;
  canAsk: boolean;
  showsPages: boolean;
}

const calls: PortCalls = new PortCalls(parentPort!, async (method, params, signal) => {
  if (method === 'work') return remote?.work(params);
  const { call, name, input, caller, canAsk, showsPages } = params as Asked;
  return runTool(name, input, {
    server,
    signal,
    caller,
    onProgress: (progress) => void calls.ask('progress', { call, progress }),
    canAsk,
    showsPages,
    ask: async (question) => (await calls.ask('ask', { call, question }, signal)) as Answer,
  });
});
