// `wassette-state merge`: two snapshots that were made from one, joined, or what stands in the way of it.
import { counted } from '../../../../src/codec/enumeration.ts';
import { quotedWhole, safeText } from '../../../../src/codec/safe-text.ts';
import { UsageError } from '../../../../src/errors.ts';
import { mergeSnapshots } from '../../../../src/merge.ts';
import type { MergeConflict } from '../../../../src/plan/comparison/merge-conflict.ts';
import type { SideChange } from '../../../../src/plan/comparison/side-change.ts';
import { alwaysKeepsCode } from '../../../../src/site/places.ts';
import type { Settlement } from '../../../../src/snapshot/merge/documents.ts';
import { exportedAs } from '../../../export-summary.ts';
import { compressionIn } from '../../options/compression.ts';
import { refuseUnused } from '../../options/unused.ts';
import { STANDARD } from '../../standard-streams.ts';
import { interruptSignal, isQuiet, print, printJson, progressLine, tell, wrapped } from '../../terminal.ts';
import { shownWritten, tellWritten } from '../../written.ts';
import { type LocationOptions, locationsIn } from '../locations.ts';
import { printDifference, shownDifference } from './difference.ts';

export interface MergeCommandOptions extends LocationOptions {
  output: string;
  ours?: string[];
  theirs?: string[];
  narrower?: string[];
  includeBinaries?: boolean;
  compress?: string;
}

const HOW_TO_SETTLE =
  'Settle each with --ours, --theirs or --narrower (what both allow) and its id, or change one of the snapshots.';

/** @param references BASE OURS THEIRS, or OURS THEIRS @returns whether there are conflicts */
export async function runMerge(
  references: readonly string[],
  options: MergeCommandOptions,
): Promise<boolean> {
  const { output, includeBinaries, json } = options;
  const sides = sidesIn(references);
  if (includeBinaries === false && alwaysKeepsCode({ file: output }))
    refuseUnused(options, ['includeBinaries'], 'where the code of each snapshot is kept');
  if ([output, ...references].includes(STANDARD)) {
    throw new UsageError('USAGE_BAD_ARGUMENT', 'a merge reads and writes no standard streams', {
      hint: 'write it to a file, or into the local store',
    });
  }
  const { written, conflicts } = await mergeSnapshots(
    sides,
    { file: output },
    {
      ...locationsIn(options),
      settled: settledIn(options),
      includeBinaries,
      compress: compressionIn(options.compress),
      signal: interruptSignal(),
      onProgress: json ? undefined : progressLine(),
    },
  );
  if (written === null) {
    if (json) printJson({ merged: false, conflicts: conflicts.map(shownConflict) });
    else {
      printConflicts(conflicts);
      tell(wrapped('', `${counted(conflicts.length, 'conflict')}: nothing was written.`));
      tell(wrapped('', HOW_TO_SETTLE));
    }
    return true;
  }
  const exported = exportedAs(written, { file: output });
  if (json) printJson({ merged: true, conflicts: [], ...shownWritten(written, exported) });
  else {
    if (isQuiet()) print(safeText(exported.reference, 4_096));
    tellWritten('Merged', written, exported, false);
    if (!written.changed) return false;
    tell(
      wrapped(
        '',
        'It is another snapshot: nobody has signed it, and no approval of the others counts for it.',
      ),
    );
  }
  return false;
}

function sidesIn(references: readonly string[]) {
  const [theirs, ours, base = null] = [...references].reverse();
  if (ours !== undefined && theirs !== undefined && references.length <= 3) return { base, ours, theirs };
  throw new UsageError(
    'USAGE_BAD_ARGUMENT',
    'two snapshots are joined, perhaps after the one that both were made from',
    {
      hint: 'name OURS and THEIRS, or BASE, OURS and THEIRS',
    },
  );
}

function settledIn({ ours = [], theirs = [], narrower = [] }: MergeCommandOptions): Map<string, Settlement> {
  const settled = new Map<string, Settlement>();
  for (const [how, ids] of Object.entries({ ours, theirs, narrower }) as [Settlement, string[]][]) {
    for (const id of ids) {
      if (settled.has(id)) {
        throw new UsageError('USAGE_BAD_ARGUMENT', `the conflict about ${quotedWhole(id)} is settled twice`, {
          hint: 'name each component once',
        });
      }
      settled.set(id, how);
    }
  }
  return settled;
}

function shownConflict({ component_id, reasons, ours, theirs }: MergeConflict): object {
  return {
    component_id,
    reasons,
    ours: ours && shownChange(ours),
    theirs: theirs && shownChange(theirs),
  };
}

function shownChange(change: SideChange): object {
  return { ...shownDifference(change), fields: change.fields };
}

export function printConflicts(conflicts: readonly MergeConflict[]): void {
  for (const { component_id, reasons, ours, theirs } of conflicts) {
    for (const reason of reasons) print(wrapped('conflict: ', `${quotedWhole(component_id)} ${reason}`));
    if (isQuiet()) continue;
    printSide('ours', ours);
    printSide('theirs', theirs);
    print('');
  }
}

function printSide(side: string, change: SideChange | null): void {
  print(`  ${side}:`);
  if (change === null) print('    as it was');
  else printDifference(change, '    ', change.fields);
}
