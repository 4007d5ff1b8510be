// The MCP tool `import_state`: the first call plans and changes nothing; the second, with the approval, applies.
import { UsageError } from '../../src/errors.ts';
import { type PlanView, viewOf } from '../../src/plan/view.ts';
import type { KeptProposal, Settled, UsedPlan } from '../../src/site/approval/approval.ts';
import type { Approver } from '../../src/site/approval/approver.ts';
import type { PlanOutcome } from '../../src/site/approval/plan-outcome.ts';
import type { Site } from '../../src/site/site.ts';
import { forPage } from './answers/import-page.ts';
import {
  appliedBeforeResult,
  appliedResult,
  beingAppliedResult,
  plannedResult,
  type Undo,
  type WaitsForOperator,
} from './answers/import-report.ts';
import { pagesOf } from './answers/plan-summary.ts';
import { reviewText } from './answers/plan-text.ts';
import { REVIEW_URI } from './apps.ts';
import {
  type ImportInput,
  type ImportOutput,
  importStateInput,
  importStateOutput,
  importStateOutputForOperator,
} from './import-schemas.ts';
import { assertKeyFor, fencedReference, type ServerOptions } from './server-options.ts';
import { defineTool, type ToolContext, type ToolResult } from './tool.ts';

export const importStateTool = defineTool({
  name: 'import_state',
  title: 'Import state',
  description:
    'Restore components and permissions from a snapshot. Call it first without `approve`: it changes nothing and returns a plan with sentences that say what would be allowed. Show them to the user; if they agree, repeat the call exactly as `next_step` gives it. All of it is applied or nothing, and once: after a time-out, repeat the call. A plan is good for an hour.',
  input: importStateInput,
  output: importStateOutput,
  annotations: {
    title: 'Import state',
    readOnlyHint: false,
    destructiveHint: true,
    idempotentHint: true,
  },
  page: REVIEW_URI,
  async handle(input, context) {
    refuseHalfApproval(input);
    if (input.include_secrets) assertKeyFor('import', context.server);
    const { openSnapshotBy } = await import('../../src/open.ts');
    const { openSite } = await import('../../src/site/site.ts');
    const reference = fencedReference(input.snapshot, context.server);
    const { locations, allowDirs, allowRemote, live, neverWiden, policy, trust } = context.server;
    const site = await openSite({ ...locations, ...trust, live, caller: context.caller });
    const before = await beforeThisCall(input, site, context);
    if (before.became !== 'waiting' && before.became !== 'taken-back')
      return resultOfUsed(before, input, site, context);
    if (neverWiden || policy) {
      const { refuseUnfetched } = await import('../../src/site/import/early-refusal.ts');
      await refuseUnfetched(reference, site, { ...optionsFor(input, context), allowDirs, allowRemote });
    }
    const snapshot = await openSnapshotBy(
      reference,
      {
        ...locations,
        allowDirs,
        allowRemote,
        live,
        loader: live?.program,
        requireSignature: trust?.requireSignature,
        signal: context.signal,
        onProgress: context.onProgress,
      },
      site,
    );
    const isApproved = input.approve !== undefined && before.became === 'waiting';
    if (isApproved) return apply(input, snapshot, site, context);
    return plan(input, snapshot, site, context, before.became === 'taken-back' ? before.at : null);
  },
});

/** The same where the operator approves. */
export const importStateForOperator = defineTool({
  ...importStateTool,
  description:
    'Restore components and permissions from a snapshot. Call it first without `approve`: it changes nothing and returns a plan, and a command. Show both to the user: only the operator can approve it, by that command in a terminal. Then repeat the call exactly as `next_step` gives it. All of it is applied or nothing, and once: after a time-out, repeat the call.',
  output: importStateOutputForOperator,
});

/** The same where only approvals in writing count. */
export const importStateAsSigned = defineTool({
  ...importStateTool,
  description:
    'Restore components and permissions from a snapshot. Call it first without `approve`: it changes nothing and returns a plan, which says whether it is approved in writing; nothing else is applied here. Then repeat the call exactly as `next_step` gives it. All of it is applied or nothing, and once: after a time-out, repeat the call.',
});

