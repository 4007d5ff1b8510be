// One-shot commands of the Wassette program.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { signalGroup, watchdogOf } from './watchdog.ts';

const KEPT_LOG_LENGTH = 16 * 1024;
const SHOWN_LOG_LENGTH = 300;

/** A load that failed: how it ended, in our words, and what the program said, which is for the operator only. */
export interface LoadFailure {
  ending: string;
  said: string;
}

/**
 * `component load <uri>` into `componentDir`; null when it loads.
 * @param program what starts a one-shot command, such as `['wassette']`
 */
export async function loadWith(
  [file, ...args]: readonly string[],
  uri: string,
  componentDir: string,
  env: Readonly<Record<string, string | undefined>>,
  signal?: AbortSignal,
): Promise<LoadFailure | null> {
  signal?.throwIfAborted();
  const child = spawn(file!, [...args, 'component', 'load', uri, '--component-dir', componentDir], {
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: process.platform !== 'win32',
  });
  const watchdog = watchdogOf(child);
  const stop = () => signalGroup(child, 'SIGKILL');
  signal?.addEventListener('abort', stop);
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => {
    log = (log + chunk.toString('utf8')).slice(-KEPT_LOG_LENGTH);
  });
  child.on('error', (error) => {
    log += String(error); // it could not be started
  });
  const [code] = (await once(child, 'close')) as [number | null];
  watchdog?.kill('SIGKILL');
  signal?.removeEventListener('abort', stop);
  signal?.throwIfAborted();
  if (code === 0) return null;
  const error = log.lastIndexOf('Error: ');
  return {
    ending:
      code === null || code < 0 ? 'its loader did not end by itself' : `its loader ended with code ${code}`,
    said: (error < 0 ? log.slice(-SHOWN_LOG_LENGTH) : log.slice(error)).trim().replace(/\s*\n\s*/g, ' '),
  };
}
