// `wassette-state undo`: takes back the last import.
import { shortDigest } from '../../../src/codec/digest.ts';
import { fewOf } from '../../../src/codec/enumeration.ts';
import { quoted, safeText } from '../../../src/codec/safe-text.ts';
import { minutesOf } from '../../../src/disk/clock.ts';
import { StoreError } from '../../../src/errors.ts';
import { importHistory, type PastImport } from '../../../src/history.ts';
import { readOperatorPolicy } from '../../../src/site/operator-policy/file.ts';
import { openSite } from '../../../src/site/site.ts';
import { proposeUndo } from '../../../src/undo.ts';
import { commandLine } from '../../command-line.ts';
import { type HttpFlags, wassetteAt } from '../../http-wassette.ts';
import { askingHere, withoutAQuestion } from '../approver.ts';
import { canAsk, Unasked } from '../question.ts';
import {
  interruptSignal,
  print,
  printCommand,
  printJson,
  printWhereAsked,
  progressLine,
  tell,
  wrapped,
} from '../terminal.ts';
import { type LocationOptions, locationsIn } from './locations.ts';
import { printResult, printReview, shownPlan, tellReview } from './plan-output.ts';

export interface UndoCommandOptions extends LocationOptions, HttpFlags {
  list?: boolean;
  dryRun?: boolean;
  yes?: boolean;
  force?: boolean;
}

export async function runUndo(options: UndoCommandOptions): Promise<void> {
  if (options.list) return listImports(options);
  const signal = interruptSignal();
  const json = options.json ?? false;
  const live = await wassetteAt(options);
  if (options.dryRun) await assertFinished(options);
  const onProgress = json ? undefined : progressLine();
  const proposal = await proposeUndo({
    ...locationsIn(options),
    policy: await readOperatorPolicy(locationsIn(options)),
    force: options.force,
    live,
    signal,
    onProgress,
  });
  const { plan } = proposal;
  const asks = !options.yes && !options.dryRun && canAsk(options);
  if (asks) printWhereAsked();
  const what = await describeLast(options);
  if (!json && options.yes && !options.dryRun) tellReview(plan, `Undo ${what}`);
  else if (!json) printReview(plan, `Undo ${what}`);
  if (options.dryRun) {
    if (json) printJson(shownPlan(plan));
    else tell('\nNothing was changed.');
    return;
  }
  if (!options.yes && !asks) {
    const hint = 'review the plan, and repeat the command with --yes';
    throw new Unasked(shownPlan(plan), options, { hint });
  }
  const approver = options.yes
    ? withoutAQuestion('nobody-asked')
    : askingHere(`Undo ${what}?`, 'leave it, or look at it with --dry-run', signal);
  printResult(await proposal.settle(approver), options, 'Undone');
}

/** Describes the last import: its date, and the name or digest of its snapshot. */
async function describeLast(options: LocationOptions): Promise<string> {
  const { imports } = await importHistory(locationsIn(options));
  const last = imports.find(({ is_next }) => is_next);
  if (last === undefined) return 'the last import';
  return `the import of ${snapshotOf(last)} of ${minutesOf(last.imported_at)}`;
}

function snapshotOf({ names, source }: PastImport): string {
  return names.length > 0 ? quoted(names[0]!) : safeText(source, 20);
}

/** The outcome of an interrupted import is known only once it is finished, and a dry run must not finish it. */
async function assertFinished(options: LocationOptions): Promise<void> {
  const { host } = await openSite(locationsIn(options));
  if (!(await host.components.isUnfinished())) return;
  throw new StoreError('STORE_INTERRUPTED', `an import into ${host.componentDir} was interrupted`, {
    hint: 'what an undo would do is known once that import is finished or given up',
    remedy: { do: 'recover-or-abandon' },
  });
}

/** The marks of a plan. */
const MARKS = [
  ['+', 'add', ''],
  ['~', 'replace', ' (new code)'],
  ['*', 'update-policy', ' (other permissions)'],
  ['*', 'update-secrets', ' (other secrets)'],
  ['-', 'remove', ''],
] as const;

async function listImports(options: LocationOptions): Promise<void> {
  const { imports, unfinished } = await importHistory(locationsIn(options));
  if (options.json) {
    printJson({ imports: imports.map(shownImport), unfinished });
    return;
  }
  if (imports.length === 0) print(wrapped('', 'No import into this directory can be taken back.'));
  for (const each of imports) printImport(each);
  if (unfinished)
    printCommand(
      'note: an import was interrupted. To finish it, or clear it away:',
      commandLine(['recover'], options),
    );
}

function shownImport({ import_id, imported_at, undone_at, ...rest }: PastImport): object {
  const time = (seconds: number) => new Date(seconds * 1000).toISOString();
  return {
    undo_record: import_id,
    imported_at: time(imported_at),
    undone_at: undone_at === null ? null : time(undone_at),
    ...rest,
  };
}

function printImport(past: PastImport): void {
  const { imported_at, source, names, components, undone_at, is_next } = past;
  // It may have been imported from elsewhere.
  const named = names.map(quoted).join(', ');
  const state = is_next ? ' - an undo takes this one back' : '';
  print(`${minutesOf(imported_at)}  ${safeText(shortDigest(source))}${state}`);
  if (named !== '') print(wrapped('  now named ', named));
  for (const [mark, action, how] of MARKS) {
    const ids = components.filter((component) => component.action === action);
    if (ids.length === 0) continue;
    print(wrapped(`  ${mark} `, `${fewOf(ids.map(({ component_id }) => quoted(component_id)))}${how}`));
  }
  if (undone_at !== null) print(`  taken back ${minutesOf(undone_at)}`);
}