/** What became of the plan that this call approves, by an earlier call with the same approval. */
async function beforeThisCall(
  { approve }: ImportInput,
  site: Site,
  { signal }: ToolContext,
): Promise<PlanOutcome> {
  if (approve === undefined) return { became: 'waiting' };
  const { outcomeOf } = await import('../../src/site/approval/plan-outcome.ts');
  return outcomeOf(approve, site, signal);
}

/** Tells it, and does nothing. */
async function resultOfUsed(
  used: Exclude<UsedPlan, { became: 'taken-back' }>,
  input: ImportInput,
  site: Site,
  context: ToolContext,
): Promise<ToolResult<ImportOutput>> {
  const { server, canAsk, signal } = context;
  const isAsked = canAsk || server.approval !== undefined;
  if (used.became === 'being-applied') return beingAppliedResult(input, isAsked);
  const { assertSameImport } = await import('../../src/site/approval/same-import.ts');
  const { locations, allowDirs, allowRemote } = server;
  const asked = { ...optionsFor(input, context), reference: fencedReference(input.snapshot, server) };
  await assertSameImport(used, asked, site, { ...locations, allowDirs, allowRemote, signal });
  return appliedBeforeResult(input, used, {
    canAsk: isAsked,
    undo: await undoOf(site, server, used.tools),
  });
}

type Opened = Awaited<ReturnType<typeof import('../../src/open.ts')['openSnapshotBy']>>;

/** Sentences without the digest of their plan approve nothing, but their sender believes that they do. */
function refuseHalfApproval({ approve, accept = [] }: ImportInput): void {
  if (approve !== undefined || accept.length === 0) return;
  throw new UsageError(
    'USAGE_BAD_ARGUMENT',
    '`accept` was given without `approve`, so nothing was approved',
    {
      hint: 'an approval has both, as next_step of the plan gives them; leave both out to get a plan',
    },
  );
}

async function plan(
  input: ImportInput,
  snapshot: Opened,
  site: Site,
  context: ToolContext,
  takenBackAt: number | null,
): Promise<ToolResult<ImportOutput>> {
  const { proposeImport } = await import('../../src/import.ts');
  const proposal = await proposeImport(snapshot, site, optionsFor(input, context));
  const { writing } = proposal;
  (await judgeFor(input, context))(proposal.plan, proposal.left);
  const view = viewOf(proposal.plan, snapshot.notes, writing);
  const { approval } = context.server;
  const page = await forPage(view, context);
  if (view.nothingToDo !== null)
    return plannedResult(input, view, { takenBackAt, decider: { who: 'client', ...context } });
  if (approval?.by === 'signed' || writing?.isWhole) {
    const { namesOf } = await import('../../src/site/written-approval/whose.ts');
    await proposal.keep();
    const decider = { who: 'signed', names: writing?.isWhole ? namesOf(writing.by) : null } as const;
    return { ...plannedResult(input, view, { takenBackAt, decider }), ...page };
  }
  if (approval === undefined) {
    await proposal.keep();
    return {
      ...plannedResult(input, view, { takenBackAt, decider: { who: 'client', ...context } }),
      ...page,
    };
  }
  const waiting = await proposal.keepForOperator(snapshot.notes, approval.planLifetime);
  // The operator reads all of it: what is approved in writing may not count any more by then.
  const decider = await forOperator(waiting.digest, site);
  const shown = viewOf(waiting, snapshot.notes);
  return { ...plannedResult(input, shown, { takenBackAt, decider }), ...(await forPage(shown, context)) };
}

/** What the operator has to do, or has done. */
async function forOperator(digest: string, { host }: Site): Promise<WaitsForOperator> {
  const { approvedByOperatorAt } = await import('../../src/site/approval/operator-approver.ts');
  const { approving } = await import('../remedies.ts');
  const { hostFlagsElsewhere } = await import('../command-line.ts');
  const at = await approvedByOperatorAt(host.state, digest).catch(() => null);
  const flags = await hostFlagsElsewhere(host.locations, {});
  return { who: 'operator', command: approving(flags, digest), isApproved: at !== null };
}

