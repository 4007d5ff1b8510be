// The MCP tool `import_state`: the first call plans and changes nothing; the second, with the approval, applies.
import * as z from 'zod';
import { PolicyError, UsageError } from '../../src/errors.ts';
import type { Approval } from '../../src/plan/approval.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { countSteps, describeCounts } from '../../src/plan/view.ts';
import { nothingToDo } from '../nothing-to-do.ts';
import { aftermathText, reviewText } from '../review.ts';
import {
  LacksSchema,
  PAGE_SIZE,
  pageOfSteps,
  pagesOf,
  StepSchema,
  shorten,
  summarizeLacks,
} from './plan-summary.ts';
import { fencedReference, type ServerOptions } from './server-options.ts';
import { defineTool, type ToolContext, type ToolResult } from './tool.ts';

const SHOWN_TOOLS = 50;

/** A longer call is left to the structured result. */
const REPEATED_CALL_LENGTH = 4_000;

export const importStateInput = z.strictObject({
  snapshot: z
    .string()
    .describe(
      'The reference from export_state: sha256:…, a name, or a .json file. A .yaml file is read as a Wassette deployment manifest.',
    ),
  component_ids: z
    .array(z.string())
    .max(10_000)
    .optional()
    .describe('Import only these components. Default: all.'),
  skip_existing: z.boolean().default(false).describe('Leave components alone that this host already has.'),
  remove_extra: z.boolean().default(false).describe('Remove components that only this host has.'),
  approve: z
    .string()
    .optional()
    .describe('The plan_digest of the plan that is approved. Leave out to get a plan first.'),
  accept: z
    .array(z.string())
    .max(200)
    .optional()
    .describe('With approve: every sentence of the plan, unchanged.'),
  page: z.int().min(1).default(1).describe(`Which page of the steps to list, ${PAGE_SIZE} a page.`),
});
type ImportInput = z.infer<typeof importStateInput>;

/** The arguments of the approving call. */
const approvingInput = importStateInput.omit({ page: true }).required({ approve: true, accept: true });

export const importStateOutput = z.looseObject({
  status: z.enum(['planned', 'applied', 'nothing_to_do']),
  summary: z.string(),
  plan_digest: z.string(),
  snapshot_digest: z.string(),
  nobody_is_asked: z
    .boolean()
    .describe('True where this client cannot ask its user: the approving call alone applies the plan.'),
  counts: z.record(z.string(), z.int()),
  steps: z.array(StepSchema).describe('One page; changes first.'),
  page: z.int(),
  pages: z.int(),
  losses: z.array(z.string()).describe('What the plan takes away.'),
  tools_stopping: z.array(z.string()).describe('Tools that cannot be called any more afterwards.'),
  lacks: LacksSchema,
  warnings: z.array(z.string()),
  tools_available: z
    .array(z.string())
    .nullable()
    .describe(
      'Tools of the changed components that can be called now; null when Wassette has to be started first.',
    ),
  undo_available: z.boolean().describe('Whether the user can take it back in a terminal once it is applied.'),
  next_step: z
    .object({ tool: z.string(), arguments: approvingInput })
    .nullable()
    .describe('After a plan: the exact call that approves it. `accept` says in words what is granted.'),
});
type ImportOutput = z.infer<typeof importStateOutput>;

