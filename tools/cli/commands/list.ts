// `wassette-state list`: the components of this host or of a snapshot.
import { firstFew } from '../../../src/codec/enumeration.ts';
import { safeText } from '../../../src/codec/safe-text.ts';
import { listHost, listReference, withRemarks } from '../../../src/list.ts';
import { withNames } from '../../../src/plan/words/fit.ts';
import { describeRights } from '../../../src/plan/words/rights.ts';
import type { ListedComponent } from '../../../src/site/listing/listed-component.ts';
import { commandLine } from '../../command-line.ts';
import { type HttpFlags, wassetteAt } from '../../http-wassette.ts';
import { refuseUnused } from '../options/unused.ts';
import { printSigning, shownSigning, signingOf } from '../signers.ts';
import { withSnapshotAt } from '../standard-streams.ts';
import { bytes, interruptSignal, print, printCommand, printJson, table, warn, wrapped } from '../terminal.ts';
import { type LocationOptions, locationsIn } from './locations.ts';

const MOST_REMARKS = 20;

export async function runList(
  reference: string | undefined,
  options: LocationOptions & HttpFlags,
): Promise<void> {
  if (reference === undefined) {
    const listing = await listHost({ ...locationsIn(options), live: await wassetteAt(options) });
    if (options.json) {
      printJson({ ...listing, components: listing.components.map(shown) });
      return;
    }
    print(wrapped('Components in ', safeText(listing.component_dir, 400)));
    printComponents(listing.components);
    for (const note of listing.notes) warn(wrapped('note: ', note));
    if (listing.unfinished)
      printCommand(
        'note: an import was interrupted. To finish it, or clear it away:',
        commandLine(['recover'], options),
      );
    return;
  }
  refuseUnused(options, ['secretsDir', 'wassetteUrl', 'allowRemote'], 'on the list of a snapshot');
  const signal = interruptSignal();
  const { snapshot, components, notes } = await withSnapshotAt(reference, signal, async (at) =>
    withRemarks(await listReference(at, { ...locationsIn(options), signal })),
  );
  const signing = snapshot && (await signingOf(snapshot, locationsIn(options)));
  if (options.json) {
    printJson({
      snapshot_digest: snapshot?.digest ?? null,
      state_digest: snapshot?.stateDigest ?? null,
      ...(signing === null ? {} : shownSigning(signing)),
      components: components.map(shown),
      notes,
    });
    return;
  }
  // A digest fills the rest of a line of 80 columns.
  print(
    snapshot === null ? wrapped('Components of ', safeText(reference, 400)) : `Snapshot ${snapshot.digest}`,
  );
  if (signing !== null) printSigning(signing);
  printComponents(components);
  for (const note of notes) warn(wrapped('note: ', note));
}

export function printComponents(components: readonly ListedComponent[]): void {
  if (components.length === 0) {
    print('  none');
    return;
  }
  print(
    table(
      ['COMPONENT', 'CODE', 'TOOLS', 'MAY'],
      components.map(({ component_id, size, tools, ...rest }) => [
        safeText(component_id, 128),
        size === null ? '?' : bytes(size),
        tools.length === 0 ? '?' : String(tools.length),
        safeText(describeRights(rest).join(', ') || 'nothing', Number.POSITIVE_INFINITY),
      ]),
    ),
  );
  for (const { component_id, source_uri } of components) {
    if (source_uri === null || source_uri.startsWith('ni:')) continue;
    print(wrapped(`  ${safeText(component_id, 128)} is from `, safeText(source_uri, 400)));
  }
  const { first, more } = firstFew(withNames(components), MOST_REMARKS);
  for (const text of [...first, ...(more === null ? [] : [more])]) print(wrapped('  ? ', text));
}

export function shown(component: ListedComponent): object {
  const { rights: _rights, directories: _directories, ...rest } = component;
  return { ...rest, permissions: describeRights(component) };
}