async function apply(
  input: ImportInput,
  snapshot: Opened,
  site: Site,
  context: ToolContext,
): Promise<ToolResult<ImportOutput>> {
  const { recallImport } = await import('../../src/import.ts');
  const proposal = await recallImport(input.approve!, snapshot, site, optionsFor(input, context));
  if (proposal.became !== 'waiting') return afterAll(proposal, input, snapshot, site, context);
  const { writing } = proposal;
  // Whoever was shown sentences says which; an approval of the operator, or in writing, says it itself.
  const isSaidElsewhere = context.server.approval !== undefined || writing?.isWhole;
  if (!isSaidElsewhere || input.accept !== undefined)
    proposal.assertCoveredBy({ approve: input.approve!, accept: input.accept ?? [] });
  const view = viewOf(proposal.plan, snapshot.notes, writing);
  const settled = await proposal.settle(await approverFor(input, context, view, writing, site));
  if (settled.became !== 'applied') return afterAll(settled, input, snapshot, site, context);
  return appliedResult(input, view, {
    by: settled.answer === 'cannot-ask' ? 'nobody' : settled.by,
    inWriting: await namesIn(settled.inWriting),
    importId: settled.importId,
    tools: settled.tools,
    undo: await undoOf(site, context.server, settled.tools),
  });
}

/** Who decides is what the operator has chosen for this server; it binds its agent, wherever the plan was made. */
async function approverFor(
  input: ImportInput,
  context: ToolContext,
  view: PlanView,
  writing: KeptProposal['writing'],
  { host }: Site,
): Promise<Approver> {
  const judge = await judgeFor(input, context);
  if (context.server.approval?.by === 'signed') {
    const { signedAlone } = await import('../../src/site/written-approval/signed-alone.ts');
    return signedAlone(writing, judge);
  }
  if (context.server.approval?.by === 'operator') {
    const { operatorOf } = await import('../../src/site/approval/operator-approver.ts');
    return operatorOf(host.state, judge);
  }
  return {
    kind: 'client',
    judge,
    ask: () => context.ask(`Apply this import?\n${reviewText(view)}`),
    how: 'client',
    hintWhenDeclined: 'do not ask again unless the user wants to',
  };
}

async function namesIn(approvals: Settled['inWriting']): Promise<string | null> {
  if (approvals.length === 0) return null;
  return (await import('../../src/site/written-approval/whose.ts')).namesOf(approvals);
}

/** Another call with this approval was first, while this one was on its way. */
async function afterAll(
  used: UsedPlan,
  input: ImportInput,
  snapshot: Opened,
  site: Site,
  context: ToolContext,
): Promise<ToolResult<ImportOutput>> {
  if (used.became === 'taken-back') return plan(input, snapshot, site, context, used.at);
  return resultOfUsed(used, input, site, context);
}

/** Judges by the operator's flags and the size of one question; also refuses a bad page, before anything is applied. */
async function judgeFor({ page, approve }: ImportInput, { server }: ToolContext): Promise<Approver['judge']> {
  const { assertNotWidening, assertReadable } = await import('../../src/plan/approval.ts');
  return (plan, left) => {
    if (server.neverWiden) assertNotWidening(plan);
    // The operator reads in a terminal, which holds any number of them.
    if (server.approval === undefined) assertReadable({ sentences: left });
    if (approve !== undefined) pagesOf(plan.steps.length, page);
  };
}

function optionsFor(input: ImportInput, { server, signal, onProgress }: ToolContext) {
  return {
    ...server.locations,
    includeSecrets: input.include_secrets,
    decryptionKey: input.include_secrets ? server.decryptionKey : undefined,
    skipExisting: input.skip_existing,
    removeExtra: input.remove_extra,
    componentFilter: input.component_ids,
    policy: server.policy,
    fetchFrom: server.allowRemote,
    fetchElsewhere: false,
    neverWiden: server.neverWiden,
    live: server.live,
    ...server.trust,
    ...server.writing,
    signal,
    onProgress,
  };
}

async function undoOf(
  { host }: Site,
  { http }: ServerOptions,
  tools: readonly string[] | null,
): Promise<Undo> {
  const { commandLine, hostFlagsElsewhere } = await import('../command-line.ts');
  const flags = await hostFlagsElsewhere(host.locations, http ?? {});
  // A Wassette that was told of the import is told of its undo, too.
  return { command: commandLine(['undo'], flags), isTold: tools !== null };
}
