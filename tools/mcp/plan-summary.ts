// A plan as a tool returns it: counts, one page of steps, what is lacking; small whatever the size of the state.
import * as z from 'zod';
import { safeText } from '../../src/codec/safe-text.ts';
import { showInvisible, UsageError } from '../../src/errors.ts';
import type { Lacks } from '../../src/plan/lacks.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { isChanging } from '../../src/plan/step.ts';

export const PAGE_SIZE = 20;
const SHOWN_PER_LIST = 10;
const SHOWN_NOTES = 10;
/** Of all notes together, but for the first one. */
const NOTES_LENGTH = 12_000;

export const StepSchema = z.object({ component_id: z.string(), action: z.string(), gains: z.int() });

export const LacksSchema = z
  .looseObject({
    secrets: z.array(z.string()),
    environment: z.array(z.string()),
    directories: z.array(z.string()),
    tool_collisions: z.array(z.string()),
  })
  .describe('What this host still needs for the tools to work. Set secrets with `wassette secret set`.');

export type StepPage = z.infer<typeof StepSchema>[];

/** Page `page` (from 1) of the steps, those that change something first. */
export function pageOfSteps(plan: Plan, page: number): { steps: StepPage; pages: number } {
  const ordered = [...plan.steps].sort((a, b) => Number(isChanging(b.action)) - Number(isChanging(a.action)));
  const steps = ordered
    .slice((page - 1) * PAGE_SIZE, page * PAGE_SIZE)
    .map(({ component_id, action, gains }) => ({
      component_id: safeText(component_id, 128),
      action,
      gains: gains.length,
    }));
  return { steps, pages: pagesOf(plan.steps.length, page) };
}

export function summarizeLacks(lacks: Lacks): z.infer<typeof LacksSchema> {
  return {
    secrets: shorten(lacks.secrets.map(({ component_id, names }) => `${component_id}: ${names.join(', ')}`)),
    environment: shorten(lacks.environment),
    directories: shorten(lacks.directories),
    tool_collisions: shorten(
      lacks.tool_collisions.map(({ tool, component_ids }) => `${tool}: ${component_ids.join(', ')}`),
    ),
  };
}

/** The first few, escaped and clipped, and how many more there are. */
export function shorten(items: readonly string[], shown = SHOWN_PER_LIST, length = 160): string[] {
  const first = items.slice(0, shown).map((item) => safeText(item, length));
  return items.length > shown ? [...first, `… and ${items.length - shown} more`] : first;
}

/** Notes whole, since some say what is granted: as many of the first ones as one result holds, and how many more there are. */
export function wholeNotes(notes: readonly string[]): string[] {
  const whole: string[] = [];
  let length = 0;
  for (const note of notes.slice(0, SHOWN_NOTES)) {
    length += note.length;
    if (whole.length > 0 && length > NOTES_LENGTH) break;
    whole.push(showInvisible(note));
  }
  return notes.length > whole.length ? [...whole, `… and ${notes.length - whole.length} more`] : whole;
}

/** How many pages `count` things have. @throws UsageError USAGE_BAD_ARGUMENT where `page` is beyond the last */
export function pagesOf(count: number, page: number): number {
  const pages = Math.max(1, Math.ceil(count / PAGE_SIZE));
  if (page <= pages) return pages;
  throw new UsageError('USAGE_BAD_ARGUMENT', `there is no page ${page}: the last one is ${pages}`, {
    hint: 'ask for a page from 1 to the last one',
    details: { page, pages },
  });
}
