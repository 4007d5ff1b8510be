// Runs a command to its end, in a process group of its own, because a launcher such as npx may start it as a child. The group
// also ends when we end.
import type { ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import { signalGroup, watchdogOf } from '../watchdog.ts';

export class OneShot {
  readonly output: Readable;
  /** Its exit code, once all its output is read; null when it was stopped, or could not be started. */
  readonly ended: Promise<number | null>;
  readonly #child: ChildProcess;

  /** @param output which of its outputs is read */
  constructor(
    [file, ...args]: readonly string[],
    env: Readonly<Record<string, string | undefined>>,
    output: 'stdout' | 'stderr',
  ) {
    // Loaded when something is started: most commands start nothing.
    const { spawn } = process.getBuiltinModule('node:child_process');
    const child = spawn(file!, args, {
      env,
      stdio: ['ignore', output === 'stdout' ? 'pipe' : 'ignore', output === 'stderr' ? 'pipe' : 'ignore'],
      detached: process.platform !== 'win32',
    });
    const watchdog = watchdogOf(child);
    this.#child = child;
    this.output = child[output]!;
    this.ended = new Promise((resolve) => {
      child.once('error', () => resolve(null));
      child.once('close', (code) => {
        watchdog?.kill('SIGKILL');
        resolve(code);
      });
    });
  }

  /** From now on this process may end before it, and ends it then. */
  unref(): void {
    this.#child.unref();
    (this.output as Readable & { unref(): void }).unref();
  }

  /** Ends it and everything it started; does not wait for others that hold its output open. */
  readonly stop = (): void => {
    this.output.destroy();
    signalGroup(this.#child, 'SIGKILL');
  };
}
