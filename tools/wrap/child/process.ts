// The wrapped Wassette as a process. It does not end when its input closes, so we always end it, however we end ourselves.
import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { safeText } from '../../../src/codec/safe-text.ts';
import { type StateError, StoreError, UsageError } from '../../../src/errors.ts';
import { isWassette } from '../../../src/wassette/live/wassette-processes.ts';
import { signalGroup, watchdogOf } from '../../../src/wassette/live/watchdog.ts';
import { GET_WASSETTE } from '../../installed-wassette.ts';

/** A client that closed our input waits about two seconds before it kills. */
const KILL_AFTER_MS = 1_000;
const LAST_WORDS_MS = 200;

interface Ending {
  /** Its exit code, or 128 and the number of the signal that ended it. */
  code: number;
  /** In words. */
  reason: string;
}

export class WrappedProcess {
  readonly #child: ChildProcess;
  readonly #watchdog: ChildProcess | null;
  readonly #exit: Promise<Ending>;
  readonly #closed: Promise<void>;
  #hasEnded = false;

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.#watchdog = watchdogOf(child);
    child.stdout!.on('readable', keepUnread);
    this.#closed = new Promise((resolve) => child.once('close', () => resolve()));
    this.#exit = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        this.#hasEnded = true;
        this.#watchdog?.kill('SIGKILL');
        resolve(endingOf(code, signal));
      });
    });
  }

  /** @throws StoreError STORE_NO_WASSETTE, or for other programs UsageError USAGE_BAD_ARGUMENT, when it cannot be started */
  static async start(command: readonly string[], env: Record<string, string>): Promise<WrappedProcess> {
    const [program, ...args] = command as [string, ...string[]];
    // A process group of its own, so that a launcher such as npx ends with it.
    const child = spawn(program, args, {
      env,
      stdio: ['pipe', 'pipe', 'inherit'],
      detached: process.platform !== 'win32',
    });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', (error: NodeJS.ErrnoException) => reject(cannotStart(program, error)));
    });
    child.on('error', () => undefined); // a signal that could not be sent; the exit tells what happened
    return new WrappedProcess(child);
  }

  /** To be awaited when its output is read: what it wrote last is waited for, unless somebody else holds the output open. */
  async ended(): Promise<Ending> {
    const ending = await this.#exit;
    await Promise.race([this.#closed, delay(LAST_WORDS_MS, undefined, { ref: false })]);
    return ending;
  }

  get pid(): number {
    return this.#child.pid!;
  }

  get input(): Writable {
    return this.#child.stdin!;
  }

  /** To be read from the moment on that it is asked for. */
  get output(): Readable {
    return this.#child.stdout!.off('readable', keepUnread);
  }

  /** Ends it; kills it if it does not end in time. */
  async stop(): Promise<void> {
    if (this.#hasEnded) return;
    this.input.end();
    signalGroup(this.#child, 'SIGTERM');
    const timer = setTimeout(() => signalGroup(this.#child, 'SIGKILL'), KILL_AFTER_MS);
    await this.ended();
    clearTimeout(timer);
  }
}

/** Without a listener Node drops what a program wrote that ends before it is read. */
function keepUnread(): void {}

function endingOf(code: number | null, signal: NodeJS.Signals | null): Ending {
  if (signal === null) return { code: code ?? 1, reason: `it exited with code ${code}` };
  const number = { SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGTERM: 15 }[signal as string] ?? 0;
  return { code: 128 + number, reason: `${signal} ended it` };
}

const WHY_NOT: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such program, or not the interpreter that its first line names',
  EACCES: 'it is not a file that may be executed',
};

function cannotStart(program: string, { code = '', message }: NodeJS.ErrnoException): StateError {
  const problem = `cannot start ${safeText(program, 200)}: ${WHY_NOT[code] ?? safeText(code || message, 100)}`;
  if (isWassette(program))
    return new StoreError('STORE_NO_WASSETTE', problem, {
      hint: `${GET_WASSETTE}, or name the one you have by its whole path: wassette-state serve /path/to/wassette run`,
    });
  const hint = /\s/.test(program)
    ? 'if this is a command with arguments, give each of them as an argument of its own'
    : 'name the command that starts Wassette, such as: wassette-state serve wassette run';
  return new UsageError('USAGE_BAD_ARGUMENT', problem, { hint });
}
