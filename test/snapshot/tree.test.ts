import { describe, expect, it } from 'vitest';
import type { StringSink, TreeOptions } from '../../src/codec/json/tree.ts';
import { readSnapshotTree } from '../../src/snapshot/tree.ts';
import { failing } from '../fixtures/failing.ts';

const OTHER_VERSION = failing('FORMAT_UNSUPPORTED_VERSION');
const LIMITS = { depth: 8, documentBytes: 1_000_000, values: 100_000 };

function read(text: string, options: Partial<TreeOptions> = {}) {
  return readSnapshotTree(() => [Buffer.from(text)], { limits: LIMITS, ...options });
}

const throwing = (): StringSink => ({
  write: () => {
    throw Object.assign(new Error('too long'), { code: 'FORMAT_LIMIT_EXCEEDED' });
  },
  end: () => 1,
});

it('a tree of version 1 is given as it is', async () => {
  expect(await read('{"a":[2],"version":1}')).toEqual({ a: [2], version: 1 });
});

it.each(['{"version":2}', '{"version":"1"}', '{"version":[1]}', '{"a":{"version":1}}', '{}', '{"version":2'])(
  'another version, or none, is refused: %s',
  async (text) => {
    await expect(read(text)).rejects.toThrowError(OTHER_VERSION);
  },
);

describe.each<[string, string, string, Partial<TreeOptions>]>([
  ['a duplicate key', '"a":1,"a":2', 'FORMAT_INVALID', {}],
  ['a number out of range', '"a":1e400', 'FORMAT_INVALID', {}],
  ['deep nesting', '"a":[[[[[[[[[[]]]]]]]]]]', 'FORMAT_LIMIT_EXCEEDED', {}],
  ['too many values', '"a":[1,2,3,4]', 'FORMAT_LIMIT_EXCEEDED', { limits: { ...LIMITS, values: 4 } }],
  [
    'too many bytes',
    `"a":"${'x'.repeat(300)}"`,
    'FORMAT_LIMIT_EXCEEDED',
    { limits: { ...LIMITS, documentBytes: 99 } },
  ],
])('%s', (_name, members, code, options) => {
  it('is reported after another version, wherever that stands', async () => {
    for (const rest of ['}', '', ',x'])
      await expect(read(`{${members},"version":2${rest}`, options)).rejects.toThrowError(OTHER_VERSION);
    await expect(read(`{"version":2,${members}}`, options)).rejects.toThrowError(OTHER_VERSION);
  });

  it('is reported of version 1, and where no version can be found', async () => {
    const fault = failing(code);
    await expect(read(`{${members},"version":1}`, options)).rejects.toThrowError(fault);
    await expect(read(`{"version":1,${members}}`, options)).rejects.toThrowError(fault);
    for (const rest of ['}', '', ',', ',x', ',"w":{"version":2}}'])
      await expect(read(`{${members}${rest}`, options)).rejects.toThrowError(fault);
  });
});

it('errors that are none of the format pass unchanged', async () => {
  await expect(read('{"a":"x","version":2}', { divert: throwing })).rejects.toThrowError('too long');
});

it('what is no object is no snapshot', async () => {
  const none = failing('FORMAT_NOT_A_SNAPSHOT');
  for (const text of ['', '[1]', 'null', 'version: 2']) await expect(read(text)).rejects.toThrowError(none);
});
