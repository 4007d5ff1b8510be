// Puts a whole plan into words for everyone who shows it: an agent's result, the question to a person, a terminal. These
// lay it out, and add only what their reader can do.
import { firstFew } from '../codec/enumeration.ts';
import { quotedWhole, safeText } from '../codec/safe-text.ts';
import type { Plan } from './plan.ts';
import { isChanging, type PlanStep, type StepAction } from './step.ts';
import type { Lacks } from './warnings/lacks.ts';
import { type ShownChange, shownChange } from './words/changes.ts';
import { lacksInWords } from './words/lacks.ts';
import { linesOf, linesWith, type ViewLine } from './words/lines.ts';
import { type EventKind, isEvent, type Sentence } from './words/sentences.ts';
import { signersInWords } from './words/signers.ts';
import { isRisky } from './words/stakes.ts';

/** What approvals in writing say of a plan. */
export interface WritingView {
  /** The sentences that have to be approved in another way, and what is taken away besides. */
  readonly left: readonly Sentence[];
  readonly losses: readonly Sentence[];
  /** Whether there are none. */
  readonly isWhole: boolean;
  /** How much they cover, and whose they are. */
  readonly lines: readonly string[];
  /** Which do not count, and why. */
  readonly warnings: readonly string[];
}

export interface PlanView {
  /** `sha256:<hex>`. */
  digest: string;
  /** The snapshot's digest, or the name of what an undo takes back. */
  source: string;
  /** Who signed the snapshot, in words that follow "signed by"; null where nobody has and nobody had. */
  signed: string | null;
  /** Where it goes, where it comes from, who signed that and which plan it is; an undo comes from no snapshot. */
  head: readonly { label: 'into' | 'from' | 'by' | 'plan'; value: string }[];
  /** How many components each action is for; actions for none are left out. */
  counts: Partial<Record<StepAction, number>>;
  /** `2 to add, 1 unchanged`. */
  willDo: string;
  /** `2 added, 1 unchanged`. */
  hasDone: string;
  /** Why there is nothing to approve; null where there is something. */
  nothingToDo: string | null;
  /** Those that change something first. */
  steps: readonly StepView[];
  /** Every sentence that an approval has to accept; none where all of it is approved in writing. */
  accept: readonly string[];
  /** Why it cannot be applied now; null where it can, or there is nothing to apply. */
  obstacle: string | null;
  /** Whether all of it is approved in writing, so that nobody is asked. */
  isInWriting: boolean;
  /** Those without lines are left out. */
  sections: readonly ViewSection[];
  losses: readonly string[];
  stopping: readonly string[];
  lacks: Lacks;
  /** How what is allowed fits what the code can do. */
  fit: readonly string[];
  /** Those about the snapshot before those about the plan. */
  warnings: readonly string[];
  undoable: boolean;
  /** The same in words; null where there is nothing to approve. */
  undo: string | null;
}

interface StepView extends Pick<PlanStep, 'component_id' | 'action' | 'wasm' | 'policy'> {
  gains: readonly ShownChange[];
  losses: readonly ShownChange[];
  /** The sentences that are approved with it; some are about other components as well. */
  sentences: readonly string[];
}

export interface ViewSection {
  title: string;
  lines: readonly ViewLine[];
  /** How many of the lines a text shows; null for all of them. */
  most: number | null;
  /** Whether it still matters once the plan is applied. */
  lasting: boolean;
}

const MARKS: Record<EventKind, ViewLine['mark']> = {
  add: '+',
  code: '~',
  policy: '*',
  'stored-secrets': '*',
  remove: '-',
};

const WILL: Record<StepAction, string> = {
  add: 'to add',
  replace: 'to get new code',
  'update-policy': 'to get other permissions',
  'update-secrets': 'to get other secrets',
  remove: 'to remove',
  unchanged: 'unchanged',
  skip: 'kept as they are',
};
const DONE: Record<StepAction, string> = {
  ...WILL,
  add: 'added',
  replace: 'with new code',
  'update-policy': 'with other permissions',
  'update-secrets': 'with other secrets',
  remove: 'removed',
};

/**
 * Everything a person needs to judge a plan. What approvals in writing cover is left out, unless that is all of it.
 * @param notes about the snapshot
 */
export function viewOf(
  whole: Plan,
  notes: readonly string[] = [],
  writing: WritingView | null = null,
): PlanView {
  const isInWriting = writing?.isWhole ?? false;
  const plan =
    writing === null || isInWriting ? whole : { ...whole, sentences: writing.left, losses: writing.losses };
  const counts = countsOf(plan.steps);
  const warnings = [...notes, ...(writing?.warnings ?? []), ...plan.warnings];
  const losses = plan.losses.map(({ text }) => text);
  // Who approved in writing has seen it; and of what is covered nothing is repeated.
  const fit = (writing?.lines ?? []).length > 0 ? [] : (plan.fit ?? []);
  const isIdle = whole.sentences.length === 0;
  const obstacle = isIdle ? null : plan.obstacle;
  return {
    digest: plan.digest,
    source: plan.source,
    signed: plan.signers && signersInWords(plan.signers),
    head: headOf(plan),
    counts,
    willDo: countsInWords(counts, WILL),
    hasDone: countsInWords(counts, DONE),
    nothingToDo: isIdle ? nothingToDo(plan) : null,
    steps: stepsOf(plan),
    accept: isInWriting ? [] : plan.sentences.map(({ text }) => text),
    obstacle,
    isInWriting,
    sections: [
      section(
        'This cannot be applied now:',
        obstacle === null ? [] : linesWith('?', [obstacle]).map((line) => ({ ...line, risky: true })),
      ),
      section('Approved in writing:', linesWith('=', writing?.lines ?? [])),
      section('This changes:', [...events(plan), ...unchanged(plan.steps)]),
      section('This allows on this host:', allowed(plan, (writing?.lines ?? []).length > 0)),
      section(
        'This takes away:',
        linesOf(plan, plan.losses, () => '-'),
      ),
      { ...section('These tools stop working:', linesWith('-', plan.stopping)), lasting: true },
      sectionOfLacks(plan.lacks),
      sectionOfFit(fit),
      { ...section('Good to know:', linesWith('?', warnings)), most: 50, lasting: true },
    ].filter(({ lines }) => lines.length > 0),
    losses,
    stopping: plan.stopping,
    lacks: plan.lacks,
    fit,
    warnings,
    undoable: plan.undoable,
    undo: isIdle ? null : undoOf(plan),
  };
}

