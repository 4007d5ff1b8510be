// Compiles new code before anything changes: the same Wassette program loads it in a separate directory.
import path from 'node:path';
import { inParallel } from '../../../disk/parallel.ts';
import { inScratch } from '../../../disk/scratch.ts';
import { environmentForWrapped } from '../../locations.ts';
import { notLoaded } from '../loading.ts';
import { loadWith } from './loader.ts';

const AT_ONCE = 2;

/**
 * Loads each file, `<id>.wasm`, once; nothing of it is kept.
 * @param program how to start a one-shot command, such as `['wassette']`
 * @throws VerificationError VERIFY_NOT_LOADED naming the component, and why
 */
export async function assertLoadable(
  program: readonly string[],
  files: readonly string[],
  signal?: AbortSignal,
): Promise<void> {
  const { PATH } = environmentForWrapped();
  await inScratch((scratch) =>
    inParallel(
      files.entries(),
      AT_ONCE,
      async ([index, file]) => {
        const home = path.join(scratch, String(index));
        // Homeless, so that no configuration, secret or directory of the host's is touched.
        const env = { PATH, HOME: home, XDG_CONFIG_HOME: home, XDG_DATA_HOME: home };
        const problem = await loadWith(program, `file://${file}`, path.join(home, 'components'), env, signal);
        if (problem !== null) throw notLoaded(path.basename(file, '.wasm'), problem.ending, problem.said);
      },
      signal,
    ),
  );
}
