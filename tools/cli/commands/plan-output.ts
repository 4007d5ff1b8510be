// Prints plans and results, as JSON or for the terminal.
import { counted, fewOf } from '../../../src/codec/enumeration.ts';
import { safeText } from '../../../src/codec/safe-text.ts';
import { minutesOf } from '../../../src/disk/clock.ts';
import type { Overlay } from '../../../src/plan/overlay/overlay.ts';
import type { Plan } from '../../../src/plan/plan.ts';
import { doneInWords, shownLines, viewOf, type WritingView } from '../../../src/plan/view.ts';
import { shownChange } from '../../../src/plan/words/changes.ts';
import type { ViewLine } from '../../../src/plan/words/lines.ts';
import { timeText } from '../../../src/plan/written-approval/time.ts';
import type { Settled } from '../../../src/site/approval/approval.ts';
import type { EarlierImport } from '../../../src/site/approval/plan-outcome.ts';
import type { ImportResult } from '../../../src/site/import/applying.ts';
import type { CountingApproval } from '../../../src/site/written-approval/found-approvals.ts';
import { whoseInWords } from '../../../src/site/written-approval/whose.ts';
import type { Writing } from '../../../src/site/written-approval/writing.ts';
import { commandLine, type HostFlags } from '../../command-line.ts';
import { isQuiet, print, printJson, styled, tell, tellCommand, warn, wrapped } from '../terminal.ts';

/** @param notes about the snapshot, where they were not printed before */
export function printReview(
  plan: Plan,
  title: string,
  notes: readonly string[] = [],
  writing: WritingView | null = null,
): void {
  const { head, sections, undo } = viewOf(plan, notes, writing);
  print(styled(title, 'bold'));
  for (const { label, value } of head) print(wrapped(`  ${label.padEnd(4)}  `, value));
  for (const section of sections) {
    print(styled(`\n${section.title}`, 'bold'));
    for (const line of shownLines(section)) print(coloured(line));
  }
  if (undo !== null) print(`\n${undo}`);
}

/** A plan that somebody decided about before: with `--quiet` only what still matters once it is applied. */
export function tellReview(plan: Plan, title: string, writing: WritingView | null = null): void {
  if (!isQuiet()) {
    printReview(plan, title, [], writing);
    return;
  }
  for (const section of viewOf(plan, [], writing).sections.filter(({ lasting }) => lasting)) {
    warn(section.title);
    for (const line of shownLines(section)) warn(coloured(line));
  }
}

function coloured({ mark, text, risky }: ViewLine): string {
  const shown = wrapped(`  ${mark} `, text);
  if (risky || mark === '-') return styled(shown, 'red');
  if (mark === '+') return styled(shown, 'green');
  return mark === '~' || mark === '*' ? styled(shown, 'yellow') : shown;
}

/** Why a plan changes nothing. */
export function printNothingToDo(plan: Plan): void {
  tell(`\n${wrapped('', viewOf(plan).nothingToDo ?? '')}`);
}

/** A plan without what only an approval needs. */
export function shownPlan(plan: Plan, writing: Writing | null = null): object {
  const { digest, source, target, options, steps, sentences, signers, lacks, obstacle } = plan;
  return {
    plan_digest: digest,
    source,
    target,
    options: {
      component_ids: options.componentIds,
      skip_existing: options.skipExisting,
      remove_extra: options.removeExtra,
      allow_grants: options.allowGrants.map(({ component_id, entry }) => ({ component_id, uri: entry })),
      ...(options.overlay === undefined ? {} : { overlay: shownOverlay(options.overlay) }),
    },
    steps: steps.map(({ policyMeta, gains, losses, ...step }) => ({
      ...step,
      policy_meta: policyMeta,
      gains: gains.map(shownChange),
      losses: losses.map(shownChange),
    })),
    sentences: sentences.map((sentence) => sentence.text),
    ...(writing === null ? {} : { approved_in_writing: shownWriting(writing) }),
    ...(signers === null ? {} : { signers }),
    lacks,
    obstacle,
    warnings: plan.warnings,
    remarks: plan.fit ?? [],
  };
}

function shownOverlay({ mapDirs, without }: Overlay): object {
  return { map_dirs: mapDirs, without };
}

function shownWriting({ isWhole, by, left, losses, objections }: Writing): object {
  return {
    all: isWhole,
    by: shownApprovals(by),
    not_covered: [...left, ...losses].map(({ text }) => text),
    objections: objections.map(({ file, error }) => ({ file, code: error.code, message: error.message })),
  };
}

function shownApprovals(approvals: readonly CountingApproval[]): object[] {
  return approvals.map(({ file, names, signer, until }) => ({
    file,
    names,
    fingerprint: signer.fingerprint,
    until: timeText(until),
  }));
}

export function printResult(
  { plan, applied, importId, tools, inWriting = [] }: ImportResult & Partial<Settled>,
  options: HostFlags & { json?: boolean },
  verb: 'Imported' | 'Undone',
): void {
  if (options.json) {
    printJson({
      ...shownPlan(plan),
      applied: applied.length,
      undo_record: importId,
      ...(inWriting.length === 0 ? {} : { approved_by: shownApprovals(inWriting) }),
      tools_available: tools,
    });
    return;
  }
  if (importId === null) {
    printNothingToDo(plan);
    return;
  }
  tell(`\n${verb}: ${counted(applied.length, 'component')} changed.`);
  for (const approval of inWriting) tell(wrapped('Approved in writing by ', whoseInWords(approval)));
  tellTools(tools);
  if (verb === 'Imported') tellCommand('To take this back:', commandLine(['undo'], options));
}

/** What an earlier call with the same approval did. */
export function printEarlier(earlier: EarlierImport, options: HostFlags & { json?: boolean }): void {
  const { importId, appliedAt, source, components, changedSince, tools, isNextToUndo } = earlier;
  if (options.json) {
    printJson({
      already_applied: true,
      plan_digest: earlier.planDigest,
      source,
      applied: components.length,
      applied_at: new Date(appliedAt * 1000).toISOString(),
      undo_record: importId,
      changed_since: changedSince,
      tools_available: tools,
    });
    return;
  }
  const what = `${doneInWords(components)}, from ${safeText(source, 80)}`;
  tell(wrapped('', `Already applied, ${minutesOf(appliedAt)}: ${what}. Nothing was done again.`));
  if (changedSince.length > 0) warn(wrapped('note: ', `changed again since then: ${fewOf(changedSince)}`));
  tellTools(tools);
  if (isNextToUndo) tellCommand('To take this back:', commandLine(['undo'], options));
}

function tellTools(tools: ImportResult['tools']): void {
  if (tools === null) tell('Wassette reads its directory when it starts: a client that you open starts it.');
  else
    tell(
      wrapped(
        'Tools of these components available now: ',
        tools.map((tool) => safeText(tool, 128)).join(', ') || 'none',
      ),
    );
}
