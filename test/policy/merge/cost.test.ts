// How much is read to join policies: what somebody else wrote must not make a merge endless.
import { expect, it, vi } from 'vitest';
import { mergePolicies } from '../../../src/policy/merge/merge.ts';

const charactersRead = vi.hoisted(() => ({ count: 0 }));
vi.mock('../../../src/codec/yaml/reader.ts', async (original) => {
  const reader = await original<typeof import('../../../src/codec/yaml/reader.ts')>();
  const readYaml = (text: string, ...rest: []) => {
    charactersRead.count += text.length;
    return reader.readYaml(text, ...rest);
  };
  return { ...reader, readYaml };
});

it('a policy of many changes is read a few times, and not once for each of them', () => {
  const hosts = (...names: string[]) =>
    `version: "1.0"\npermissions:\n  network:\n    allow:\n${names.map((name) => `      - host: ${name}\n`).join('')}`;
  const many = Array.from({ length: 200 }, (_, i) => `n${i}.example`);
  const keys = many.map((_, i) => `later${i}: x\n`).join('');
  const theirs = hosts('a', ...many) + keys;
  const { text } = mergePolicies({ base: hosts('a'), ours: hosts('a', 'b'), theirs });
  expect(text).toBe(hosts('a', 'b', ...many) + keys);
  expect(charactersRead.count).toBeLessThan(30 * theirs.length);
});