export const importStateTool = defineTool({
  name: 'import_state',
  title: 'Import state',
  description:
    'Restore components and permissions from a snapshot. Call it first without `approve`: it changes nothing and returns a plan with sentences that say what would be allowed. Show them to the user; if they agree, repeat the call exactly as `next_step` gives it. All of it is applied or nothing. A plan can be approved once, within an hour.',
  input: importStateInput,
  output: importStateOutput,
  annotations: {
    title: 'Import state',
    readOnlyHint: false,
    destructiveHint: true,
    idempotentHint: true,
    openWorldHint: false,
  },
  async handle(input, context) {
    refuseHalfApproval(input);
    const { openSnapshot } = await import('../../src/open.ts');
    const reference = fencedReference(input.snapshot, context.server);
    const { locations, allowDirs, live, neverWiden } = context.server;
    if (neverWiden) {
      const { refuseWideningUnfetched } = await import('../../src/site/outline.ts');
      await refuseWideningUnfetched(reference, { ...optionsFor(input, context), allowDirs });
    }
    const snapshot = await openSnapshot(reference, {
      ...locations,
      allowDirs,
      live,
      loader: live?.program,
      signal: context.signal,
      onProgress: context.onProgress,
    });
    return input.approve === undefined ? plan(input, snapshot, context) : apply(input, snapshot, context);
  },
});

type Opened = Awaited<ReturnType<typeof import('../../src/open.ts')['openSnapshot']>>;

/** Sentences without the digest of their plan approve nothing, and whoever sent them believes that they do. */
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
  context: ToolContext,
): Promise<ToolResult<ImportOutput>> {
  const { planImportState } = await import('../../src/import.ts');
  const { stateDirectory } = await import('../../src/state/directory.ts');
  const { keepPlan } = await import('../../src/state/kept-plans.ts');
  const { assertNotWidening, assertReadable } = await import('../../src/plan/approval.ts');
  const { resolveLocations } = await import('../../src/wassette/locations.ts');
  const made = await planImportState(snapshot, optionsFor(input, context));
  if (context.server.neverWiden) assertNotWidening(made);
  assertReadable(made);
  const planned = { unasked: !context.canAsk, tools: null, canUndo: made.undoable };
  if (made.sentences.length === 0)
    return report(input, made, snapshot.notes, { ...planned, status: 'nothing_to_do', unasked: false });
  const state = stateDirectory(await resolveLocations(context.server.locations));
  await keepPlan(state, made, Math.floor(Date.now() / 1000));
  return report(input, made, snapshot.notes, { ...planned, status: 'planned' });
}

async function apply(
  input: ImportInput,
  snapshot: Opened,
  context: ToolContext,
): Promise<ToolResult<ImportOutput>> {
  const { importState, planImportState } = await import('../../src/import.ts');
  const { stateDirectory } = await import('../../src/state/directory.ts');
  const { claimPlan, findPlan } = await import('../../src/state/kept-plans.ts');
  const { assertApproved, assertNotWidening, assertReadable } = await import('../../src/plan/approval.ts');
  const { resolveLocations } = await import('../../src/wassette/locations.ts');
  const state = stateDirectory(await resolveLocations(context.server.locations));
  const approval: Approval = { approve: input.approve!, accept: input.accept ?? [] };
  const { nonce } = await findPlan(state, approval.approve, Math.floor(Date.now() / 1000));
  const options = optionsFor(input, context);
  const again = await planImportState(snapshot, options, nonce);
  assertApproved(again, approval);
  if (context.server.neverWiden) assertNotWidening(again);
  assertReadable(again);
  pagesOf(again.steps.length, input.page); // afterwards it would be too late to refuse
  const answer = await context.ask(questionFor(again, snapshot.notes));
  if (answer === 'declined') throw declined();
  await claimPlan(state, approval.approve);
  const { tools, importId } = await importState(snapshot, {
    ...options,
    approval: { ...approval, nonce },
  });
  // The plan that was reviewed: for it the code was read, and not what the snapshot says of it.
  return report(input, again, snapshot.notes, {
    status: 'applied',
    unasked: answer === 'cannot-ask',
    tools,
    canUndo: importId !== null,
    undo: await undoCommand(context.server),
  });
}

function optionsFor(input: ImportInput, { server, signal, onProgress }: ToolContext) {
  return {
    ...server.locations,
    skipExisting: input.skip_existing,
    removeExtra: input.remove_extra,
    componentFilter: input.component_ids,
    live: server.live,
    signal,
    onProgress,
  };
}

