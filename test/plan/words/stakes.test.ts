// What a reader of a long plan is shown first.
import { expect, it } from 'vitest';
import { groupedByStake, isRisky, type StakeKind } from '../../../src/plan/words/stakes.ts';

const ALLOWING: StakeKind[] = [
  'limit',
  'network',
  'dns',
  'environment',
  'read',
  'ipc',
  'deny-removed',
  'runtime',
  'code',
  'write',
  'secrets',
  'unread-secrets',
  'no-policy',
  'signer',
  'tools',
];
const line = (kind: StakeKind | null) => ({ kind });

it('has a title for every kind of line that allows something, most harm first', () => {
  const groups = groupedByStake(ALLOWING.map(line));
  expect(groups.map(({ title }) => title)).toEqual([
    'What models are told of tools',
    'Another signer',
    'Secrets',
    'Files that can be changed',
    'New code',
    'Files that can be read',
    'Variables that can be read',
    'Hosts that can be reached',
    'Limits',
  ]);
  expect(groups.flatMap(({ lines }) => lines)).toHaveLength(ALLOWING.length);
});

it('says why for those that can do most harm, and for no others', () => {
  for (const { why, lines } of groupedByStake(ALLOWING.map(line)))
    for (const { kind } of lines) expect(why !== null, kind!).toBe(isRisky(kind!));
  expect(ALLOWING.filter(isRisky).sort()).toEqual([
    'no-policy',
    'secrets',
    'signer',
    'tools',
    'unread-secrets',
    'write',
  ]);
});

it('keeps the order of the plan within a stake, and puts last what is about none', () => {
  const [files, rest] = groupedByStake([
    { kind: null, n: 1 },
    { kind: 'write' as const, n: 2 },
    { kind: 'write' as const, n: 3 },
    { kind: 'add' as const, n: 4 },
  ]);
  expect(files!.lines.map(({ n }) => n)).toEqual([2, 3]);
  expect(rest).toMatchObject({ title: null, why: null, lines: [{ n: 1 }, { n: 4 }] });
});