export function sectionOfLacks(lacks: Lacks): ViewSection {
  return {
    ...section('This host still lacks:', linesWith('?', lacksInWords(lacks))),
    most: 20,
    lasting: true,
  };
}

export function sectionOfFit(fit: readonly string[]): ViewSection {
  return { ...section('How this fits the code:', linesWith('?', fit)), most: 10 };
}

/** The lines that a text shows: the first ones, and how many more there are. */
export function shownLines({ lines, most }: ViewSection): readonly ViewLine[] {
  if (most === null) return lines;
  const { first, more } = firstFew(lines, most);
  return more === null ? first : [...first, ...linesWith('?', [more])];
}

function headOf({ target, source, signers, digest }: Plan): PlanView['head'] {
  const signed = signers && signersInWords(signers);
  return [
    { label: 'into', value: safeText(target, 4_096) },
    ...(source.startsWith('sha256:') ? [{ label: 'from' as const, value: source }] : []),
    ...(signed === null ? [] : [{ label: 'by' as const, value: signed }]),
    { label: 'plan', value: digest },
  ];
}

/** How many components each action is for. */
export function countsOf(steps: readonly { action: StepAction }[]): PlanView['counts'] {
  const counts: PlanView['counts'] = {};
  for (const { action } of steps) counts[action] = (counts[action] ?? 0) + 1;
  return counts;
}

function countsInWords(counts: PlanView['counts'], words: Record<StepAction, string>): string {
  const each = Object.entries(counts) as [StepAction, number][];
  return each.map(([action, count]) => `${count} ${words[action]}`).join(', ') || 'no components';
}

/** `2 added, 1 unchanged`. */
export function doneInWords(steps: readonly { action: StepAction }[]): string {
  return countsInWords(countsOf(steps), DONE);
}

function stepsOf({ steps, sentences }: Plan): StepView[] {
  const said = new Map<string, string[]>(steps.map(({ component_id }) => [component_id, []]));
  for (const { component_ids, text } of sentences) for (const id of component_ids) said.get(id)!.push(text);
  return steps
    .map(({ component_id, action, wasm, policy, gains, losses }) => ({
      component_id,
      action,
      wasm,
      policy,
      gains: gains.map(shownChange),
      losses: losses.map(shownChange),
      sentences: said.get(component_id)!,
    }))
    .sort((a, b) => Number(isChanging(b.action)) - Number(isChanging(a.action)));
}

/** "Already runs that state" is true only when everything is the same. */
function nothingToDo({ steps, options }: Plan): string {
  if (steps.length === 0) return 'Nothing to do: there is no component to import.';
  const skipped = steps.filter(({ action }) => action === 'skip').length;
  if (skipped > 0) {
    return skipped === steps.length
      ? 'Nothing to do: this host already has every component, and each is left alone, whether or not it is the same.'
      : `Nothing to do: this host already has ${skipped} of ${steps.length} components, which are left alone, whether or not they are the same; the others are the same.`;
  }
  if (options.overlay !== undefined)
    return 'Nothing to do: what the snapshot and the overlay say is already here.';
  return options.componentIds === null
    ? 'Nothing to do: what is installed here is that state already.'
    : 'Nothing to do: the chosen components are already here as they are in the snapshot.';
}

function undoOf({ undoable }: Plan): string {
  return undoable
    ? 'It can be taken back afterwards; the result says how.'
    : 'It cannot be taken back by an undo.';
}

function section(title: string, lines: readonly ViewLine[]): ViewSection {
  return { title, lines, most: null, lasting: false };
}

function events(plan: Plan): ViewLine[] {
  return linesOf(plan, plan.sentences, ({ kind }) => (isEvent(kind) ? MARKS[kind] : null));
}

function unchanged(steps: readonly PlanStep[]): ViewLine[] {
  return (['unchanged', 'skip'] as const).flatMap((action) => {
    const ids = steps.filter((step) => step.action === action).map(({ component_id }) => component_id);
    if (ids.length === 0) return [];
    const lines = linesWith('=', [`${ids.length} ${WILL[action]}`]);
    return lines.map((line) => ({ ...line, subjects: ids.map(quotedWhole) }));
  });
}

function allowed(plan: Plan, isCoveredInPart: boolean): ViewLine[] {
  const gains = linesOf(plan, plan.sentences, ({ kind }) => (isEvent(kind) ? null : '!'));
  if (gains.length > 0) return gains.map((line) => ({ ...line, risky: isRisky(line.kind!) }));
  const nothing = isCoveredInPart
    ? 'nothing else that was not allowed before'
    : 'nothing that was not allowed before';
  return plan.steps.some(({ action }) => isChanging(action)) ? linesWith('=', [nothing]) : [];
}
