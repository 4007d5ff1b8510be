// `wassette-state store list`, `store remove` and `store prune`

import { counted } from '../../../src/codec/enumeration.ts';
import { safeText } from '../../../src/codec/safe-text.ts';
import { openSite } from '../../../src/site/site.ts';
import { blobsOfUndoRecords } from '../../../src/state/undo-records.ts';
import { commandLine } from '../../command-line.ts';
import { bytes, print, printCommand, printJson, table, wrapped } from '../terminal.ts';
import { type LocationOptions, locationsIn } from './locations.ts';

export async function runStoreList(options: LocationOptions): Promise<void> {
  const { store } = await openSite(locationsIn(options));
  const snapshots = await store.list();
  if (options.json) return printJson({ snapshots });
  if (snapshots.length === 0)
    return printCommand('The local store has no snapshots. To make one:', commandLine(['export'], options));
  print(
    table(
      ['SNAPSHOT', 'NAMES', 'MADE (UTC)', 'COMPONENTS', 'CODE', 'DESCRIPTION'],
      snapshots.map((snapshot) => [
        snapshot.digest.slice(0, 19),
        snapshot.names.join(' ') || '-',
        made(snapshot.created_at),
        String(snapshot.components),
        bytes(snapshot.bytes),
        safeText(snapshot.description ?? '', 60),
      ]),
    ),
  );
}

export async function runStoreRemove(reference: string, options: LocationOptions): Promise<void> {
  const { store } = await openSite(locationsIn(options));
  const { digest, stillNamed } = await store.remove(reference);
  if (options.json) {
    printJson({ digest, still_named: stillNamed });
    return;
  }
  print(wrapped('', `Forgot ${safeText(reference, 80)}.`));
  print(
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
  print(`${verb} ${removed}, ${bytes(result.freedBytes)}.`);
  print(
    wrapped(
      '',
      'Kept: named snapshots, what is needed to undo the last ten imports, and everything younger than a day.',
    ),
  );
}

/** Minutes are enough to tell snapshots apart. */
function made(seconds: number | null): string {
  return seconds === null ? '?' : new Date(seconds * 1000).toISOString().slice(0, 16).replace('T', ' ');
}
