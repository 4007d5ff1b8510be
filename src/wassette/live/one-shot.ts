// A command that runs to its end: in a process group of its own, since what stands in front of it, such as npx, may have
// started it as a child. The group ends with us, too.
import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { signalGroup, watchdogOf } from './watchdog.ts';

export class OneShot {
  readonly output: Readable;
  /** Its exit code once all is read that it wrote; null where it was stopped, or could not be started. */
  readonly ended: Promise<number | null>;
  readonly #child: ChildProcess;

  /** @param output what of it is read */
  constructor(
    [file, ...args]: readonly string[],
    env: Readonly<Record<string, string | undefined>>,
    output: 'stdout' | 'stderr',
  ) {
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

  /** Ends it and all that it started; whoever else holds its output open is not waited for. */
  readonly stop = (): void => {
    this.output.destroy();
    signalGroup(this.#child, 'SIGKILL');
  };
}
