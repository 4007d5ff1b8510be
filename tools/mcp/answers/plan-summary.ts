// Summarises a plan for a tool's result: counts, one page of steps, what is lacking; small however large the state is.
import * as z from 'zod';
import { firstFew } from '../../../src/codec/enumeration.ts';
import { safeText } from '../../../src/codec/safe-text.ts';
import { showInvisible, UsageError } from '../../../src/errors.ts';
import type { PlanView } from '../../../src/plan/view.ts';
import type { Lacks } from '../../../src/plan/warnings/lacks.ts';
import { sealedInWords } from '../../../src/plan/words/lacks.ts';

export const PAGE_SIZE = 20;
const SHOWN_PER_LIST = 10;
const SHOWN_NOTES = 10;
/** Total length of all notes except the first, in characters. */
const NOTES_LENGTH = 12_000;

export const StepSchema = z.object({
  component_id: z.string(),
  action: z.string(),
  gains: z.int().optional(),
});

/** Lists of texts: `secrets`, `environment`, `directories`, `tool_collisions`. */
export const LacksSchema = z
  .looseObject({})
  .describe('What this host still needs. Set secrets with `wassette secret set`.');

export interface StepPage {
  steps: z.infer<typeof StepSchema>[];
  page: number;
  pages: number;
}

/** Page `page` (from 1) of the steps. */
export function pageOfSteps({ steps }: PlanView, page: number): StepPage {
  const shown = steps.map(({ component_id, action, gains }) => ({
    component_id: safeText(component_id, 128),
    action,
    gains: gains.length,
  }));
  return pageOf(shown, page);
}

export function pageOf(steps: StepPage['steps'], page: number): StepPage {
  return {
    steps: steps.slice((page - 1) * PAGE_SIZE, page * PAGE_SIZE),
    page,
    pages: pagesOf(steps.length, page),
  };
}

export function summarizeLacks(lacks: Lacks): z.infer<typeof LacksSchema> {
  return {
    secrets: shorten(
      lacks.secrets.map(
        ({ component_id, names, sealed = [] }) =>
          `${component_id}: ${names.join(', ')}${sealedInWords(names, sealed)}`,
      ),
    ),
    environment: shorten(lacks.environment),
    directories: shorten(lacks.directories),
    tool_collisions: shorten(
      lacks.tool_collisions.map(({ tool, component_ids }) => `${tool}: ${component_ids.join(', ')}`),
    ),
  };
}

/** The first items, escaped and clipped, and how many more there are. */
export function shorten(items: readonly string[], shown = SHOWN_PER_LIST, length = 160): string[] {
  const { first, more } = firstFew(items, shown);
  return [...first.map((item) => safeText(item, length)), ...(more === null ? [] : [`… ${more}`])];
}

/** Notes in full, because some say what is granted: as many as fit into one result, and how many more there are. */
export function wholeNotes(notes: readonly string[]): string[] {
  const { first, more } = firstFew(notes, fittingNotes(notes));
  return [...first.map(showInvisible), ...(more === null ? [] : [`… ${more}`])];
}

/** How many of the notes fit into one result. */
function fittingNotes(notes: readonly string[]): number {
  let length = 0;
  const tooMany = notes.findIndex((note, i) => {
    length += note.length;
    return i > 0 && (i >= SHOWN_NOTES || length > NOTES_LENGTH);
  });
  return tooMany < 0 ? notes.length : tooMany;
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
