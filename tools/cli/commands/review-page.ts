// Writes the page of `wassette-state review`, and says where it is.

import path from 'node:path';
import { newPageFile, writePageFile } from '../../../src/places/page-file.ts';
import { viewOf } from '../../../src/plan/view.ts';
import type { Proposal } from '../../../src/site/approval/approval.ts';
import { assertNotOurs } from '../../../src/site/places.ts';
import type { Host } from '../../../src/wassette/host.ts';
import { sameCommand } from '../../command-line.ts';
import { PAGE_MARK, pageOf } from '../../html/page.ts';
import { reviewOfPlan } from '../../html/plan-review.ts';
import { openInBrowser } from '../opener.ts';
import { givenArguments } from '../options/given.ts';
import { refuseUnused } from '../options/unused.ts';
import { STANDARD } from '../standard-streams.ts';
import { isQuiet, print, printJson, tell, tellCommand, wrapped, writeBytes } from '../terminal.ts';
import { shownPlan } from './plan-output.ts';

export interface PageOptions {
  /** Where it goes; `-` is standard output. A new file where it is left out. */
  html?: string | undefined;
  open?: boolean | undefined;
}

/** For standard output, which then has nothing else. @throws UsageError USAGE_BAD_ARGUMENT */
export function refuseBesidePage(options: PageOptions & { json?: boolean }): void {
  if (options.html === STANDARD)
    refuseUnused(options, ['open', 'json'], 'when the page goes to standard output');
}

/** Writes the page of a plan, which is kept for an approval as every plan that is shown. */
export async function writeReview(
  proposal: Proposal,
  notes: readonly string[],
  host: Host,
  { html, open }: PageOptions,
  isJson: boolean,
): Promise<void> {
  if (html !== undefined && html !== STANDARD) assertNotOurs(path.resolve(html), host);
  const { plan, writing } = proposal;
  const view = viewOf(plan, notes, writing);
  if (view.nothingToDo === null) await proposal.keep();
  const command = approvingCommand(plan.digest);
  const says = `To apply exactly this plan, within an hour, in ${process.cwd()}:`;
  const page = pageOf(reviewOfPlan(view, 'Import', { says, command }));
  if (html === STANDARD) {
    await writeBytes([Buffer.from(page)]);
    return;
  }
  const file = html === undefined ? await newPageFile() : path.resolve(html);
  await writePageFile(file, page, PAGE_MARK);
  if (isJson) printJson({ ...shownPlan(plan, writing), page: file });
  else if (isQuiet()) print(file);
  else {
    tell(wrapped('', `${view.nothingToDo ?? `Nothing was changed. Planned: ${view.willDo}.`}`));
    tellCommand('The page:', file);
    if (view.nothingToDo === null) tellCommand('To apply exactly this plan, within an hour:', command);
  }
  if (open) await openInBrowser(file);
}

/** The command that was given, as an import. */
function approvingCommand(digest: string): string {
  const [, ...rest] = givenArguments();
  return sameCommand(['import', ...rest], {
    without: ['--html'],
    withoutFlags: ['--open', '--json'],
    plus: ['--approve', digest],
  });
}
