// Makes the answers of `import_state`: the view of the plan, and what the agent should do next.
import { safeText } from '../../../src/codec/safe-text.ts';
import { minutesOf } from '../../../src/disk/clock.ts';
import { fitsOneQuestion } from '../../../src/plan/one-question.ts';
import { countsOf, doneInWords, type PlanView } from '../../../src/plan/view.ts';
import type { ApproverKind } from '../../../src/site/approval/approver.ts';
import type { EarlierImport } from '../../../src/site/approval/plan-outcome.ts';
import type { ImportInput, ImportOutput } from '../import-schemas.ts';
import type { ToolResult } from '../tool.ts';
import { pageOf, pageOfSteps, shorten, summarizeLacks } from './plan-summary.ts';
import { aftermathText, planText } from './plan-text.ts';

const SHOWN_TOOLS = 50;
const SHOWN_REMARKS = 20;

/** A longer call does not say the sentences again, which are in the lines above it. */
const REPEATED_CALL_LENGTH = 700;

/** A plan that only the operator can approve. */
export interface WaitsForOperator {
  who: 'operator';
  /** What the operator types. */
  command: string;
  isApproved: boolean;
}

/** Who decides about a plan: whoever is at the client, the operator, or somebody in writing. */
type Decider =
  | { who: 'client'; canAsk: boolean }
  | WaitsForOperator
  /** Whose approvals cover all of it; null where that is not so, and nothing else counts. */
  | { who: 'signed'; names: string | null };

/** The outcome of an approving call. */
export interface Applied {
  /** Name of the undo record. */
  importId: string | null;
  /** Who approved it. */
  by: ApproverKind | 'nobody';
  /** Whose approvals in writing cover some of it, or all; null for nobody's. */
  inWriting: string | null;
  /** Tools that can be called now; null when no Wassette was told. */
  tools: readonly string[] | null;
  undo: Undo;
}

/** How the user takes an import back. */
export interface Undo {
  /** For a terminal. */
  command: string;
  /** Whether a running Wassette is told of it, as it was of the import. */
  isTold: boolean;
}

/** @param takenBackAt when an undo took back what the digest in the call had approved, in seconds since 1970 */
export function plannedResult(
  input: ImportInput,
  view: PlanView,
  { takenBackAt, decider }: { takenBackAt: number | null; decider: Decider },
): ToolResult<ImportOutput> {
  const canAsk = decider.who !== 'client' || decider.canAsk;
  const { nothingToDo, willDo, digest, accept, obstacle } = view;
  const again =
    takenBackAt === null
      ? ''
      : `The import that was approved with this digest was applied, and taken back ${minutesOf(takenBackAt)}; this is a new plan. `;
  if (nothingToDo !== null) {
    const outcome = { status: 'nothing_to_do' as const, summary: `${again}${nothingToDo}` };
    return laidOut(input, view, outcome, [aftermathText(view)]);
  }
  const { page: _page, skip_existing, remove_extra, include_secrets, ...request } = input;
  const approving = {
    ...request,
    ...(skip_existing ? { skip_existing } : {}),
    ...(remove_extra ? { remove_extra } : {}),
    ...(include_secrets ? { include_secrets } : {}),
    approve: digest,
    ...(decider.who === 'client' ? { accept: [...accept] } : {}),
  };
  const outcome = {
    status: 'planned' as const,
    summary: `${obstacle === null ? '' : `This cannot be applied now: ${obstacle}. `}${canAsk ? '' : WILL_NOT_ASK}${again}Planned, nothing changed yet: ${willDo}. ${whoApproves(decider)}`,
    nobody_is_asked: !canAsk,
    ...(decider.who === 'operator' ? { approve_command: decider.command } : {}),
    next_step: { tool: 'import_state', arguments: approving },
  };
  const how =
    decider.who === 'client'
      ? howToApprove({ ...approving, accept }, obstacle !== null)
      : howToGoOn(approving, decider);
  const text = fitsOneQuestion(accept) ? planText(view) : tooLongToShow(accept);
  return laidOut(input, view, outcome, [text, how]);
}

/** Only for the operator: whoever else approves has to be shown all of it. */
function tooLongToShow({ length }: PlanView['accept']): string {
  return `It has ${length} things to approve, which only the operator is shown. To see some of them, plan some of the components at a time, with component_ids.`;
}

function whoApproves(decider: Decider): string {
  switch (decider.who) {
    case 'client':
      return 'It needs approval.';
    case 'operator':
      return decider.isApproved
        ? 'The operator has approved it.'
        : 'Only the operator can approve it, in a terminal.';
    case 'signed':
      return decider.names === null
        ? 'Only approvals in writing count here, and what is shown is in none that counts.'
        : `It is approved in writing by ${decider.names}: nobody is asked.`;
  }
}

function howToGoOn(approving: object, decider: Exclude<Decider, { who: 'client' }>): string {
  const call = `import_state with:\n${JSON.stringify(approving)}`;
  if (decider.who === 'operator' && !decider.isApproved)
    return `To approve it, the operator runs in a terminal:\n${decider.command}\nAfter that, call ${call}`;
  if (decider.who === 'signed' && decider.names === null)
    return `${WRITTEN_ELSEWHERE}\nAfter that, call ${call}`;
  return `To apply it, call ${call}`;
}

const WRITTEN_ELSEWHERE =
  'Somebody whose approvals count here has to sign one, with wassette-state approve, and the operator has to put it where this server looks.';

