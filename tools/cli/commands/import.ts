// `wassette-state import`: review, ask, apply.

import { quoted } from '../../../src/codec/safe-text.ts';
import { PolicyError, UsageError } from '../../../src/errors.ts';
import { type ImportResult, importState, planImportState, refuseUnverified } from '../../../src/import.ts';
import { openSnapshot } from '../../../src/open.ts';
import { assertApproved } from '../../../src/plan/approval.ts';
import type { AllowedGrant } from '../../../src/plan/forbidden-grants.ts';
import type { Plan } from '../../../src/plan/plan.ts';
import type { ImportOptions } from '../../../src/site/planning.ts';
import { stateDirectory } from '../../../src/state/directory.ts';
import { claimPlan, findPlan, keepPlan } from '../../../src/state/kept-plans.ts';
import { resolveLocations } from '../../../src/wassette/locations.ts';
import { sameCommand } from '../../command-line.ts';
import { type HttpFlags, wassetteAt } from '../../http-wassette.ts';
import {
  canAsk,
  confirm,
  interruptSignal,
  print,
  printCommand,
  printJson,
  progressLine,
  Unasked,
  wrapped,
} from '../terminal.ts';
import type { LocationOptions } from './locations.ts';
import { printNothingToDo, printResult, printReview, shownPlan } from './plan-output.ts';

export interface ImportCommandOptions extends LocationOptions, HttpFlags {
  components?: string[];
  skipExisting?: boolean;
  removeExtra?: boolean;
  allowGrant?: string[];
  dryRun?: boolean;
  approve?: string;
  yes?: boolean;
  verify?: boolean;
  force?: boolean;
}

export async function runImport(reference: string, options: ImportCommandOptions): Promise<void> {
  refuseContradictions(options);
  refuseUnverified({ verifyChecksums: options.verify });
  const signal = interruptSignal();
  const importOptions: ImportOptions = {
    ...options,
    live: await wassetteAt(options),
    componentFilter: options.components,
    allowGrants: options.allowGrant?.map(parseGrant),
    signal,
    onProgress: options.json ? undefined : progressLine('importing'),
  };
  const reading = options.json ? undefined : progressLine('reading');
  const snapshot = await openSnapshot(reference, { ...options, signal, onProgress: reading });
  if (options.verify) await snapshot.validate();
  if (!options.json) for (const note of snapshot.notes) print(wrapped('note: ', note));

  if (options.approve !== undefined) {
    const state = stateDirectory(await resolveLocations(options));
    const { nonce } = await findPlan(state, options.approve, now());
    const plan = await planImportState(snapshot, importOptions, nonce);
    const accept = plan.sentences.map((sentence) => sentence.text);
    const approval = { approve: options.approve, accept, nonce };
    assertApproved(plan, approval);
    await claimPlan(state, options.approve);
    done({ ...(await importState(snapshot, { ...importOptions, approval })), plan }, options);
    return;
  }
  if (options.yes) {
    const result = await importState(snapshot, { ...importOptions, approval: 'all' });
    if (!options.json) {
      print('Nobody was asked: --yes applies an import without a question.');
      printReview(result.plan, 'Import');
    }
    done(result, options);
    return;
  }
  const plan = await planImportState(snapshot, importOptions);
  if (!options.json) printReview(plan, 'Import');
  if (plan.sentences.length === 0) {
    if (options.json) printJson(shownPlan(plan));
    else printNothingToDo(plan);
    return;
  }
  if (options.dryRun) return keepForLater(plan, options);
  if (!canAsk(options)) throw await mustApprove(plan, options);
  print('');
  if (!(await confirm('Apply this?', signal))) throw declined('narrow it with --components, or leave it');
  const accept = plan.sentences.map((sentence) => sentence.text);
  const approval = { approve: plan.digest, accept, nonce: plan.nonce };
  done({ ...(await importState(snapshot, { ...importOptions, approval })), plan }, options);
}

function done(result: ImportResult, options: ImportCommandOptions): void {
  printResult(result, options, 'Imported');
}

async function keepForLater(plan: Plan, options: ImportCommandOptions): Promise<void> {
  await keepPlan(stateDirectory(await resolveLocations(options)), plan, now());
  if (options.json) return printJson(shownPlan(plan));
  const again = process.argv.slice(2).filter((argument) => argument !== '--dry-run');
  print('');
  printCommand(
    'Nothing was changed. To apply exactly this plan, within an hour:',
    sameCommand(again, { plus: ['--approve', plan.digest] }),
  );
}

async function mustApprove(plan: Plan, options: ImportCommandOptions): Promise<PolicyError> {
  await keepPlan(stateDirectory(await resolveLocations(options)), plan, now());
  return new Unasked(shownPlan(plan), options, {
    hint: 'review the plan',
    remedy: { do: 'approve', digest: plan.digest },
    details: { plan_digest: plan.digest },
  });
}

export function declined(hint: string): PolicyError {
  return new PolicyError('POLICY_DECLINED', 'not approved; nothing was changed', {
    hint,
  });
}

/** `ID=URI`; an id has no `=`. @throws UsageError USAGE_BAD_ARGUMENT */
function parseGrant(text: string): AllowedGrant {
  const at = text.indexOf('=');
  if (at > 0) return { component_id: text.slice(0, at), entry: text.slice(at + 1) };
  throw new UsageError('USAGE_BAD_ARGUMENT', `--allow-grant ${quoted(text)} is not <id>=<uri>`, {
    hint: "write it like --allow-grant 'notes=fs://../notes'",
  });
}

function refuseContradictions({ approve, yes, dryRun }: ImportCommandOptions): void {
  const chosen = [approve !== undefined && '--approve', yes && '--yes', dryRun && '--dry-run'].filter(
    Boolean,
  );
  if (chosen.length < 2) return;
  throw new UsageError('USAGE_BAD_ARGUMENT', `${chosen.join(' and ')} contradict each other`, {
    hint: 'use one of them',
  });
}

function now(): number {
  return Math.floor(Date.now() / 1000);
}
