// Compiling new code before anything changes: the same Wassette program loads it in a directory of its own.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { safeText } from '../codec/safe-text.ts';
import { inParallel } from '../disk/parallel.ts';
import { notLoaded } from './loading.ts';
import { environmentForWrapped } from './locations.ts';

const AT_ONCE = 2;
const SHOWN_LOG_BYTES = 16 * 1024;

/**
 * Loads each file, `<id>.wasm`, once; nothing of it stays.
 * @param program what starts a one-shot command, such as `['wassette']`
 * @throws VerificationError VERIFY_NOT_LOADED naming the component, and why
 */
export async function assertLoadable(
  program: readonly string[],
  files: readonly string[],
  signal?: AbortSignal,
): Promise<void> {
  const scratch = await mkdtemp(path.join(tmpdir(), 'wassette-state-trial-'));
  try {
    await inParallel(
      files.entries(),
      AT_ONCE,
      async ([index, file]) => {
        const problem = await tryLoad(program, file, path.join(scratch, String(index)), signal);
        if (problem !== null) throw notLoaded(path.basename(file, '.wasm'), problem);
      },
      signal,
    );
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Why it does not load, or null. */
async function tryLoad(
  [file, ...args]: readonly string[],
  wasm: string,
  directory: string,
  signal?: AbortSignal,
): Promise<string | null> {
  // Homeless, so that no configuration, secret or directory of the host's is touched.
  const { PATH } = environmentForWrapped();
  const env = {
    PATH,
    HOME: directory,
    XDG_CONFIG_HOME: directory,
    XDG_DATA_HOME: directory,
  };
  const child = spawn(
    file!,
    [...args, 'component', 'load', `file://${wasm}`, '--component-dir', path.join(directory, 'components')],
    { env, stdio: ['ignore', 'ignore', 'pipe'], signal },
  );
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
