// `wassette-state undo`
import { PolicyError } from '../../src/errors.ts';
import { planUndo, undoImport } from '../../src/undo.ts';
import { type HttpFlags, wassetteAt } from '../http-wassette.ts';
import { printReview } from '../review.ts';
import { confirm, interruptSignal, isInteractive, print, printJson } from '../terminal.ts';
import { declined } from './import.ts';
import type { LocationOptions } from './locations.ts';
import { printResult, shownPlan } from './plan-output.ts';

export interface UndoCommandOptions extends LocationOptions, HttpFlags {
  dryRun?: boolean;
  yes?: boolean;
  force?: boolean;
}

export async function runUndo(options: UndoCommandOptions): Promise<void> {
  const signal = interruptSignal();
  const json = options.json ?? false;
  const plan = await planUndo({ ...options, signal });
  if (!json) printReview(plan, 'Undo the last import');
  if (options.dryRun) {
    if (json) printJson(shownPlan(plan));
    else print('\nNothing was changed.');
    return;
  }
  if (!options.yes) {
    if (!isInteractive()) {
      throw new PolicyError('POLICY_APPROVAL_REQUIRED', 'nobody can be asked here, so nothing was changed', {
        hint: 'repeat the command with --yes',
      });
    }
    print('');
    if (!(await confirm('Apply this?', signal))) throw declined();
  }
  const approval = {
    approve: plan.digest,
    accept: plan.sentences.map((sentence) => sentence.text),
    nonce: plan.nonce,
  };
  printResult(await undoImport({ ...options, signal, approval, live: wassetteAt(options) }), json, 'Undone');
}
