// Fetches code from the network through Wassette's own loader, which knows registries, credentials and proxies. We open no
// connection ourselves.
import path from 'node:path';
import { quoted, safeText } from '../../../codec/safe-text.ts';
import { shownUri } from '../../../codec/shown-uri.ts';
import { inScratch } from '../../../disk/scratch.ts';
import { PolicyError, StoreError } from '../../../errors.ts';
import { fileName } from '../../directory/files.ts';
import { environmentForWrapped } from '../../locations.ts';
import { loadWith } from './loader.ts';

/** The flag to accept such an image, which the refusal of Wassette 0.8.1 names. */
const BRINGS_POLICY = /--trust-bundled-policy\b/;

/**
 * Loads `uri` into a new directory in `within`, and runs `work` with the file of the code, which is removed afterwards.
 * @throws PolicyError POLICY_BUNDLED for an image that brings a policy, where Wassette refuses that
 * @throws StoreError STORE_UNREACHABLE when Wassette cannot load it, or takes it for another component
 */
export async function withFetchedCode<T>(
  program: readonly string[],
  { component_id, uri, within }: { component_id: string; uri: string; within: string },
  work: (file: string) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  return inScratch(async (scratch) => {
    const directory = path.join(scratch, 'components');
    const problem = await loadWith(program, uri, directory, environmentForWrapped(), { signal });
    if (problem === null) return work(path.join(directory, fileName(component_id, 'wasm')));
    if (BRINGS_POLICY.test(problem.said)) throw bringsPolicy(component_id, uri, problem.said);
    throw new StoreError(
      'STORE_UNREACHABLE',
      `component ${quoted(component_id)}: Wassette cannot load it from ${safeText(shownUri(uri), 400)}: ${problem.ending}`,
      {
        hint: 'check that the address is right and can be reached from here, or leave the component out of the manifest; what Wassette said is in the log',
        details: { component_id },
        said: problem.said,
      },
    );
  }, within);
}

function bringsPolicy(componentId: string, uri: string, said: string): PolicyError {
  return new PolicyError(
    'POLICY_BUNDLED',
    `component ${quoted(componentId)}: ${safeText(shownUri(uri), 400)} includes its own policy, and this Wassette accepts one only when a person asks for it`,
    {
      hint: 'leave the component out of the manifest, use an image without a policy, or have the operator load it by hand with --trust-bundled-policy',
      details: { component_id: componentId },
      said,
    },
  );
}
