// `wassette-state undo`: takes back the last import.
import { quoted, safeText } from '../../../src/codec/safe-text.ts';
import { StoreError } from '../../../src/errors.ts';
import { openSite } from '../../../src/site/site.ts';
import { describeUndo, proposeUndo } from '../../../src/undo.ts';
import { type HttpFlags, wassetteAt } from '../../http-wassette.ts';
import { askingHere, WITHOUT_A_QUESTION } from '../approver.ts';
import { canAsk, Unasked } from '../question.ts';
import { interruptSignal, minutesOf, printJson, progressLine, tell } from '../terminal.ts';
import { type LocationOptions, locationsIn } from './locations.ts';
import { printResult, printReview, shownPlan, tellReview } from './plan-output.ts';

export interface UndoCommandOptions extends LocationOptions, HttpFlags {
  dryRun?: boolean;
  yes?: boolean;
  force?: boolean;
}

export async function runUndo(options: UndoCommandOptions): Promise<void> {
  const signal = interruptSignal();
  const json = options.json ?? false;
  const live = await wassetteAt(options);
  if (options.dryRun) await assertFinished(options);
  const onProgress = json ? undefined : progressLine('restoring');
  const proposal = await proposeUndo({
    ...locationsIn(options),
    force: options.force,
    live,
    signal,
    onProgress,
  });
  const { plan } = proposal;
  const what = await describeLast(options);
  if (!json && options.yes && !options.dryRun) tellReview(plan, `Undo ${what}`);
  else if (!json) printReview(plan, `Undo ${what}`);
  if (options.dryRun) {
    if (json) printJson(shownPlan(plan));
    else tell('\nNothing was changed.');
    return;
  }
  if (!options.yes && !canAsk(options)) {
    const hint = 'review the plan, and repeat the command with --yes';
    throw new Unasked(shownPlan(plan), options, { hint });
  }
  const approver = options.yes
    ? WITHOUT_A_QUESTION
    : askingHere(`Undo ${what}?`, 'leave it, or look at it with --dry-run', signal);
  printResult(await proposal.settle(approver), options, 'Undone');
}

/** Describes the last import: its date, and the name or digest of its snapshot. */
async function describeLast(options: LocationOptions): Promise<string> {
  const last = await describeUndo(locationsIn(options));
  if (last === null) return 'the last import';
  const snapshot = last.names.length > 0 ? quoted(last.names[0]!) : safeText(last.source, 20);
  return `the import of ${snapshot} of ${minutesOf(last.at)}`;
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
