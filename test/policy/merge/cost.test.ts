// How much is read to join policies: what somebody else wrote must not make a merge endless.
import { expect, it, vi } from 'vitest';
import { mergePolicies } from '../../../src/policy/merge/merge.ts';
import { readPolicyWithTree } from '../../../src/policy/policy.ts';
import { readDocument } from '../../../src/snapshot/document.ts';
import { mergedDocument } from '../../../src/snapshot/merge/documents.ts';
import { PoliciesWithTrees } from '../../../src/snapshot/policies.ts';
import { documentOf } from '../../fixtures/document.ts';

const charactersRead = vi.hoisted(() => ({ count: 0 }));
vi.mock('../../../src/codec/yaml/reader.ts', async (original) => {
  const reader = await original<typeof import('../../../src/codec/yaml/reader.ts')>();
  const readYaml = (text: string, ...rest: []) => {
    charactersRead.count += text.length;
    return reader.readYaml(text, ...rest);
  };
  return { ...reader, readYaml };
});

const read = (text: string) => readPolicyWithTree(text, { componentId: 'tool' });
const hosts = (...names: string[]) =>
  `version: "1.0"\npermissions:\n  network:\n    allow:\n${names.map((name) => `      - host: ${name}\n`).join('')}`;

it('policies that were read are not read again: of what comes of them, each text is read once', () => {
  const many = Array.from({ length: 200 }, (_, i) => `n${i}.example`);
  const keys = many.map((_, i) => `later${i}: x\n`).join('');
  const theirs = read(hosts('a', ...many) + keys);
  const [base, ours] = [read(hosts('a')), read(hosts('a', 'b'))];
  charactersRead.count = 0;
  const { text } = mergePolicies({ base, ours, theirs });
  expect(text).toBe(hosts('a', 'b', ...many) + keys);
  // What is added, with the entries and then with the settings.
  expect(charactersRead.count).toBeLessThan(3 * theirs.text.length);
});

it('snapshots that were read for a merge are joined by reading each joined policy once', () => {
  const known = new PoliciesWithTrees();
  const ids = ['a', 'b', 'c'];
  const made = (...more: string[]) =>
    readDocument(documentOf(ids.map((id) => ({ id, policy: hosts(id, ...more) }))), known);
  const sides = { base: made(), ours: made('one'), theirs: made('two') };
  const joined = ids.map((id) => hosts(id, 'one', 'two'));
  charactersRead.count = 0;
  const { document } = mergedDocument(sides, new Map());
  expect(document?.tree.components.map(({ policy }) => policy?.content)).toEqual(joined);
  expect(charactersRead.count).toBe(joined.join('').length);
});
