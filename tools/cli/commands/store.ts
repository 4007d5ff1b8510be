// `wassette-state store list`, `store remove` and `store prune`
import { counted } from '../../../src/codec/enumeration.ts';
import { safeText } from '../../../src/codec/safe-text.ts';
import { minutesOf } from '../../../src/disk/clock.ts';
import type { SnapshotSummary } from '../../../src/places/oci/index-value.ts';
import { openSite } from '../../../src/site/site.ts';
import { blobsOfUndoRecords } from '../../../src/state/undo-records.ts';
import { commandLine } from '../../command-line.ts';
import { bytes, print, printCommand, printJson, tell, wrapped } from '../terminal.ts';
import { type LocationOptions, locationsIn } from './locations.ts';

export async function runStoreList(options: LocationOptions): Promise<void> {
  const { store } = await openSite(locationsIn(options));
  const snapshots = await store.list();
  if (options.json) return printJson({ snapshots });
  if (snapshots.length === 0)
    return printCommand('The local store has no snapshots. To make one:', commandLine(['export'], options));
  for (const snapshot of snapshots) printSnapshot(snapshot);
}

/** Names and descriptions on lines of their own: however long they are, what stands before them is in columns. */
function printSnapshot({ digest, created_at, components, bytes: size, names, description }: SnapshotSummary) {
  const holds = `${counted(components, 'component')}, ${bytes(size)}`;
  print(`${safeText(digest.slice(0, 19), 19)}  ${made(created_at)}  ${holds}`);
  if (names.length > 0) print(wrapped('  named ', names.map((name) => safeText(name, 64)).join(', ')));
  if (description !== null) print(wrapped('  ', safeText(description, 200)));
}

export async function runStoreRemove(reference: string, options: LocationOptions): Promise<void> {
  const { store } = await openSite(locationsIn(options));
  const { digest, stillNamed } = await store.remove(reference);
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

export async function runStorePrune(options: LocationOptions & { dryRun?: boolean }): Promise<void> {
  const { host, store } = await openSite(locationsIn(options));
  const keep = { blobs: await blobsOfUndoRecords(host.state) };
  const result = await store.prune({ keep, now: Date.now(), dryRun: options.dryRun ?? false });
  if (options.json) {
    const { removedSnapshots, removedBlobs, freedBytes, kept } = result;
    printJson({
      removed_snapshots: removedSnapshots,
      removed_blobs: removedBlobs,
      freed_bytes: freedBytes,
      kept,
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
      'Kept: named snapshots, what is needed to undo the last ten imports, and everything younger than a day.',
    ),
  );
}

function made(seconds: number | null): string {
  return seconds === null ? 'at an unknown time  ' : minutesOf(seconds);
}
