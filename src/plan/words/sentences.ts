// Makes the sentences of a plan, which a person approves: one for each thing that changes or is gained (FORMAT.md F-9).
import { quotedWhole } from '../../codec/safe-text.ts';
import type { RightsChangeKind } from '../../policy/gains.ts';
import type { PlanStep } from '../step.ts';
import { type Directories, gainInWords, hashInWords, lossInWords } from './changes.ts';

/** What a sentence is about. */
export type SentenceKind = RightsChangeKind | 'add' | 'remove' | 'policy' | 'stored-secrets' | 'signer';

/** Kinds that say what happens to a component; every other says what becomes possible. */
const EVENTS = ['add', 'code', 'policy', 'stored-secrets', 'remove'] as const satisfies SentenceKind[];
export type EventKind = (typeof EVENTS)[number];

export function isEvent(kind: SentenceKind): kind is EventKind {
  return EVENTS.some((event) => event === kind);
}

/** One thing that a plan allows or takes away, of one or several components. */
export interface Sentence {
  kind: SentenceKind;
  /** None where it is about the snapshot. */
  component_ids: readonly string[];
  /** Safe to show: on one line, nothing invisible in it. */
  text: string;
}

/** A statement about one component. */
interface Statement {
  kind: SentenceKind;
  subject: string;
  predicate: string;
}

/** Never made about several components at once: a person decides on each. */
const SINGLE = new Set<SentenceKind>([
  'write',
  'runtime',
  'no-policy',
  'secrets',
  'unread-secrets',
  'stored-secrets',
  'code',
]);

/** Every sentence of a plan, in the order of its steps; none when nothing changes. */
export function describeSteps(steps: readonly PlanStep[], directories: Directories): Sentence[] {
  const said = new Map<
    string,
    { kind: SentenceKind; ids: string[]; subjects: string[]; predicate: string }
  >();
  for (const step of steps) {
    const id = step.component_id;
    for (const { kind, subject, predicate } of statementsOn(step, directories)) {
      const key = SINGLE.has(kind) ? `${kind} ${predicate} ${id}` : `${kind} ${predicate}`;
      const entry = said.get(key) ?? { kind, ids: [], subjects: [], predicate };
      // The steps come one by one.
      if (entry.ids.at(-1) !== id) {
        entry.ids.push(id);
        entry.subjects.push(subject);
      }
      said.set(key, entry);
    }
  }
  return [...said.values()].map(({ kind, ids, subjects, predicate }) => ({
    kind,
    component_ids: ids,
    text: `${subjects.join(', ')} ${predicate}`,
  }));
}

/** What the steps take away: one sentence for each thing and component. */
export function describeLosses(steps: readonly PlanStep[], directories: Directories): Sentence[] {
  return steps.flatMap(({ component_id, losses }) =>
    losses.map((loss) => ({
      kind: loss.kind,
      component_ids: [component_id],
      text: `${quotedWhole(component_id)} ${lossInWords(loss, directories)}`,
    })),
  );
}

/** A sentence in two: the components as it names them, and what it says of each. One about none is whole. */
export function inParts(
  { kind, component_ids, text }: Sentence,
  stepOf: (id: string) => PlanStep | undefined,
): { subjects: readonly string[]; predicate: string } {
  const subjects = component_ids.map((id) => subjectOf(kind, id, stepOf(id)));
  const start = `${subjects.join(', ')} `;
  return subjects.length > 0 && text.startsWith(start)
    ? { subjects, predicate: text.slice(start.length) }
    : { subjects: [], predicate: text };
}

function subjectOf(kind: SentenceKind, id: string, step: PlanStep | undefined): string {
  const code = kind === 'add' ? step?.wasm.new : null;
  return code ? `${quotedWhole(id)} (${hashInWords(code)}, ${code.size} bytes)` : quotedWhole(id);
}

function statementsOn(step: PlanStep, directories: Directories): Statement[] {
  const subject = quotedWhole(step.component_id);
  const isSecret = ({ kind }: { kind: SentenceKind }) => kind === 'secrets';
  const gains = step.gains.filter((gain) => !isSecret(gain));
  const seen = step.gains.filter(isSecret).map((gain) => gain.subject);
  const arriving = new Set(step.secretNames?.added);
  const said = (predicate: string, names: readonly string[], kind: SentenceKind = 'secrets'): Statement[] =>
    names.length === 0
      ? []
      : [{ kind, subject, predicate: `${predicate}: ${names.map(quotedWhole).join(', ')}` }];
  const { added = [], replaced = [], removed = [] } = step.secretNames ?? {};
  return [
    ...eventsOf(step, subject),
    ...said('will get secrets that are not stored here yet', added, 'stored-secrets'),
    ...said('will get other values of secrets stored here', replaced, 'stored-secrets'),
    ...said('will lose secrets stored here', removed, 'stored-secrets'),
    ...unnamed(step, subject),
    ...gains.map((gain) => ({ kind: gain.kind, subject, predicate: gainInWords(gain, directories) })),
    ...said(
      'will see the secrets stored here',
      seen.filter((name) => !arriving.has(name)),
    ),
    ...said(
      'will see the secrets that it gets',
      seen.filter((name) => arriving.has(name)),
    ),
  ];
}

/** Another file with the same secrets, or one that only Wassette reads. */
function unnamed({ secretNames }: PlanStep, subject: string): Statement[] {
  if (secretNames === undefined || Object.values(secretNames).some((names) => names.length > 0)) return [];
  return [{ kind: 'stored-secrets', subject, predicate: 'will get its earlier secrets file back' }];
}

/** What happens to the component's files. New code is a gain, so it is not said here. */
function eventsOf(step: PlanStep, subject: string): Statement[] {
  const { action, policy } = step;
  switch (action) {
    case 'add': {
      const named = subjectOf('add', step.component_id, step);
      return [{ kind: 'add', subject: named, predicate: 'will be installed' }];
    }
    case 'remove':
      return [{ kind: 'remove', subject, predicate: 'will be removed' }];
    case 'replace':
    case 'update-policy': {
      if (action === 'replace' && policy.old?.sha256 === policy.new?.sha256) return [];
      const predicate = policy.new === null ? 'will lose the policy file' : 'will get another policy';
      return [{ kind: 'policy', subject, predicate }];
    }
    default:
      return [];
  }
}
