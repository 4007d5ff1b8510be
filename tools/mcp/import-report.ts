// Makes the answers of `import_state`: the view of the plan, and what the agent should do next.
import type { PlanView } from '../../src/plan/view.ts';
import type { ImportInput, ImportOutput } from './import-schemas.ts';
import { pageOfSteps, shorten, summarizeLacks } from './plan-summary.ts';
import { aftermathText, planText } from './plan-text.ts';
import type { ToolResult } from './tool.ts';

const SHOWN_TOOLS = 50;

/** A longer call does not say the sentences again, which are in the lines above it. */
const REPEATED_CALL_LENGTH = 700;

/** The outcome of an approving call. */
export interface Applied {
  wasAsked: boolean;
  /** Tools that can be called now; null when no Wassette was told. */
  tools: readonly string[] | null;
  /** The command that takes it back. */
  undo: string;
}

export function plannedResult(input: ImportInput, view: PlanView, canAsk: boolean): ToolResult<ImportOutput> {
  const { nothingToDo, willDo, digest, accept } = view;
  if (nothingToDo !== null) {
    const outcome = { status: 'nothing_to_do' as const, summary: nothingToDo };
    return laidOut(input, view, outcome, [aftermathText(view)]);
  }
  const { page: _page, skip_existing, remove_extra, ...request } = input;
  const approving = {
    ...request,
    ...(skip_existing ? { skip_existing } : {}),
    ...(remove_extra ? { remove_extra } : {}),
    approve: digest,
    accept: [...accept],
  };
  const outcome = {
    status: 'planned' as const,
    summary: `${canAsk ? '' : WILL_NOT_ASK}Planned, nothing changed yet: ${willDo}. It needs approval.`,
    nobody_is_asked: !canAsk,
    next_step: { tool: 'import_state', arguments: approving },
  };
  return laidOut(input, view, outcome, [planText(view), howToApprove(approving)]);
}

export function appliedResult(
  input: ImportInput,
  view: PlanView,
  { wasAsked, tools, undo }: Applied,
): ToolResult<ImportOutput> {
  const outcome = {
    status: 'applied' as const,
    summary: `${wasAsked ? '' : DID_NOT_ASK}Applied: ${view.hasDone}.`,
    nobody_is_asked: !wasAsked,
    ...(tools === null ? {} : { tools_available: shorten(tools, SHOWN_TOOLS) }),
  };
  return laidOut(input, view, outcome, [
    toolsInWords(tools),
    `To take this import back, the user runs in a terminal${undo}`,
    aftermathText(view),
  ]);
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
    nobody_is_asked: false,
    counts: view.counts as Record<string, number>,
    ...pageOfSteps(view, page),
    losses: [...view.losses],
    tools_stopping: [...view.stopping],
    lacks: summarizeLacks(view.lacks),
    warnings: [...view.warnings],
    undo_available: view.undoable,
    ...outcome,
  };
  return { structured, text: [summary, ...texts.filter((text) => text !== '')].join('\n') };
}

function howToApprove({ accept, ...approving }: { accept: readonly string[] }): string {
  const call = JSON.stringify({ ...approving, accept });
  if (call.length <= REPEATED_CALL_LENGTH) return `To approve, call import_state with:\n${call}`;
  return `To approve, call import_state with ${JSON.stringify(approving)} and \`accept\`, the ${accept.length} sentences under "This changes:" and "This allows on this host:" as a list, each whole and without its mark (lines marked = are none).`;
}

function toolsInWords(tools: Applied['tools']): string {
  return tools === null
    ? 'Wassette reads its directory when it starts: start it, or restart it, to serve the tools.'
    : `Tools available now: ${shorten(tools, SHOWN_TOOLS).join(', ') || 'none'}.`;
}
