// Lays out what differs between two states for a page, as a plan is laid out: by what can be lost through it.
import { quotedWhole } from '../../src/codec/safe-text.ts';
import type { StatesDifference } from '../../src/diff.ts';
import type { ComponentDifference } from '../../src/plan/comparison/state-difference.ts';
import type { Uncompared } from '../../src/plan/comparison/uncompared.ts';
import { sectionOfFit } from '../../src/plan/view.ts';
import { withNames } from '../../src/plan/words/fit.ts';
import { linesWith, type ViewLine } from '../../src/plan/words/lines.ts';
import { isRisky, type StakeKind } from '../../src/plan/words/stakes.ts';
import {
  codeLinesOf,
  lastImportInWords,
  NO_PATCH,
  secretLinesOf,
  toolLinesOf,
  uncomparedAndHelp,
  verdictOn,
} from '../difference-words.ts';
import { blocksOf, byHarm } from './blocks.ts';
import type { Block, Line, Review } from './review.ts';

export function reviewOfDifference(difference: StatesDifference): Review {
  const { from, to, isHost, components, uncompared, notes } = difference;
  const sections = [
    { title: 'This is new', lines: components.flatMap(newLines) },
    { title: 'This is taken away', lines: components.flatMap(goneLines) },
    sectionOfFit(withNames(components)),
    { title: 'Stored secrets', lines: components.flatMap(secretLines) },
    { title: 'Good to know', lines: linesWith('?', notes) },
  ];
  return {
    title: 'Wassette tools',
    summary: verdictOn(difference),
    facts: [
      { label: 'From', value: from },
      { label: 'To', value: to },
      ...(isHost ? [{ label: 'Last import there', value: lastImportInWords(difference) }] : []),
    ],
    approving: null,
    blocks: byHarm([...uncomparedIn(uncompared), ...sections.flatMap(blocksOf), ...policyTexts(components)]),
    end: null,
  };
}

function uncomparedIn(uncompared: readonly Uncompared[]): Block[] {
  const lines = uncompared.map((part) => ({ subjects: [], text: uncomparedAndHelp(part), risky: true }));
  const why = 'nobody can say that it is what was agreed on';
  return lines.length === 0 ? [] : [{ tone: 'danger', title: 'Not compared', why, lines }];
}

/** What it runs, is told of or may do now, and did not before. */
function newLines(component: ComponentDifference): ViewLine[] {
  const { action, code, policy } = component;
  const runs = action === 'removed' ? [] : codeLines(component, '~', 'code');
  // What is said of other code came with it.
  const told = toolLinesOf(component).map((text) =>
    lineOn(component, '!', code === null ? 'tools' : 'code', text),
  );
  const gains = policy?.gains ?? [];
  return [...runs, ...told, ...gains.map((text, i) => lineOn(component, '!', policy!.gainKinds[i]!, text))];
}

function goneLines(component: ComponentDifference): ViewLine[] {
  const losses = component.policy?.losses ?? [];
  return [
    ...(component.action === 'removed' ? codeLines(component, '-', null) : []),
    ...losses.map((text) => lineOn(component, '-', null, text)),
  ];
}

function secretLines(component: ComponentDifference): ViewLine[] {
  return secretLinesOf(component).map((text) => lineOn(component, '*', null, text));
}

function codeLines(
  component: ComponentDifference,
  mark: ViewLine['mark'],
  kind: StakeKind | null,
): ViewLine[] {
  const { action } = component;
  return codeLinesOf(component).map((text, i) =>
    lineOn(component, mark, kind, i === 0 && action !== 'changed' ? `${action}; ${text}` : text),
  );
}

function lineOn(
  { component_id }: ComponentDifference,
  mark: ViewLine['mark'],
  kind: StakeKind | null,
  predicate: string,
): ViewLine {
  const subject = quotedWhole(component_id);
  const risky = kind !== null && isRisky(kind);
  return { mark, text: `${subject} ${predicate}`, risky, kind, subjects: [subject], predicate };
}

/** What is all new or all gone is said above. */
function policyTexts(components: readonly ComponentDifference[]): Block[] {
  const lines = components.flatMap(({ component_id, action, policy }): Line[] => {
    const line = { subjects: [quotedWhole(component_id)], risky: false };
    if (policy?.patch === null) return [{ ...line, text: NO_PATCH }];
    return policy?.patch && action === 'changed' ? [{ ...line, text: '', file: policy.patch.trimEnd() }] : [];
  });
  return lines.length === 0 ? [] : [{ tone: 'plain', title: 'Texts of policies', why: null, lines }];
}
