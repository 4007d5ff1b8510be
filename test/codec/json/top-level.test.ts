import { expect, it } from 'vitest';
import { TopLevelReader } from '../../../src/codec/json/top-level.ts';

/** The members, read whole and byte by byte: both must come to the same. */
function membersOf(text: string): [string, unknown][] {
  const bytes = Buffer.from(text);
  const [whole, single] = [[bytes], [...bytes].map((byte) => Uint8Array.of(byte))].map((chunks) => {
    const found: [string, unknown][] = [];
    const reader = new TopLevelReader((key, value) => found.push([key, value]));
    for (const chunk of chunks) reader.push(chunk);
    return found;
  });
  expect(single).toEqual(whole);
  return whole!;
}

it.each<[string, [string, unknown][]]>([
  [
    '{"v":1,"a":-2.5}',
    [
      ['v', 1],
      ['a', -2.5],
    ],
  ],
  [
    '{"v":"1","":"ä\\n"}',
    [
      ['v', '1'],
      ['', 'ä\n'],
    ],
  ],
  [
    '{"v":null,"v":true}',
    [
      ['v', null],
      ['v', true],
    ],
  ],
  [
    '{"v":[{"v":2}],"w":{"v":3}}',
    [
      ['v', {}],
      ['w', {}],
    ],
  ],
  ['{"\\u0076":false}', [['v', false]]],
  ['{"v":1e400,"w":1 }', [['w', 1]]],
  ['{}', []],
  ['[{"v":1}]', []],
  ['"v"', []],
])('of %s the members of the object are told', (text, members) => {
  expect(membersOf(text)).toEqual(members);
});

it.each<[string, string]>([
  ['a duplicate key', '"a":1,"a":2'],
  ['the key __proto__', '"__proto__":{"v":1}'],
  ['a number out of range', '"a":1e400'],
  ['deep nesting', `"a":${'['.repeat(5000)}${']'.repeat(5000)}`],
  ['a long key', `"${'v'.repeat(9000)}":1`],
])('%s before a member is no hindrance', (_name, members) => {
  for (const rest of ['}', ',', ' !']) expect(membersOf(`{${members},"v":2${rest}`).at(-1)).toEqual(['v', 2]);
});

it('of a long text nothing is kept', () => {
  expect(membersOf(`{"v":"${'x'.repeat(9000)}"}`)).toEqual([['v', {}]]);
});

it('where the syntax ends, the reading does', () => {
  const reader = new TopLevelReader(() => expect.unreachable());
  expect(reader.push(Buffer.from('{"a'))).toBe(true);
  expect(reader.push(Buffer.from('":x,"v":2}'))).toBe(false);
  expect(reader.push(Buffer.from('{"v":2}'))).toBe(false);
});
