import { expect, it } from 'vitest';
import { findTopLevelKey } from '../../../src/codec/json/top-level-key.ts';

/** Whole, and byte by byte: both must come to the same. */
async function find(text: string): Promise<unknown> {
  const bytes = Buffer.from(text);
  const found = await findTopLevelKey([bytes], 'v');
  expect(
    await findTopLevelKey(
      [...bytes].map((byte) => Uint8Array.of(byte)),
      'v',
    ),
  ).toBe(found);
  return found;
}

it.each<[string, unknown]>([
  ['{"v":1,"a":2}', 1],
  ['{"a":2,"v":1.5}', 1.5],
  ['{"v":"1"}', 'a text'],
  ['{"v":null}', null],
  ['{"v":[{"v":2}]}', 'a container'],
  ['{"a":{"v":3},"v":{"v":[]}}', 'a container'],
  ['{"\\u0076":true}', true],
  ['{"a":"v","b":["v",{"v":1}],"vv":1,"w":2,"":3}', undefined],
  ['{"v":2,"v":1}', 2],
  ['{"v":1e400}', undefined],
  ['{}', undefined],
  ['[{"v":1}]', undefined],
])('of %s the top-level key is found', async (text, found) => {
  expect(await find(text)).toBe(found);
});

it.each<[string, string]>([
  ['a duplicate key', '"a":1,"a":2'],
  ['the key __proto__', '"__proto__":{"v":1}'],
  ['a number out of range', '"a":1e400'],
  ['deep nesting', `"a":${'['.repeat(5000)}${']'.repeat(5000)}`],
  ['a long key', `"${'v'.repeat(3000)}":1`],
])('%s before it, and whatever follows it, is no hindrance', async (_name, members) => {
  for (const rest of ['}', '', ',', ' !']) expect(await find(`{${members},"v":2${rest}`)).toBe(2);
  expect(await find(`{${members}}`)).toBeUndefined();
});

it('where the syntax ends before it, it is not found', async () => {
  expect(await find('{"a":x,"v":2}')).toBeUndefined();
  expect(await find('{"v":')).toBeUndefined();
  expect(await find('')).toBeUndefined();
});

it('nothing behind it is read', async () => {
  function* chunks() {
    yield Buffer.from('{"v":2,');
    expect.unreachable();
  }
  expect(await findTopLevelKey(chunks(), 'v')).toBe(2);
});
