// A plan in words, whole, for everybody who shows it: an agent's result, the question to a person, a terminal.
import { quotedWhole } from '../codec/safe-text.ts';
import type { Lacks } from './lacks.ts';
import type { Plan } from './plan.ts';
import type { SentenceKind } from './sentences.ts';
import { isChanging, type StepAction } from './step.ts';

export interface ViewLine {
  /** `+ ~ * -` for what happens to a component, `=` for what stays, `!` for what is allowed, `?` for what to know. */
  mark: '+' | '~' | '*' | '-' | '=' | '!' | '?';
  text: string;
  /** Whether it is among what can do most harm. */
  risky: boolean;
}

export interface ViewSection {
  title: string;
  lines: readonly ViewLine[];
  /** Whether it still matters once the plan is applied. */
  lasting: boolean;
}

/** What happens to a component; every other sentence says what becomes possible. */
const EVENTS: Partial<Record<SentenceKind, ViewLine['mark']>> = {
  add: '+',
  code: '~',
  policy: '*',
  remove: '-',
};
const RISKY = new Set<SentenceKind>(['no-policy', 'write', 'secrets']);
const MOST_LACKS = 20;
const MOST_WARNINGS = 50;

const WILL = {
  add: 'to add',
  replace: 'to get new code',
  'update-policy': 'to get other permissions',
  remove: 'to remove',
  unchanged: 'unchanged',
  skip: 'kept as they are',
} as const;
const DONE = {
  ...WILL,
  add: 'added',
  replace: 'with new code',
  'update-policy': 'with other permissions',
  remove: 'removed',
} as const;

/** How many components each action is for; actions for none are left out. */
export function countSteps(plan: Plan): Partial<Record<StepAction, number>> {
  const counts: Partial<Record<StepAction, number>> = {};
  for (const { action } of plan.steps) counts[action] = (counts[action] ?? 0) + 1;
  return counts;
}

/** `2 to add, 1 unchanged`, or of what was done `2 added, 1 unchanged`. */
export function describeCounts(plan: Plan, tense: 'will' | 'done'): string {
  const words = tense === 'will' ? WILL : DONE;
  const counts = Object.entries(countSteps(plan)) as [StepAction, number][];
  return counts.map(([action, count]) => `${count} ${words[action]}`).join(', ') || 'no components';
}

/** Everything a person needs to judge a plan; sections without lines are left out. `notes` are about the snapshot. */
export function viewOf(plan: Plan, notes: readonly string[] = []): ViewSection[] {
  const sections: ViewSection[] = [
    { title: 'This changes:', lines: [...events(plan), ...unchanged(plan)], lasting: false },
    { title: 'This allows on this host:', lines: allowed(plan), lasting: false },
    { title: 'This takes away:', lines: plan.losses.map((text) => line('-', text)), lasting: false },
    {
      title: 'These tools stop working:',
      lines: plan.stopping.map((text) => line('-', text)),
      lasting: true,
    },
    { title: 'This host still lacks:', lines: first(describeLacks(plan.lacks), MOST_LACKS), lasting: true },
    { title: 'Good to know:', lines: first([...notes, ...plan.warnings], MOST_WARNINGS), lasting: true },
  ];
  return sections.filter(({ lines }) => lines.length > 0);
}

/** One line for each thing that this host lacks. */
export function describeLacks(lacks: Lacks): string[] {
  return [
    ...lacks.secrets.map(
      ({ component_id, names }) =>
        `secrets of ${quotedWhole(component_id)}: ${names.map(quotedWhole).join(', ')}`,
    ),
    ...lacks.environment.map((key) => `environment variable ${quotedWhole(key)}`),
    ...lacks.directories.map((directory) => `directory ${quotedWhole(directory)}`),
    ...lacks.tool_collisions.map(
      ({ tool, component_ids }) =>
        `one component for each tool: ${quotedWhole(tool)} would be served by ${component_ids.map(quotedWhole).join(', ')}, and calls of it fail`,
    ),
  ];
}

function events(plan: Plan): ViewLine[] {
  return plan.sentences.flatMap(({ kind, text }) => {
    const mark = EVENTS[kind];
    return mark === undefined ? [] : [line(mark, text)];
  });
}

function unchanged(plan: Plan): ViewLine[] {
  const { unchanged = 0, skip = 0 } = countSteps(plan);
  return [
    ...(unchanged > 0 ? [line('=', `${unchanged} unchanged`)] : []),
    ...(skip > 0 ? [line('=', `${skip} kept as they are`)] : []),
  ];
}

function allowed(plan: Plan): ViewLine[] {
  const gains = plan.sentences.filter(({ kind }) => EVENTS[kind] === undefined);
  if (gains.length > 0) return gains.map(({ kind, text }) => ({ mark: '!', text, risky: RISKY.has(kind) }));
  return plan.steps.some(({ action }) => isChanging(action))
    ? [line('=', 'nothing that was not allowed before')]
    : [];
}

function line(mark: ViewLine['mark'], text: string): ViewLine {
  return { mark, text, risky: false };
}

function first(texts: readonly string[], most: number): ViewLine[] {
  const lines = texts.slice(0, most).map((text) => line('?', text));
  return texts.length > most ? [...lines, line('?', `and ${texts.length - most} more`)] : lines;
}
