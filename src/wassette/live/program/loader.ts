// Runs one-shot commands of the Wassette program.
import { OneShot } from './one-shot.ts';

const KEPT_LOG_LENGTH = 16 * 1024;
const SHOWN_LOG_LENGTH = 300;

/** A failed load: how it ended, in our words, and what the program said, for the operator only. */
export interface LoadFailure {
  ending: string;
  said: string;
}

interface LoadOptions {
  signal?: AbortSignal | undefined;
  /** It ends with this process, which need not wait for it. */
  isUnattended?: boolean;
}

/**
 * Runs `component load <uri>` into `componentDir`; null when it loads.
 * @param program how to start a one-shot command, such as `['wassette']`
 */
export async function loadWith(
  program: readonly string[],
  uri: string,
  componentDir: string,
  env: Readonly<Record<string, string | undefined>>,
  { signal, isUnattended = false }: LoadOptions = {},
): Promise<LoadFailure | null> {
  signal?.throwIfAborted();
  const load = [...program, 'component', 'load', uri, '--component-dir', componentDir];
  const loading = new OneShot(load, env, 'stderr');
  if (isUnattended) loading.unref();
  signal?.addEventListener('abort', loading.stop);
  let log = '';
  loading.output.on('data', (chunk: Buffer) => {
    log = (log + chunk.toString('utf8')).slice(-KEPT_LOG_LENGTH);
  });
  const code = await loading.ended;
  signal?.removeEventListener('abort', loading.stop);
  signal?.throwIfAborted();
  if (code === 0) return null;
  const error = log.lastIndexOf('Error: ');
  return {
    ending:
      code === null
        ? 'its loader could not be started, or did not end by itself'
        : `its loader ended with code ${code}`,
    said: (error < 0 ? log.slice(-SHOWN_LOG_LENGTH) : log.slice(error)).trim().replace(/\s*\n\s*/g, ' '),
  };
}
