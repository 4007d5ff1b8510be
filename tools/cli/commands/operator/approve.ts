// `wassette-state approve`: the operator reviews a plan that an agent asked for, and lets it be applied, once.
import { approvePlan, revokeApproval, waitingRoom } from '../../../../src/approve.ts';
import { safeText } from '../../../../src/codec/safe-text.ts';
import { minutesOf } from '../../../../src/disk/clock.ts';
import { PolicyError, StoreError, UsageError } from '../../../../src/errors.ts';
import { viewOf } from '../../../../src/plan/view.ts';
import {
  assertStillTrue,
  type WaitingPlan,
  waitingBy,
  waitingIn,
} from '../../../../src/site/approval/waiting-plans.ts';
import { commandLine } from '../../../command-line.ts';
import { refuseUnused } from '../../options/unused.ts';
import { assertAtTerminal, confirm } from '../../question.ts';
import {
  complain,
  interruptSignal,
  print,
  printJson,
  printWhereAsked,
  tell,
  tellCommand,
  warn,
  wrapped,
} from '../../terminal.ts';
import { type LocationOptions, locationsIn } from '../locations.ts';
import { printReview } from '../plan-output.ts';

export interface ApproveCommandOptions extends LocationOptions {
  list?: boolean;
  revoke?: string;
  /** Whatever is for approvals in writing alone. */
  [other: string]: unknown;
}

const FOR_WRITING = [
  'secretsDir',
  'keyPassphraseFile',
  'for',
  'until',
  'output',
  'target',
  'empty',
  'directory',
  'components',
  'skipExisting',
  'removeExtra',
  'mapDir',
  'without',
  'overlay',
  'includeSecrets',
  'identity',
  'passphraseFile',
  'allowRemote',
  'yes',
];

export async function runApprove(digest: string | undefined, options: ApproveCommandOptions): Promise<void> {
  refuseContradictions(digest, options);
  if (options.list) return listPlans(options);
  if (options.revoke !== undefined) return revoke(options.revoke, options);
  assertAtTerminal('a plan is approved');
  printWhereAsked();
  const waiting = digest === undefined ? await theOnly(options) : await waitingPlan(digest, options);
  if (waiting.approvedAt !== null) return printApproved(waiting, options);
  await review(waiting, options);
  if (!(await confirm('Approve exactly this plan, once?', interruptSignal()))) {
    throw new PolicyError('POLICY_DECLINED', 'not approved; nothing was changed', {
      hint: `it waits until ${minutesOf(waiting.expiresAt)}, and cannot be applied without your approval`,
    });
  }
  printApproved(await approvePlan(waiting.plan.digest, locationsIn(options)), options);
}

async function waitingPlan(digest: string, options: LocationOptions): Promise<WaitingPlan> {
  return waitingBy(digest, await waitingRoom(options));
}

/** Everything that was shown to the agent, and what has become of it since. @throws ConflictError CONFLICT_STALE_PLAN */
async function review(
  { plan, notes, approvalProblem }: WaitingPlan,
  options: LocationOptions,
): Promise<void> {
  await assertStillTrue(plan.digest, await waitingRoom(options));
  printReview(plan, 'Import that an agent asks for', notes);
  if (approvalProblem !== null) warn(`\n${wrapped('warning: ', approvalProblem)}`);
  print('');
}

/** The only one that is not approved yet. @throws StoreError STORE_NOT_FOUND, UsageError USAGE_BAD_ARGUMENT */
async function theOnly(options: ApproveCommandOptions): Promise<WaitingPlan> {
  const all = await allWaiting(options);
  const open = all.filter(({ approvedAt }) => approvedAt === null);
  const [first, ...others] = open.length > 0 ? open : all;
  if (first === undefined) {
    throw new StoreError('STORE_NOT_FOUND', 'no plan waits for the operator', {
      hint: 'a plan waits here when an agent asks for an import at a server with --approval operator',
      remedy: { do: 'name-directories' },
    });
  }
  if (others.length === 0) return first;
  for (const each of [first, ...others]) printWaiting(each);
  throw new UsageError('USAGE_BAD_ARGUMENT', `${others.length + 1} plans wait: which one is meant?`, {
    hint: 'name one by its digest',
  });
}

/** Tells of those that nobody should approve. */
async function allWaiting(options: ApproveCommandOptions): Promise<WaitingPlan[]> {
  const { waiting, altered } = await waitingIn(await waitingRoom(options));
  for (const digest of altered)
    complain(
      `${wrapped('warning: ', 'somebody has changed what is kept of a plan, which is left out:')}\n  ${digest}`,
    );
  return waiting;
}

async function listPlans(options: ApproveCommandOptions): Promise<void> {
  const all = await allWaiting(options);
  if (options.json) return printJson({ waiting: all.map(shownWaiting) });
  if (all.length === 0) tell('No plan waits for the operator.');
  for (const each of all) printWaiting(each);
}

function printWaiting({ plan, expiresAt, approvedAt, approvalProblem }: WaitingPlan): void {
  print(plan.digest);
  print(wrapped('  ', `${viewOf(plan).willDo}, into ${safeText(plan.target, 4_096)}`));
  const approval =
    approvedAt === null ? 'not approved' : `approved ${minutesOf(approvedAt)}, not applied yet`;
  print(wrapped('  ', `${approval}; waits until ${minutesOf(expiresAt)}`));
  if (approvalProblem !== null) print(wrapped('  warning: ', approvalProblem));
}

async function revoke(digest: string, options: ApproveCommandOptions): Promise<void> {
  const waiting = await revokeApproval(digest, locationsIn(options));
  if (options.json) printJson(shownWaiting(waiting));
  else tell(wrapped('', 'The approval is taken back. The plan goes on waiting.'));
}

function printApproved({ plan, approvedAt, expiresAt }: WaitingPlan, options: LocationOptions): void {
  const { stateDir } = options;
  tell('');
  tell(
    wrapped(
      '',
      `Approved ${minutesOf(approvedAt!)}. The agent's next call applies it: until ${minutesOf(expiresAt)}, and once.`,
    ),
  );
  tellCommand(
    'To take the approval back before that:',
    commandLine(['approve', '--revoke', plan.digest], { stateDir }),
  );
}

function shownWaiting({ plan, keptAt, expiresAt, approvedAt, approvalProblem }: WaitingPlan): object {
  const { digest, source, target, sentences } = plan;
  const time = (seconds: number) => new Date(seconds * 1000).toISOString();
  return {
    plan_digest: digest,
    source,
    target,
    sentences: sentences.map(({ text }) => text),
    made_at: time(keptAt),
    waits_until: time(expiresAt),
    approved_at: approvedAt === null ? null : time(approvedAt),
    approval_problem: approvalProblem,
  };
}

function refuseContradictions(digest: string | undefined, options: ApproveCommandOptions): void {
  const { list, revoke, json } = options;
  refuseUnused(options, FOR_WRITING, 'on a plan that waits here', 'use it with --key, or leave it out');
  const other = list ? '--list' : revoke !== undefined ? '--revoke' : null;
  if (digest !== undefined && other !== null)
    throw new UsageError('USAGE_BAD_ARGUMENT', `a plan to approve and ${other} contradict each other`, {
      hint: 'use one of them',
    });
  if (json && other === null)
    throw new UsageError('USAGE_BAD_ARGUMENT', '--json is for a program, and a person approves', {
      hint: 'use it with --list or --revoke, or leave it out',
    });
}
