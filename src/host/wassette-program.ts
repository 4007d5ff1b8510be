// One-shot commands of the Wassette program, in a directory of their own that is removed afterwards.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { safeText } from '../codec/safe-text.ts';
import { whileDoing } from '../errors.ts';

const SHOWN_LOG_BYTES = 16 * 1024;

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

/**
 * `component load <uri>` into `componentDir`. Why it does not load, or null.
 * @param program what starts a one-shot command, such as `['wassette']`
 */
export async function loadWith(
  [file, ...args]: readonly string[],
  uri: string,
  componentDir: string,
  env: Readonly<Record<string, string | undefined>>,
  signal?: AbortSignal,
): Promise<string | null> {
  const child = spawn(file!, [...args, 'component', 'load', uri, '--component-dir', componentDir], {
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
    signal,
  });
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => {
    log = (log + chunk.toString('utf8')).slice(-SHOWN_LOG_BYTES);
  });
  child.on('error', () => undefined); // its exit, or the signal, says it
  const [code] = (await once(child, 'close')) as [number | null];
  signal?.throwIfAborted();
  if (code === 0) return null;
  const error = log.lastIndexOf('Error: ');
  return safeText(error < 0 ? log.slice(-300) : log.slice(error + 'Error: '.length), 300);
}
