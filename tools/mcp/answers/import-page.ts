// What the page inside an MCP client is told of a plan.
import { showInvisible } from '../../../src/errors.ts';
import { fitsOneQuestion } from '../../../src/plan/one-question.ts';
import type { PlanView } from '../../../src/plan/view.ts';
import type { Review } from '../../html/review.ts';
import type { ToolContext, ToolResult } from '../tool.ts';

/** What a page shows has nothing in it that moves or hides other words. */
function withoutInvisible(review: Review): Review {
  return JSON.parse(JSON.stringify(review), (_, value) =>
    typeof value === 'string' ? showInvisible(value) : value,
  );
}

/** Nothing for a client without pages, and for a plan that only the operator is shown. */
export async function forPage(
  view: PlanView,
  { showsPages }: ToolContext,
): Promise<Pick<ToolResult<never>, 'forPage'>> {
  if (!showsPages || view.nothingToDo !== null || !fitsOneQuestion(view.accept)) return {};
  const { reviewOfPlan } = await import('../../html/plan-review.ts');
  return { forPage: withoutInvisible(reviewOfPlan(view, 'Import', null)) };
}
