// One-shot commands of the Wassette program, in a directory of their own that is removed afterwards.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { whileDoing } from '../errors.ts';

const KEPT_LOG_LENGTH = 16 * 1024;
const SHOWN_LOG_LENGTH = 300;

/** Runs `work` with an empty directory. */
export async function inScratch<T>(work: (directory: string) => Promise<T>): Promise<T> {
  const scratch = await whileDoing('make a scratch directory', () =>
    mkdtemp(path.join(tmpdir(), 'wassette-state-scratch-')),
  );
  try {
    return await work(scratch);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

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
  const child = spawn(file!, [...args, 'component', 'load', uri, '--component-dir', componentDir], {
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
    signal,
  });
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => {
    log = (log + chunk.toString('utf8')).slice(-KEPT_LOG_LENGTH);
  });
  child.on('error', (error) => {
    log += String(error); // it could not be started
  });
  const [code] = (await once(child, 'close')) as [number | null];
  signal?.throwIfAborted();
  if (code === 0) return null;
  const error = log.lastIndexOf('Error: ');
  return {
    ending:
      code === null || code < 0 ? 'its loader did not end by itself' : `its loader ended with code ${code}`,
    said: (error < 0 ? log.slice(-SHOWN_LOG_LENGTH) : log.slice(error)).trim().replace(/\s*\n\s*/g, ' '),
  };
}
