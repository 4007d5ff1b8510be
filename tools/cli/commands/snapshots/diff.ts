// `wassette-state diff`: what differs between two states, for a terminal, a program or a pull request.
import { fewOf } from '../../../../src/codec/enumeration.ts';
import { diffStates, type StatesDifference } from '../../../../src/diff.ts';
import { UsageError, VerificationError } from '../../../../src/errors.ts';
import type { Uncompared } from '../../../../src/plan/comparison/uncompared.ts';
import type { LastImport } from '../../../../src/site/last-import.ts';
import {
  lastImportInWords,
  summaryOf,
  uncomparedAndHelp,
  uncomparedInWords,
  verdictOn,
} from '../../../difference-words.ts';
import { type HttpFlags, wassetteAt } from '../../../http-wassette.ts';
import { FailedAnswer } from '../../failed-answer.ts';
import { type OverlayFlags, overlayIn } from '../../options/overlay.ts';
import { refuseUnused } from '../../options/unused.ts';
import { STANDARD, withSnapshotAt } from '../../standard-streams.ts';
import { interruptSignal, isQuiet, print, printJson, warn, wrapped, writeBytes } from '../../terminal.ts';
import { type LocationOptions, locationsIn } from '../locations.ts';
import { printDifference, shownDifference } from './difference.ts';

export interface DiffCommandOptions extends LocationOptions, HttpFlags, OverlayFlags {
  format?: 'text' | 'markdown' | 'json' | 'sarif' | 'html';
}

/** @param to this host when it is left out @returns whether they differ */
export async function runDiff(
  from: string,
  to: string | undefined,
  options: DiffCommandOptions,
): Promise<boolean> {
  if (from === STANDARD && to === STANDARD) {
    throw new UsageError('USAGE_BAD_ARGUMENT', 'standard input holds one snapshot, and not both', {
      hint: 'write one of them to a file or into the local store',
    });
  }
  if (to !== undefined)
    refuseUnused(options, ['secretsDir', 'wassetteUrl', 'allowRemote'], 'between two snapshots');
  const live = await wassetteAt(options);
  const signal = interruptSignal();
  const difference = await withSnapshotAt(from, signal, (before) =>
    withSnapshotAt(to ?? '', signal, (after) =>
      diffStates(before, to === undefined ? null : after, {
        ...locationsIn(options),
        ...overlayIn(options),
        live,
        signal,
      }),
    ),
  );
  const { components, uncompared } = difference;
  const isKnown = components.length > 0 || uncompared.length === 0;
  if (options.json && !isKnown) throw new FailedAnswer(shown(difference), notCompared(uncompared));
  if (isQuiet() && !options.json) tellApart(difference);
  else await printAs(options.json ? 'json' : (options.format ?? 'text'), difference);
  if (!isKnown) throw notCompared(uncompared);
  return components.length > 0;
}

/** Whoever asks whether two states are equal is not told that they are while it is not known. */
function notCompared(uncompared: readonly Uncompared[]): VerificationError {
  const what = fewOf(uncompared.map(uncomparedInWords), 5, '; ');
  return new VerificationError(
    'VERIFY_NOT_COMPARED',
    `it could not be told whether they are equal: ${what}`,
    {
      hint: fewOf([...new Set(uncompared.map(({ hint }) => hint))], 5, '; '),
      details: { count: uncompared.length },
    },
  );
}

async function printAs(
  format: NonNullable<DiffCommandOptions['format']>,
  difference: StatesDifference,
): Promise<void> {
  switch (format) {
    case 'text':
      return printText(difference);
    case 'markdown': {
      const { markdownOf } = await import('../../../difference-markdown.ts');
      return print(markdownOf(difference));
    }
    case 'json':
      return printJson(shown(difference));
    case 'sarif': {
      const { sarifOf } = await import('../../../difference-sarif.ts');
      return printJson(sarifOf(difference, process.cwd()));
    }
    case 'html':
      return printPage(difference);
  }
}

/** For `--quiet`: one line, for states that differ. */
function tellApart({ components, uncompared, notes }: StatesDifference): void {
  if (components.length > 0) {
    print(wrapped('', `${summaryOf(components)}.`));
    tellUncompared(uncompared);
  }
  for (const note of notes) warn(wrapped('note: ', note));
}

/** Beside a difference; where there is none, an error says it. */
function tellUncompared(uncompared: readonly Uncompared[]): void {
  for (const part of uncompared) warn(wrapped('not compared: ', uncomparedAndHelp(part)));
}

function shown({ from, to, components, uncompared, lastImport, notes }: StatesDifference): object {
  return {
    from,
    to,
    // Null where that could not be told.
    equal: components.length > 0 ? false : uncompared.length > 0 ? null : true,
    components: components.map(shownDifference),
    uncompared,
    last_import: lastImport && shownImport(lastImport),
    notes,
  };
}

function shownImport({ import_id, imported_at, source, names, undone_at }: LastImport): object {
  const time = (seconds: number) => new Date(seconds * 1000).toISOString();
  return {
    undo_record: import_id,
    imported_at: time(imported_at),
    snapshot: source,
    names,
    undone_at: undone_at === null ? null : time(undone_at),
  };
}

function printText(difference: StatesDifference): void {
  const { from, to, isHost, components, uncompared, notes } = difference;
  print(wrapped('from  ', from));
  print(wrapped('to    ', to));
  if (isHost) print(wrapped('last import there: ', lastImportInWords(difference)));
  for (const component of components) {
    print('');
    printDifference(component);
  }
  print(`\n${wrapped('', `${verdictOn(difference)}.`)}`);
  if (components.length > 0) tellUncompared(uncompared);
  for (const note of notes) warn(wrapped('note: ', note));
}

async function printPage(difference: StatesDifference): Promise<void> {
  const { pageOf } = await import('../../../html/page.ts');
  const { reviewOfDifference } = await import('../../../html/difference-review.ts');
  await writeBytes([Buffer.from(pageOf(reviewOfDifference(difference)))]);
}
