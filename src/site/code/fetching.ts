// Fetches code that a snapshot does not carry from where the snapshot says it can be had, into the local store: what is reviewed
// is what is imported, and what failed goes on where it was.
import type { Blobs, TransferOptions } from '../../disk/blobs/blob.ts';
import { blobsOf, watched } from '../../disk/blobs/blobs.ts';
import type { OpenSnapshot } from '../../places/place.ts';
import { assertNotWidening } from '../../plan/approval.ts';
import { originsOf } from '../../state/origins.ts';
import type { Desired } from '../import/desired.ts';
import { type ImportOptions, Planning } from '../import/planning.ts';
import type { FetchOptions, Site } from '../site.ts';
import { type AbsentCode, codeMissing } from './absent.ts';
import { RecordedCode } from './recorded.ts';
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
  return fetchAbsentOf(await Planning.survey(desired, site, options), site, options);
}

/** The same of what is planned already. @throws as `fetchAbsentCode` */
export async function fetchAbsentOf(
  planning: Planning,
  site: Site,
  options: ImportOptions,
): Promise<readonly string[]> {
  if (planning.absent.length === 0) return [];
  const plan = planning.plan('');
  if (options.neverWiden) assertNotWidening(plan);
  return fetchAll(sourcesOfAll(planning.absent), plan.source, site, options);
}

/**
 * Code that the snapshot does not carry, at its sources: asked for when it is read, and given on as it comes.
 * @throws UsageError USAGE_BAD_ARGUMENT for a bad prefix
 */
export async function codeAtSources(
  { content, carriesBinaries }: OpenSnapshot,
  site: Site,
  options: FetchOptions & TransferOptions,
): Promise<{ code: Blobs; remote: RecordedCode | null }> {
  const components = carriesBinaries ? [] : content.tree.components;
  const { sources } = outlookOn(components.map((each) => ({ ...each, uri: each.source_uri })));
  if (sources.length === 0) return { code: blobsOf([]), remote: null };
  const remote = await RecordedCode.of(content.digest, site, options);
  return { code: blobsOf(sources.map((source) => remote.codeFrom(source))), remote };
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

/** Of all that is absent. @throws VerificationError VERIFY_PART_MISSING */
function sourcesOfAll(absent: readonly AbsentCode[]): readonly CodeSource[] {
  const { sources, nowhere } = outlookOn(absent);
  if (nowhere.length === 0) return sources;
  throw codeMissing(nowhere.map(idOf), nowhere.filter(isFile).map(idOf));
}

function idOf({ component_id }: AbsentCode): string {
  return component_id;
}

function isFile({ uri }: AbsentCode): boolean {
  return /^file:/i.test(uri);
}

async function fetchAll(
  sources: readonly CodeSource[],
  snapshot: string,
  site: Site,
  options: FetchOptions & TransferOptions,
): Promise<readonly string[]> {
  const remote = await RecordedCode.of(snapshot, site, options);
  try {
    // All of them, before the first is asked.
    for (const source of sources) remote.assertAllowed(source);
    const wanted = [...new Map(sources.map((source) => [source.sha256, source])).values()];
    const blobs = watched(
      blobsOf(wanted.map((source) => remote.codeFrom(source))),
      wanted,
      'fetching',
      options,
    );
    await site.store.putBlobs(
      wanted.map((source) => blobs.source(source)),
      { signal: options.signal },
    );
    return remote.notes;
  } finally {
    await remote.close();
    // What came before something failed is there for the next time.
    await rememberSources(remote.loadable, site);
  }
}

/** What this host knows already is not replaced by what a snapshot names. */
async function rememberSources(fetched: readonly CodeSource[], { host }: Site): Promise<void> {
  const hashes = fetched.map(({ sha256 }) => sha256);
  const known = await originsOf(host.state, hashes).catch(() => null);
  await host.rememberOrigins(
    fetched
      .filter(({ sha256 }) => known?.has(sha256) === false)
      .map((source) => ({ artifact: source, source_uri: source.uri })),
  );
}
