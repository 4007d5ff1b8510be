// What the page inside an MCP client is told of a plan.
import { fitsOneQuestion } from '../../../src/plan/one-question.ts';
import type { PlanView } from '../../../src/plan/view.ts';
import type { ToolContext, ToolResult } from '../tool.ts';

/** Nothing for a client without pages, and for a plan that only the operator is shown. */
export async function forPage(
  view: PlanView,
  { showsPages }: ToolContext,
): Promise<Pick<ToolResult<never>, 'forPage'>> {
  if (!showsPages || view.nothingToDo !== null || !fitsOneQuestion(view.accept)) return {};
  const { reviewOfPlan } = await import('../../html/plan-review.ts');
  return { forPage: reviewOfPlan(view, 'Import', null) };
}
