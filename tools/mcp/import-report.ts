// What `import_state` answers: the view of the plan, laid out, with what is for an agent to do next.
import type { PlanView } from '../../src/plan/view.ts';
import type { ImportInput, ImportOutput } from './import-schemas.ts';
import { pageOfSteps, shorten, summarizeLacks } from './plan-summary.ts';
import { aftermathText, reviewText } from './plan-text.ts';
import type { ToolResult } from './tool.ts';

const SHOWN_TOOLS = 50;

/** A longer call is left to the structured result. */
const REPEATED_CALL_LENGTH = 4_000;

/** What came of an approving call. */
export interface Applied {
  wasAsked: boolean;
  /** Those that can be called now; null where no Wassette was told. */
  tools: readonly string[] | null;
  /** What a terminal takes to take it back; null where nothing can. */
  undo: string | null;
}

export function plannedResult(input: ImportInput, view: PlanView, canAsk: boolean): ToolResult<ImportOutput> {
  if (view.nothingToDo !== null) {
    const structured = { ...resultFor(input, view), status: 'nothing_to_do' as const };
    return { structured, text: textOf(structured.summary, aftermathText(view)) };
  }
  const { page: _page, ...request } = input;
  const approving = { ...request, approve: view.digest, accept: [...view.accept] };
  const summary = `${canAsk ? '' : WILL_NOT_ASK}Planned, nothing changed yet: ${view.willDo}. It needs approval.`;
  return {
    structured: {
      ...resultFor(input, view),
      summary,
      nobody_is_asked: !canAsk,
      next_step: { tool: 'import_state', arguments: approving },
    },
    text: textOf(summary, reviewText(view), howToApprove(approving)),
  };
}

export function appliedResult(
  input: ImportInput,
  view: PlanView,
  { wasAsked, tools, undo }: Applied,
): ToolResult<ImportOutput> {
  const summary = `${wasAsked ? '' : DID_NOT_ASK}Applied: ${view.hasDone}.`;
  return {
    structured: {
      ...resultFor(input, view),
      status: 'applied',
      summary,
      nobody_is_asked: !wasAsked,
      tools_available: tools && shorten(tools, SHOWN_TOOLS),
      undo_available: undo !== null,
    },
    text: textOf(summary, toolsInWords(tools), undoInWords(undo), aftermathText(view)),
  };
}

/** Said first in every answer: that nobody is asked. */
const WILL_NOT_ASK =
  'NOBODY WILL BE ASKED: this client cannot ask its user, so the approving call applies this plan. ';
const DID_NOT_ASK = 'NOBODY WAS ASKED: this client cannot ask its user. ';

/** What every result has; as long as nothing was applied. */
function resultFor(input: ImportInput, view: PlanView): ImportOutput {
  const { steps, pages } = pageOfSteps(view, input.page);
  return {
    status: 'planned',
    summary: view.nothingToDo ?? '',
    plan_digest: view.digest,
    snapshot_digest: view.source,
    nobody_is_asked: false,
    counts: view.counts as Record<string, number>,
    steps,
    page: input.page,
    pages,
    losses: [...view.losses],
    tools_stopping: [...view.stopping],
    lacks: summarizeLacks(view.lacks),
    warnings: [...view.warnings],
    tools_available: null,
    undo_available: view.undoable,
    next_step: null,
  };
}

function howToApprove(approving: object): string {
  const call = JSON.stringify(approving);
  return call.length <= REPEATED_CALL_LENGTH
    ? `To approve, call import_state with:\n${call}`
    : 'To approve, call import_state with next_step.arguments of the structured result.';
}

function toolsInWords(tools: Applied['tools']): string {
  return tools === null
    ? 'Wassette reads its directory when it starts: start it, or restart it, to serve the tools.'
    : `Tools available now: ${shorten(tools, SHOWN_TOOLS).join(', ') || 'none'}.`;
}

function undoInWords(undo: Applied['undo']): string {
  return undo === null
    ? 'It cannot be undone: this store is changed by its Wassette alone.'
    : `To take this import back, the user runs in a terminal${undo}`;
}

function textOf(...parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join('\n');
}
