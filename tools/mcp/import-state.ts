// The MCP tool `import_state`: the first call plans and changes nothing; the second, with the approval, applies.
import { PolicyError, UsageError } from '../../src/errors.ts';
import type { Approval } from '../../src/plan/approval.ts';
import { viewOf } from '../../src/plan/view.ts';
import { appliedResult, plannedResult } from './import-report.ts';
import {
  type ImportInput,
  type ImportOutput,
  importStateInput,
  importStateOutput,
} from './import-schemas.ts';
import { pagesOf } from './plan-summary.ts';
import { reviewText } from './plan-text.ts';
import { fencedReference, type ServerOptions } from './server-options.ts';
import { defineTool, type ToolContext, type ToolResult } from './tool.ts';

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
  const view = viewOf(made, snapshot.notes);
  if (view.nothingToDo !== null) return plannedResult(input, view, context.canAsk);
  const state = stateDirectory(await resolveLocations(context.server.locations));
  await keepPlan(state, made, Math.floor(Date.now() / 1000));
  return plannedResult(input, view, context.canAsk);
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
  const view = viewOf(again, snapshot.notes);
  const answer = await context.ask(`Apply this import?\n${reviewText(view)}`);
  if (answer === 'declined') throw declined();
  await claimPlan(state, approval.approve);
  const { tools, importId } = await importState(snapshot, {
    ...options,
    approval: { ...approval, nonce },
  });
  // The plan that was reviewed: for it the code was read, and not what the snapshot says of it.
  return appliedResult(input, view, {
    wasAsked: answer !== 'cannot-ask',
    tools,
    undo: importId === null ? null : await undoCommand(context.server),
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

function declined(): PolicyError {
  return new PolicyError('POLICY_DECLINED', 'the person asked did not approve the import', {
    hint: 'nothing was changed; do not ask again unless the user wants to',
  });
}

/** What a terminal takes, and when it may. */
async function undoCommand({ locations, http, live }: ServerOptions): Promise<string> {
  const { commandLine, hostFlagsElsewhere } = await import('../command-line.ts');
  const host = await hostFlagsElsewhere({ ...locations, ...http });
  const isTold = live !== undefined && live.pid === null;
  return `${isTold ? '' : ', with Wassette stopped'}: ${commandLine(['undo'], host)}`;
}
