// `wassette-state log SNAPSHOT`: what it was made from, back to the first, and what changed each time.
import { shortDigest } from '../../../../src/codec/digest.ts';
import { counted, firstFew } from '../../../../src/codec/enumeration.ts';
import { quoted } from '../../../../src/codec/safe-text.ts';
import { minutesOf } from '../../../../src/disk/clock.ts';
import {
  type PastSnapshot,
  type SnapshotHistory,
  snapshotHistory,
} from '../../../../src/snapshot-history.ts';
import { summaryOf } from '../../../difference-words.ts';
import { refuseUnused } from '../../options/unused.ts';
import { withSnapshotAt } from '../../standard-streams.ts';
import { interruptSignal, print, printJson, tell, wrapped } from '../../terminal.ts';
import { type LocationOptions, locationsIn } from '../locations.ts';
import type { LogCommandOptions } from '../operator/log.ts';
import { printChange, shownDifference } from './difference.ts';

type HistoryCommandOptions = LocationOptions & LogCommandOptions;

export async function runHistory(reference: string, options: HistoryCommandOptions): Promise<void> {
  refuseUnused(options, ['verify'], 'on a snapshot: its digest is always checked', 'leave out one of them');
  const { since, last } = options;
  const signal = interruptSignal();
  const history = await withSnapshotAt(reference, signal, (at) =>
    snapshotHistory(at, { ...locationsIn(options), since, last, signal }),
  );
  if (options.json) printJson(shown(history));
  else printHistory(history, since);
}

function shown({ snapshots, missing, hasMore }: SnapshotHistory): object {
  return {
    snapshots: snapshots.map(({ components, ...snapshot }) => ({
      ...snapshot,
      components: components?.map(shownDifference) ?? null,
    })),
    missing,
    has_more: hasMore,
  };
}

function printHistory({ snapshots, missing, hasMore }: SnapshotHistory, since: Date | undefined): void {
  const gone = new Set(missing);
  for (const [index, snapshot] of snapshots.entries()) {
    if (index > 0) print('');
    printSnapshot(snapshot, gone);
  }
  if (snapshots.length === 0) tell(wrapped('', `It was made before ${since?.toISOString()}.`));
  if (hasMore) tell(`\n${wrapped('', 'It goes back further: --last <n> shows more.')}`);
}

const SHOWN_CHANGES = 20;

function printSnapshot(snapshot: PastSnapshot, gone: ReadonlySet<string>): void {
  const { digest, created_at, description, parents, components } = snapshot;
  const said = description === null ? '' : `  ${quoted(description)}`;
  const made = created_at === null ? 'made at an unknown time' : minutesOf(created_at);
  print(wrapped(`${shortDigest(digest)}  `, `${made}${said}`));
  print(wrapped('  ', summaryIn(snapshot)));
  if (parents.length > 1) print(wrapped('  ', `made from ${parents.map(shortDigest).join(', ')}`));
  const lost = parents.filter((parent) => gone.has(parent)).map(shortDigest);
  if (lost.length > 0) print(wrapped('  ', `not here any more: ${lost.join(', ')}`));
  const { first, more } = firstFew(components ?? [], SHOWN_CHANGES);
  for (const component of first) printChange(component, '  ');
  if (more !== null) print(wrapped('  ', more));
}

function summaryIn({ components, component_count, parents }: PastSnapshot): string {
  const has = counted(component_count, 'component');
  if (parents.length === 0) return `${has}, made from no other snapshot`;
  return components === null ? `${has}, what changed is not known` : `${has}: ${summaryOf(components)}`;
}
