// Groups what a plan allows, or what differs, by what can be lost through it, so that a reader of many lines finds first what
// matters most.
import type { SentenceKind } from './sentences.ts';

/** What a line puts at stake: a sentence of a plan, or that models are told something else of the tools of the same code. */
export type StakeKind = SentenceKind | 'tools';

/** What can be lost, with the lines that put it at stake. */
interface Stake {
  readonly title: string;
  /** Why it can do most harm; null where it can do less. */
  readonly why: string | null;
  readonly kinds: readonly StakeKind[];
}

/** Most harm first; every kind of sentence that says what becomes possible is in one of them. */
const STAKES: readonly Stake[] = [
  {
    title: 'What models are told of tools',
    why: 'The code is the same, but a model chooses a tool, and fills in its arguments, by what it is told.',
    kinds: ['tools'],
  },
  {
    title: 'Another signer',
    why: 'This name no longer stands for whom it stood for.',
    kinds: ['signer'],
  },
  {
    title: 'Secrets',
    why: 'What a component has seen it can keep, and send wherever it reaches.',
    kinds: ['no-policy', 'secrets', 'unread-secrets'],
  },
  {
    title: 'Files that can be changed',
    why: 'What a component overwrites no undo brings back, and other programs may run what it writes.',
    kinds: ['write'],
  },
  { title: 'New code', why: null, kinds: ['code'] },
  { title: 'Files that can be read', why: null, kinds: ['read'] },
  { title: 'Variables that can be read', why: null, kinds: ['environment'] },
  { title: 'Hosts that can be reached', why: null, kinds: ['network', 'dns'] },
  { title: 'Limits', why: null, kinds: ['runtime', 'deny-removed', 'limit', 'ipc'] },
];

/** Whether it can do most harm, so that whoever decides looks at it first. */
export function isRisky(kind: StakeKind): boolean {
  return STAKES.some(({ why, kinds }) => why !== null && kinds.includes(kind));
}

/** Lines of one stake; of none for lines that are about nothing that can be lost. */
export interface StakeGroup<Line> {
  title: string | null;
  why: string | null;
  lines: readonly Line[];
}

/** Most harm first; lines of no stake last. */
export function groupedByStake<Line extends { kind: StakeKind | null }>(
  lines: readonly Line[],
): StakeGroup<Line>[] {
  const isOf = ({ kind }: Line, kinds: readonly StakeKind[]) => kind !== null && kinds.includes(kind);
  const groups: StakeGroup<Line>[] = STAKES.map(({ title, why, kinds }) => ({
    title,
    why,
    lines: lines.filter((line) => isOf(line, kinds)),
  }));
  const others = lines.filter((line) => !STAKES.some(({ kinds }) => isOf(line, kinds)));
  return [...groups, { title: null, why: null, lines: others }].filter((group) => group.lines.length > 0);
}
