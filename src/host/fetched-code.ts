// Code from the network, by Wassette's own loader: it knows registries, credentials and proxies. We open no connection.
import path from 'node:path';
import { quoted, safeText } from '../codec/safe-text.ts';
import { StoreError } from '../errors.ts';
import { shownUri } from '../model/source-id.ts';
import { fileName } from './component-files.ts';
import { environmentForWrapped } from './locations.ts';
import { inScratch } from './scratch.ts';
import { loadWith } from './wassette-program.ts';

/**
 * Loads `uri` into a directory of its own, and runs `work` with the file of the code, which is gone afterwards.
 * @throws StoreError STORE_UNREACHABLE when Wassette cannot load it, or takes it for another component
 */
export async function withFetchedCode<T>(
  program: readonly string[],
  { component_id, uri }: { component_id: string; uri: string },
  work: (file: string) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  return inScratch(async (scratch) => {
    const directory = path.join(scratch, 'components');
    const problem = await loadWith(program, uri, directory, environmentForWrapped(), signal);
    if (problem === null) return work(path.join(directory, fileName(component_id, 'wasm')));
    throw new StoreError(
      'STORE_UNREACHABLE',
      `component ${quoted(component_id)}: Wassette cannot load it from ${safeText(shownUri(uri), 400)}: ${problem.ending}`,
      {
        hint: 'look whether the address is right and can be reached from here, or leave the component out of the manifest; what Wassette said is in the log',
        details: { component_id },
        said: problem.said,
      },
    );
  });
}
