// A plan as a person reviews it in a terminal: what happens to each component, what it allows, what is missing.
import { safeText } from '../src/codec/safe-text.ts';
import type { GainKind } from '../src/model/gains.ts';
import type { Lacks } from '../src/model/lacks.ts';
import type { Plan } from '../src/model/plan.ts';
import type { SentenceKind } from '../src/model/sentences.ts';
import { isChanging, type PlanStep } from '../src/model/step.ts';
import { bytes, print, styled, wrapped } from './terminal.ts';

const MARKS = {
  add: '+',
  replace: '~',
  'update-policy': '*',
  remove: '-',
  unchanged: '=',
  skip: '=',
} as const;
const WORDS = {
  add: 'new',
  replace: 'new code',
  'update-policy': 'other permissions',
  remove: 'removed',
  unchanged: 'unchanged',
  skip: 'kept as it is',
} as const;
const SHOWN_STEPS = 40;

/** What a loss is called; its value follows. */
const LOST: Record<GainKind, string> = {
  network: 'network',
  read: 'reading',
  write: 'writing',
  environment: 'environment variable',
  ipc: 'ipc',
  'deny-removed': 'freedom from the deny entry',
  limit: 'limit of',
  runtime: 'runtime settings',
  'no-policy': 'every environment variable; policy before:',
  secrets: 'secret',
  code: 'code',
};

/** Sentences that say what happens, not what becomes possible. */
const EVENTS = new Set<SentenceKind>(['add', 'remove', 'policy']);

export function printReview(plan: Plan, title: string): void {
  print(styled(title, 'bold'));
  print(wrapped('  into  ', safeText(plan.target, 400)));
  print(wrapped('  from  ', plan.source));
  print('');
  printSteps(plan.steps);
  const gains = plan.sentences.filter((sentence) => !EVENTS.has(sentence.kind));
  if (gains.length > 0) {
    print(styled('\nThis allows on this host:', 'bold'));
    for (const { text, kind } of gains) print(mark(wrapped('  ! ', text), kind));
  } else if (plan.sentences.length > 0) print('\nThis allows nothing that was not allowed before.');
  const losses = plan.steps.flatMap((step) =>
    step.losses.map((loss) => ({ id: step.component_id, ...loss })),
  );
  if (losses.length > 0) {
    print(styled('\nThis takes away:', 'bold'));
    for (const { id, kind, value } of losses)
      print(wrapped('  - ', safeText(`${id}: ${LOST[kind]} ${value}`.trim(), 300)));
  }
  printLacks(plan.lacks);
  if (plan.warnings.length > 0) {
    print(styled('\nGood to know:', 'bold'));
    for (const warning of plan.warnings.slice(0, 20)) print(wrapped('  ? ', warning));
    if (plan.warnings.length > 20) print(`    … and ${plan.warnings.length - 20} more (see --json)`);
  }
}

function printSteps(steps: readonly PlanStep[]): void {
  const changing = steps.filter(({ action }) => isChanging(action));
  for (const { component_id, action, wasm } of changing.slice(0, SHOWN_STEPS)) {
    const size = wasm.new === null || action === 'update-policy' ? '' : `, ${bytes(wasm.new.size)}`;
    const line = `  ${MARKS[action]} ${safeText(component_id, 40).padEnd(28)} ${WORDS[action]}${size}`;
    print(
      action === 'remove'
        ? styled(line, 'red')
        : action === 'add'
          ? styled(line, 'green')
          : styled(line, 'yellow'),
    );
  }
  if (changing.length > SHOWN_STEPS) print(`    … and ${changing.length - SHOWN_STEPS} more (see --json)`);
  for (const action of ['unchanged', 'skip'] as const) {
    const count = steps.filter((step) => step.action === action).length;
    if (count > 0) print(styled(`  ${MARKS[action]} ${count} ${WORDS[action]}`, 'dim'));
  }
}

export function printLacks(lacks: Lacks): void {
  const lines = [
    ...lacks.secrets.map(({ component_id, names }) => `secrets of ${component_id}: ${names.join(', ')}`),
    ...lacks.environment.map((key) => `environment variable ${key}`),
    ...lacks.directories.map((directory) => `directory ${directory}`),
    ...lacks.tool_collisions.map(
      ({ tool, component_ids }) => `tool name "${tool}" is served by several: ${component_ids.join(', ')}`,
    ),
  ];
  if (lines.length === 0) return;
  print(styled('\nThis host still lacks:', 'bold'));
  for (const line of lines.slice(0, 20)) print(wrapped('  ? ', safeText(line, 300)));
  if (lines.length > 20) print(`    … and ${lines.length - 20} more (see --json)`);
}

function mark(line: string, kind: SentenceKind): string {
  return kind === 'no-policy' || kind === 'write' || kind === 'secrets' ? styled(line, 'red') : line;
}
