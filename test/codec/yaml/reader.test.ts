// The dialect alone. What Wassette's parser makes of each text is in the tables of policies and of manifests.
import { describe, expect, it } from 'vitest';
import { YamlTooLarge } from '../../../src/codec/yaml/problem.ts';
import { countLexemes, readYaml } from '../../../src/codec/yaml/reader.ts';

describe('a YAML text', () => {
  it('gives mappings, lists and scalars with the lines and the characters they stand on', () => {
    const text = '# note\nname: tool\nlist:\n  - 0x1F\n  - "no"\nempty:\n';
    const rangeOf = (part: string) => [text.indexOf(part), text.indexOf(part) + part.length];
    const scalar = (value: string, line: number, written = value, plain = true) => ({
      kind: 'scalar',
      text: value,
      plain,
      line,
      range: rangeOf(written),
    });
    const items = [scalar('0x1F', 4), scalar('no', 5, '"no"', false)];
    expect(readYaml(text)).toEqual({
      kind: 'map',
      line: 2,
      range: [text.indexOf('name'), text.length - 1],
      keyLines: new Map([
        ['name', 2],
        ['list', 3],
        ['empty', 6],
      ]),
      keyRanges: new Map(['name', 'list', 'empty'].map((key) => [key, rangeOf(key)])),
      entries: new Map<string, unknown>([
        ['name', scalar('tool', 2)],
        ['list', { kind: 'list', line: 4, items, range: rangeOf('- 0x1F\n  - "no"\n') }],
        ['empty', { ...scalar('', 6), range: [text.length - 1, text.length - 1] }],
      ]),
    });
  });

  it.each([
    ['nothing', '', 1],
    ['only a comment', '# nothing\n', 1],
    ['an anchor', 'a: &x 1\n', 1],
    ['an alias', 'a: 1\nb: *x\n', 2],
    ['a tag', 'a: !!str 1\n', 1],
    ['a second document', 'a: 1\n---\nb: 2\n', 2],
    ['a key twice', 'a: 1\nb: 2\na: 3\n', 3],
    ['a merge key', '<<: {a: 1}\n', 1],
    ['the key __proto__', '__proto__: 1\n', 1],
    ['a mapping as a key', '? {a: 1}\n: 2\n', 1],
    ['an open bracket at its end', 'a: 1\nx: [\n', 2],
    ['a tab for indentation', 'a:\n\tb: 1\n', 2],
    ['an escape character', 'a: 1\nb: x\u001b\n', 2],
  ])('with %s is refused with its line and a hint', (_what, text, line) => {
    expect(() => readYaml(text)).toThrow(
      expect.objectContaining({ line, message: expect.any(String), hint: expect.stringMatching(/./) }),
    );
  });

  it('is never quoted by the problem that refuses it', () => {
    for (const text of ['hunter2: *x\n', 'a: hunter2\na: hunter2\n', 'hunter2: "', '[hunter2\n']) {
      expect(() => readYaml(text)).toThrow(
        expect.objectContaining({ message: expect.not.stringContaining('hunter2') }),
      );
    }
  });

  it('may be as long and as deep as its limits, and no more', () => {
    const lexemes = countLexemes('[a, b]\n', 1_000);
    expect(readYaml('[a, b]\n', lexemes).kind).toBe('list');
    expect(() => readYaml('[a, b]\n', lexemes - 1)).toThrow(YamlTooLarge);
    expect(() => readYaml(`${'['.repeat(10)}${']'.repeat(10)}`)).not.toThrow();
    expect(() => readYaml('['.repeat(1_000_000))).toThrow(YamlTooLarge);
  });
});
