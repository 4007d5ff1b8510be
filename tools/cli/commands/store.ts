// `wassette-state store list`, `store remove` and `store prune`
import { shortDigest } from '../../../src/codec/digest.ts';
import { counted } from '../../../src/codec/enumeration.ts';
import { safeText } from '../../../src/codec/safe-text.ts';
import { minutesOf } from '../../../src/disk/clock.ts';
import { UsageError } from '../../../src/errors.ts';
import type { SnapshotSummary } from '../../../src/places/oci/index-value.ts';
import type { KeptSnapshot } from '../../../src/places/oci/pruning/prune.ts';
import type { Retention } from '../../../src/places/oci/pruning/retention.ts';
import { referenceTo } from '../../../src/places/reference.ts';
import type { RegistryReference } from '../../../src/places/references/registry.ts';
import { type StoreReference, storeAt } from '../../../src/site/places.ts';
import { openSite, type Site } from '../../../src/site/site.ts';
import { blobsOfUndoRecords } from '../../../src/state/undo-records.ts';
import { commandLine } from '../../command-line.ts';
import { refuseUnused } from '../options/unused.ts';
import { bytes, interruptSignal, print, printCommand, printJson, tell, wrapped } from '../terminal.ts';
import { type LocationOptions, locationsIn } from './locations.ts';

/** @param at the local store when it is left out */
export async function runStoreList(at: string | undefined, options: LocationOptions): Promise<void> {
  const repository = repositoryIn(at);
  if (repository !== null) return listTags(repository, options);
  const { layout } = await wholeStore(at, options);
  const snapshots = await layout.list();
  if (options.json) return printJson({ snapshots });
  if (snapshots.length === 0 && at !== undefined) return print('The store has no snapshots.');
  if (snapshots.length === 0)
    return printCommand('The local store has no snapshots. To make one:', commandLine(['export'], options));
  for (const snapshot of snapshots) printSnapshot(snapshot);
}

/** Null for what is no repository as a whole. */
function repositoryIn(at: string | undefined): RegistryReference | null {
  const reference = at === undefined ? null : referenceTo(at);
  return reference?.kind === 'registry' && at!.endsWith(`/${reference.repository}`) ? reference : null;
}

/** What the tags name is not asked, for which each would be a request. */
async function listTags(reference: RegistryReference, options: LocationOptions): Promise<void> {
  refuseUnused(options, ['stateDir'], 'in a registry');
  const { tagsOf } = await import('../../../src/site/registry-place.ts');
  const tags = await tagsOf(reference, interruptSignal());
  if (options.json) return printJson({ tags });
  if (tags.length === 0) return print('The repository has no tags.');
  for (const tag of tags) print(safeText(tag, 128));
}

/** Names and descriptions on lines of their own: however long they are, what stands before them is in columns. */
function printSnapshot({ digest, created_at, components, bytes: size, names, description }: SnapshotSummary) {
  const holds = `${counted(components, 'component')}, ${bytes(size)}`;
  print(`${safeText(shortDigest(digest))}  ${made(created_at)}  ${holds}`);
  if (names.length > 0) print(wrapped('  named ', names.map((name) => safeText(name, 64)).join(', ')));
  if (description !== null) print(wrapped('  ', safeText(description, 200)));
}

export async function runStoreRemove(reference: string, options: LocationOptions): Promise<void> {
  const { layout, snapshot } = await storeNamed(reference, options);
  if (snapshot === null) {
    throw new UsageError(
      'USAGE_BAD_ARGUMENT',
      `${safeText(reference, 200)} names a store, and no snapshot in it`,
      {
        hint: 'add :name or @sha256:<hex> of the snapshot',
      },
    );
  }
  const { digest, stillNamed } = await layout.remove(snapshot);
  if (options.json) {
    printJson({ digest, still_named: stillNamed });
    return;
  }
  tell(wrapped('', `Forgot ${safeText(reference, 80)}.`));
  tell(
    wrapped(
      '',
      stillNamed.length > 0
        ? `The snapshot can still be opened as ${stillNamed.map((name) => safeText(name, 64)).join(', ')}.`
        : 'Its code stays on disk until it is pruned.',
    ),
  );
}

interface PruneOptions extends LocationOptions, Retention {
  dryRun?: boolean;
}

/** @param at the local store when it is left out */
export async function runStorePrune(at: string | undefined, options: PruneOptions): Promise<void> {
  const { dryRun, keepLast, keepDaily, keepWeekly, keepMonthly } = options;
  const { layout, host } = await wholeStore(at, options);
  // Undo records need code of the local store alone.
  const keep = at === undefined ? { blobs: await blobsOfUndoRecords(host.state) } : undefined;
  const rules = { keepLast, keepDaily, keepWeekly, keepMonthly };
  const result = await layout.prune({ ...(keep && { keep }), ...rules, dryRun: dryRun ?? false });
  if (options.json) {
    const { removedSnapshots, removedBlobs, freedBytes, kept, keptSnapshots } = result;
    printJson({
      removed_snapshots: removedSnapshots,
      removed_blobs: removedBlobs,
      freed_bytes: freedBytes,
      kept,
      kept_snapshots: keptSnapshots,
    });
    return;
  }
  const verb = options.dryRun ? 'Would remove' : 'Removed';
  const removed = `${counted(result.removedSnapshots.length, 'snapshot')} and ${counted(result.removedBlobs, 'blob')}`;
  const say = options.dryRun ? print : tell;
  say(`${verb} ${removed}, ${bytes(result.freedBytes)}.`);
  tell(
    wrapped(
      '',
      `Kept: ${at === undefined ? 'what is needed to undo the last ten imports, ' : ''}everything younger than a day, and these snapshots:`,
    ),
  );
  for (const kept of result.keptSnapshots) tell(keptInWords(kept));
}

function keptInWords({ digest, created_at, because }: KeptSnapshot): string {
  const why = because.map((reason) => safeText(reason, 80)).join(', ');
  return wrapped(`  ${safeText(shortDigest(digest))}  ${made(created_at)}  `, why);
}

function made(seconds: number | null): string {
  return seconds === null ? 'at an unknown time  ' : minutesOf(seconds);
}

/** @throws UsageError USAGE_BAD_ARGUMENT for a snapshot */
async function wholeStore(at: string | undefined, options: LocationOptions): Promise<StoreReference & Site> {
  const named = await storeNamed(at, options);
  if (named.snapshot === null) return named;
  throw new UsageError('USAGE_BAD_ARGUMENT', `${safeText(at!, 200)} names one snapshot, and no store`, {
    hint: 'leave it out for the local store, or name one in a bucket without :name or @digest',
  });
}

async function storeNamed(
  text: string | undefined,
  options: LocationOptions,
): Promise<StoreReference & Site> {
  const site = await openSite(locationsIn(options));
  const named = await storeAt(text, site, { signal: interruptSignal() });
  if (named.layout !== site.store) refuseUnused(options, ['stateDir'], 'in a bucket');
  return { ...site, ...named };
}
