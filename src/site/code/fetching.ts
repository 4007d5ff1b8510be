// Fetches code that a snapshot does not carry from where the snapshot says it can be had, into the local store: what is reviewed
// is what is imported, and what failed goes on where it was.
import { fewOf } from '../../codec/enumeration.ts';
import { quoted } from '../../codec/safe-text.ts';
import { shownUri } from '../../codec/shown-uri.ts';
import { blobsOf, watched } from '../../disk/blobs/blobs.ts';
import { RemoteFence } from '../../net/remote-fence.ts';
import { assertNotWidening } from '../../plan/approval.ts';
import type { Desired } from '../desired.ts';
import { type ImportOptions, Planning } from '../planning.ts';
import type { Site } from '../site.ts';
import { type AbsentCode, codeMissing } from './absent.ts';
import { type CodeSource, sourceIn } from './source.ts';

/**
 * Fetches all that is absent, unless the import will be refused in any case, or something is to be had nowhere.
 * @returns what has to be said of it
 * @throws VerificationError VERIFY_PART_MISSING, VERIFY_DIGEST_MISMATCH; StoreError STORE_UNREACHABLE, STORE_NOT_FOUND,
 * STORE_DENIED; PolicyError POLICY_OUTSIDE_FENCE, POLICY_WIDENED; as `Planning.plan`
 */
export async function fetchAbsentCode(
  desired: Desired,
  site: Site,
  options: ImportOptions,
): Promise<readonly string[]> {
  if (desired.sources.size === 0) return [];
  const planning = await Planning.survey(desired, site, options);
  if (planning.absent.length === 0) return [];
  const plan = planning.plan('');
  if (options.neverWiden) assertNotWidening(plan);
  return fetchAll(allowedSources(planning.absent, options), site, options);
}

/** Where code would be fetched from, before anything is asked. */
interface CodeOutlook {
  readonly sources: readonly CodeSource[];
  /** Code that can be had nowhere. */
  readonly nowhere: readonly AbsentCode[];
}

export function outlookOn(absent: readonly AbsentCode[]): CodeOutlook {
  const found = absent.map((code) => ({ code, source: sourceIn(code) }));
  return {
    sources: found.flatMap(({ source }) => source ?? []),
    nowhere: found.filter(({ source }) => source === null).map(({ code }) => code),
  };
}

/** Of all that is absent. @throws VerificationError VERIFY_PART_MISSING; PolicyError POLICY_OUTSIDE_FENCE */
function allowedSources(absent: readonly AbsentCode[], options: ImportOptions): readonly CodeSource[] {
  const { sources, nowhere } = outlookOn(absent);
  if (nowhere.length > 0) throw codeMissing(nowhere.map(idOf), nowhere.filter(isFile).map(idOf));
  if (!options.onlyAllowed) return sources;
  const fence = RemoteFence.of(options.allowRemote ?? []);
  for (const { remote, uri } of sources) fence.assertIncludes(remote, shownUri(uri));
  return sources;
}

function idOf({ component_id }: AbsentCode): string {
  return component_id;
}

function isFile({ uri }: AbsentCode): boolean {
  return /^file:/i.test(uri);
}

async function fetchAll(
  sources: readonly CodeSource[],
  { host, store }: Site,
  options: ImportOptions,
): Promise<readonly string[]> {
  const { RemoteCode } = await import('./remote-code.ts');
  const remote = RemoteCode.within(options.allowRemote ?? [], options.signal);
  try {
    const wanted = [...new Map(sources.map((source) => [source.sha256, source])).values()];
    const blobs = watched(
      blobsOf(wanted.map((source) => remote.codeFrom(source))),
      wanted,
      'fetching',
      options,
    );
    await store.putBlobs(
      wanted.map((source) => blobs.source(source)),
      { signal: options.signal },
    );
    await host.rememberOrigins(
      remote.loadable.map((source) => ({ artifact: source, source_uri: source.uri })),
    );
    return [saidOf(wanted), ...saidOfPolicies(remote.withPolicy)];
  } finally {
    await remote.close();
  }
}

function saidOf(sources: readonly CodeSource[]): string {
  const from = sources.map(
    ({ component_id, uri }) => `${quoted(component_id)} from ${quoted(shownUri(uri))}`,
  );
  return `code that was neither in the snapshot nor here was fetched from where the snapshot says it is, and is the code that it names: ${fewOf(from, 5)}`;
}

function saidOfPolicies(ids: readonly string[]): string[] {
  if (ids.length === 0) return [];
  return [
    `the image of ${fewOf(ids.map(quoted), 5)} includes a policy of its own, which is not used: what counts is what the snapshot says`,
  ];
}
