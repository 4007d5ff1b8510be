// Compiles new code before anything changes: the same Wassette program loads it in a separate directory.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { writeDurably } from '../../../disk/durable-file.ts';
import { readFileBytes } from '../../../disk/file-bytes.ts';
import { inParallel } from '../../../disk/parallel.ts';
import { inScratch } from '../../../disk/scratch.ts';
import { fileName } from '../../directory/files.ts';
import { environmentForWrapped } from '../../locations.ts';
import { notLoaded } from '../loading.ts';
import { loadWith } from './loader.ts';

const AT_ONCE = 2;

/** Code to be tried. */
interface TrialCode {
  /** Named `<id>.wasm`. */
  file: string;
  /** Where the native code is put that Wassette makes of it. */
  keepAs: string;
}

/**
 * Loads each file once; nothing of it is kept but the native code.
 * @param program how to start a one-shot command, such as `['wassette']`
 * @throws VerificationError VERIFY_NOT_LOADED naming the component, and why
 */
export async function assertLoadable(
  program: readonly string[],
  code: readonly TrialCode[],
  signal?: AbortSignal,
): Promise<void> {
  const { PATH } = environmentForWrapped();
  await inScratch((scratch) =>
    inParallel(
      code.entries(),
      AT_ONCE,
      async ([index, { file, keepAs }]) => {
        const id = path.basename(file, '.wasm');
        const home = path.join(scratch, String(index));
        const components = path.join(home, 'components');
        // Homeless, so that no configuration, secret or directory of the host's is touched.
        const env = { PATH, HOME: home, XDG_CONFIG_HOME: home, XDG_DATA_HOME: home };
        const problem = await loadWith(program, `file://${file}`, components, env, signal);
        if (problem !== null) throw notLoaded(id, problem.ending, problem.said);
        await keepNative(path.join(components, fileName(id, 'cwasm')), keepAs);
      },
      signal,
    ),
  );
}

/** Without it, the code is compiled once more when it is loaded. */
async function keepNative(made: string, keepAs: string): Promise<void> {
  if (existsSync(made)) await writeDurably(keepAs, readFileBytes(made), { replace: true });
}