function questionFor(plan: Plan, notes: readonly string[]): string {
  return `Apply this import?\n${reviewText(plan, notes)}`;
}

function declined(): PolicyError {
  return new PolicyError('POLICY_DECLINED', 'the person asked did not approve the import', {
    hint: 'nothing was changed; do not ask again unless the user wants to',
  });
}

/** What came of a call. */
interface Outcome {
  status: ImportOutput['status'];
  /** Whether no person is or was asked. */
  unasked: boolean;
  tools: readonly string[] | null;
  canUndo: boolean;
  /** What a terminal takes to do that, and when it may. */
  undo?: string;
}

function report(
  input: ImportInput,
  plan: Plan,
  notes: readonly string[],
  outcome: Outcome,
): ToolResult<ImportOutput> {
  const { status, unasked, tools, canUndo } = outcome;
  const { steps, pages } = pageOfSteps(plan, input.page);
  const { page: _page, ...request } = input;
  const accept = plan.sentences.map((sentence) => sentence.text);
  const approving = { ...request, approve: plan.digest, accept };
  const structured: ImportOutput = {
    status,
    summary: summaryOf(plan, outcome),
    plan_digest: plan.digest,
    snapshot_digest: plan.source,
    nobody_is_asked: unasked,
    counts: countSteps(plan) as Record<string, number>,
    steps,
    page: input.page,
    pages,
    losses: [...plan.losses],
    tools_stopping: [...plan.stopping],
    lacks: summarizeLacks(plan.lacks),
    warnings: [...notes, ...plan.warnings],
    tools_available: tools && shorten(tools, SHOWN_TOOLS),
    undo_available: canUndo,
    next_step: status === 'planned' ? { tool: 'import_state', arguments: approving } : null,
  };
  const lines =
    status === 'planned'
      ? [structured.summary, reviewText(plan, notes), howToApprove(approving)]
      : [structured.summary, ...afterwards(outcome), aftermathText(plan, notes)];
  return { structured, text: lines.filter((line) => line !== '').join('\n') };
}

/** The first line of every answer: where nobody is asked, that comes first. */
function summaryOf(plan: Plan, { status, unasked }: Outcome): string {
  const will = describeCounts(plan, 'will');
  switch (status) {
    case 'planned':
      return `${unasked ? 'NOBODY WILL BE ASKED: this client cannot ask its user, so the approving call applies this plan. ' : ''}Planned, nothing changed yet: ${will}. It needs approval.`;
    case 'applied':
      return `${unasked ? 'NOBODY WAS ASKED: this client cannot ask its user. ' : ''}Applied: ${describeCounts(plan, 'done')}.`;
    case 'nothing_to_do':
      return nothingToDo(plan);
  }
}

function howToApprove(approving: Record<string, unknown>): string {
  const call = JSON.stringify(approving);
  return call.length <= REPEATED_CALL_LENGTH
    ? `To approve, call import_state with:\n${call}`
    : 'To approve, call import_state with next_step.arguments of the structured result.';
}

async function undoCommand({ locations, http, live }: ServerOptions): Promise<string> {
  const { commandLine, hostFlagsElsewhere } = await import('../command-line.ts');
  const host = await hostFlagsElsewhere({ ...locations, ...http });
  const isTold = live !== undefined && live.pid === null;
  return `${isTold ? '' : ', with Wassette stopped'}: ${commandLine(['undo'], host)}`;
}

function afterwards({ status, tools, undo = '' }: Outcome): string[] {
  if (status !== 'applied') return [];
  return [
    tools === null
      ? 'Wassette reads its directory when it starts: start it, or restart it, to serve the tools.'
      : `Tools available now: ${shorten(tools, SHOWN_TOOLS).join(', ') || 'none'}.`,
    `To take this import back, the user runs in a terminal${undo}`,
  ];
}
