// Runs our tools in a separate thread, so that whatever they read, the main thread keeps answering the client. The thread is
// started with the first call, and again if a call has ended it.
import { Worker } from 'node:worker_threads';
import type { Progress } from '../../../src/disk/progress.ts';
import { type Answerer, PortCalls } from '../../../src/wassette/live/registry/port-calls.ts';
import { answererFor } from '../../../src/wassette/live/registry/remote-wassette.ts';
import { type CallResult, type RunTool, runTool } from '../run-tool.ts';
import type { ServerOptions } from '../server-options.ts';
import type { ToolContext } from '../tool.ts';

/** When built, the worker is beside this file or one folder up; from sources, tools run in this thread. */
const HERE = import.meta.url;
const WORKER = HERE.endsWith('.ts')
  ? undefined
  : new URL(/\/chunks\/[^/]+$/.test(HERE) ? '../tool-worker.js' : './tool-worker.js', HERE);

/** How to run tools for a server with these options. */
export function toolRunner(options: ServerOptions): RunTool {
  if (WORKER === undefined) return runTool;
  const thread = new ToolThread(options);
  return (name, input, context) => thread.run(name, input, context);
}

class ToolThread {
  readonly #contexts = new Map<number, ToolContext>();
  #running: { worker: Worker; calls: PortCalls } | null = null;
  #nextCall = 1;

  constructor(private readonly options: ServerOptions) {}

  async run(name: string, input: unknown, context: ToolContext): Promise<CallResult> {
    const call = this.#nextCall++;
    this.#running ??= this.#start();
    const { worker, calls } = this.#running;
    this.#contexts.set(call, context);
    worker.ref();
    try {
      return (await calls.ask(
        'run',
        { call, name, input, caller: context.caller, canAsk: context.canAsk, showsPages: context.showsPages },
        context.signal,
      )) as CallResult;
    } finally {
      this.#contexts.delete(call);
      if (this.#contexts.size === 0) worker.unref();
    }
  }

  #start(): { worker: Worker; calls: PortCalls } {
    const { live, ...data } = this.options;
    const workerData = { options: data, live: live && { pid: live.pid, program: live.program } };
    // What it prints must not come between the messages.
    const worker = new Worker(WORKER!, { workerData, stdout: true });
    const answerLive = live && answererFor(live, (...asked) => calls.ask(...asked));
    const calls: PortCalls = new PortCalls(worker, (method, params, signal) =>
      this.#answer(method, params, signal, answerLive),
    );
    const end = (error?: Error) => {
      if (this.#running?.worker === worker) this.#running = null;
      calls.fail(error ?? new Error('the thread of the tools has ended'));
    };
    worker.once('error', end);
    worker.once('exit', () => end());
    return { worker, calls };
  }

  /** Answers what a tool asks of the client, or of the live Wassette. */
  async #answer(
    method: string,
    params: unknown,
    signal: AbortSignal,
    answerLive: Answerer | undefined,
  ): Promise<unknown> {
    const asked = params as { call: number; question: string; progress: Progress };
    switch (method) {
      case 'progress':
        return this.#contexts.get(asked.call)?.onProgress(asked.progress);
      case 'ask':
        return this.#contexts.get(asked.call)!.ask(asked.question);
      default:
        return answerLive!(method, params, signal);
    }
  }
}