export function appliedResult(
  input: ImportInput,
  view: PlanView,
  { importId, by, inWriting, tools, undo }: Applied,
): ToolResult<ImportOutput> {
  const outcome = {
    status: 'applied' as const,
    summary: `${by === 'nobody' ? DID_NOT_ASK : ''}Applied${howApproved(by, inWriting)}: ${view.hasDone}.`,
    nobody_is_asked: by === 'nobody',
    ...(importId === null ? {} : { import_id: importId }),
    ...toolsIn(tools),
    ...(view.undoable ? { undo_command: undo.command } : {}),
  };
  return laidOut(input, view, outcome, [toolsInWords(tools), undoInWords(undo), aftermathText(view)]);
}

function howApproved(by: Applied['by'], inWriting: string | null): string {
  if (by === 'signed') return `, as approved in writing by ${inWriting}`;
  const also = inWriting === null ? '' : `, some of it as approved in writing by ${inWriting}`;
  return `${by === 'operator' ? ', as the operator approved it' : ''}${also}`;
}

/** The answer to a repeated approving call: what the first one did. */
export function appliedBeforeResult(
  { page }: ImportInput,
  earlier: EarlierImport,
  { canAsk, undo }: { canAsk: boolean; undo: Undo },
): ToolResult<ImportOutput> {
  const { planDigest, importId, source, tools, isNextToUndo, changedSince } = earlier;
  const components = earlier.components.map(({ component_id, action }) => ({
    component_id: safeText(component_id, 128),
    action,
  }));
  const warnings = changedSince.map((id) => `"${safeText(id, 128)}" was changed again since that import`);
  const summary = `Already applied, ${minutesOf(earlier.appliedAt)}: ${doneInWords(components)}, from ${safeText(source, 80)}. This call did nothing.`;
  const structured = {
    status: 'applied' as const,
    already_applied: true,
    summary,
    import_id: importId,
    plan_digest: planDigest,
    snapshot_digest: source,
    nobody_is_asked: !canAsk,
    counts: countsOf(components) as Record<string, number>,
    ...pageOf(components, page),
    losses: [],
    tools_stopping: [],
    lacks: {},
    warnings: shorten(warnings),
    ...toolsIn(tools),
    undo_available: isNextToUndo,
    ...(isNextToUndo ? { undo_command: undo.command } : {}),
  };
  const texts = [
    summary,
    toolsInWords(tools),
    ...(isNextToUndo ? [undoInWords(undo)] : []),
    ...shorten(warnings),
  ];
  return { structured, text: texts.join('\n') };
}

/** The answer while another call with the same approval is at work. */
export function beingAppliedResult(input: ImportInput, canAsk: boolean): ToolResult<ImportOutput> {
  const summary =
    'This import is being applied by an earlier call with the same approval, and is not applied twice. Repeat the call in a few seconds to get its result.';
  const { page: _page, approve = '', ...request } = input;
  const structured = {
    status: 'being_applied' as const,
    summary,
    plan_digest: approve,
    snapshot_digest: '',
    nobody_is_asked: !canAsk,
    counts: {},
    ...pageOf([], 1),
    losses: [],
    tools_stopping: [],
    lacks: {},
    warnings: [],
    undo_available: false,
    next_step: { tool: 'import_state', arguments: { ...request, approve } },
  };
  return { structured, text: summary };
}

const WILL_NOT_ASK =
  'NOBODY WILL BE ASKED: this client cannot ask its user, so the approving call applies this plan. ';
const DID_NOT_ASK = 'NOBODY WAS ASKED: this client cannot ask its user. ';

function laidOut(
  { page }: ImportInput,
  view: PlanView,
  { status, summary, ...outcome }: Pick<ImportOutput, 'status' | 'summary'> & Partial<ImportOutput>,
  texts: readonly string[],
): ToolResult<ImportOutput> {
  const structured = {
    status,
    summary,
    plan_digest: view.digest,
    snapshot_digest: view.source,
    into: view.head.find(({ label }) => label === 'into')!.value,
    ...(view.signed === null ? {} : { verification: `signed by ${view.signed}` }),
    nobody_is_asked: false,
    counts: view.counts as Record<string, number>,
    ...pageOfSteps(view, page),
    losses: [...view.losses],
    tools_stopping: [...view.stopping],
    lacks: summarizeLacks(view.lacks),
    warnings: [...view.warnings],
    ...(view.fit.length === 0 ? {} : { remarks: shorten(view.fit, SHOWN_REMARKS, 2_000) }),
    undo_available: view.undoable,
    ...outcome,
  };
  return { structured, text: [summary, ...texts.filter((text) => text !== '')].join('\n') };
}

function undoInWords({ command, isTold }: Undo): string {
  const when = isTold ? '' : ' (with Wassette stopped, unless wassette-state started it)';
  return `To take this import back, the user runs in a terminal${when}: ${command}`;
}

function howToApprove({ accept, ...approving }: { accept: readonly string[] }, isLater: boolean): string {
  const call = JSON.stringify({ ...approving, accept });
  const to = `To approve${isLater ? ', once it can be applied' : ''}, call`;
  if (call.length <= REPEATED_CALL_LENGTH) return `${to} import_state with:\n${call}`;
  return `${to} import_state with ${JSON.stringify(approving)} and \`accept\`, the ${accept.length} sentences under "This changes:" and "This allows on this host:" as a list, each whole and without its mark (lines marked = are none).`;
}

const START_WASSETTE =
  'Wassette reads its directory when it starts: start it, or restart it, to serve the tools.';

/** For a client whose model is shown no text. */
function toolsIn(tools: Applied['tools']): { tools_available?: string[]; start_wassette?: string } {
  return tools === null
    ? { start_wassette: START_WASSETTE }
    : { tools_available: shorten(tools, SHOWN_TOOLS) };
}

function toolsInWords(tools: Applied['tools']): string {
  return tools === null
    ? START_WASSETTE
    : `Tools of these components available now: ${shorten(tools, SHOWN_TOOLS).join(', ') || 'none'}.`;
}
