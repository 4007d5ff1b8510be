import { describe, expect, it } from 'vitest';
import { ToolCacheSchema } from '../../src/snapshot/schema.ts';
import { cachedToolNames, cachedTools, toolCacheFor } from '../../src/snapshot/tool-cache.ts';

/** As Wassette 0.8.0 writes it. */
const cached = {
  component_id: 'other-name',
  tool_schemas: [{ name: 'get-env', inputSchema: { type: 'object' } }],
  function_identifiers: [{ package_name: null, interface_name: null, function_name: 'get-env' }],
  tool_names: ['get-env'],
  validation_stamp: { file_size: 1, mtime: 1_795_420_723, content_hash: null },
  created_at: 1_795_420_724,
};
const wasm = { size: 10, sha256: 'ab'.repeat(32), mtimeSeconds: 1_731_440_000 };
const bytes = (value: unknown) => Buffer.from(JSON.stringify(value));

describe('the names of cached tools', () => {
  it('are read, and are none where the cache is absent or is something else', () => {
    expect(cachedToolNames(bytes(cached))).toEqual(['get-env']);
    for (const broken of [
      undefined,
      Buffer.from('{'),
      bytes(null),
      bytes([]),
      bytes({ tool_names: [1] }),
      Buffer.from([0xff]),
    ])
      expect(cachedToolNames(broken)).toEqual([]);
  });
});

describe('the tools that Wassette lists from a cache', () => {
  const stamped = (stamp: object, more: object = {}) =>
    bytes({ ...cached, ...more, validation_stamp: { ...cached.validation_stamp, ...stamp } });
  const { size: file_size, sha256: content_hash, mtimeSeconds: mtime } = wasm;

  it('are those of a cache whose stamp is that of the code: its hash, or without one its time', () => {
    const tools = { tools: cached.tool_schemas };
    expect(cachedTools(stamped({ file_size, content_hash }), wasm)).toEqual(tools);
    expect(cachedTools(stamped({ file_size, mtime }), wasm)).toEqual(tools);
    expect(cachedTools(stamped({ file_size, content_hash: 'cd'.repeat(32), mtime }), wasm)).toBe('none');
    expect(cachedTools(stamped({ file_size }), wasm)).toBe('none');
    expect(cachedTools(stamped({ mtime }), wasm)).toBe('none');
    expect(cachedTools(undefined, wasm)).toBe('none');
  });

  it('are all that it has, however short its other lists are', () => {
    const short = stamped({ file_size, mtime }, { function_identifiers: [], tool_names: [] });
    expect(cachedTools(short, wasm)).toEqual({ tools: cached.tool_schemas });
  });

  it('are those of a cache of any age and depth that Wassette reads', () => {
    const age = { created_at: 999_999_999_999_999 };
    expect(cachedTools(stamped({ file_size, mtime }, age), wasm)).toEqual({ tools: cached.tool_schemas });
    const deep = [{ name: 'deep', deep: JSON.parse(`${'['.repeat(120)}${']'.repeat(120)}`) as unknown }];
    expect(cachedTools(stamped({ file_size, mtime }, { tool_schemas: deep }), wasm)).toEqual({ tools: deep });
  });

  const plain = stamped({ file_size, mtime }).toString();
  it.each([
    ['a key twice in a schema', plain.replace('"name":', '"name":"x","name":')],
    ['a key that means something else to JavaScript', plain.replace('"name":', '"__proto__":{},"name":')],
    ['a time beyond the numbers of JavaScript', plain.replace('1795420724', '18446744073709551615')],
    ['a list where Wassette also takes an object', `[${plain}]`],
    [
      'a stamp that is such a list',
      plain.replace(/"validation_stamp":\{[^}]*\}/, `"validation_stamp":[10,1]`),
    ],
    ['a field that is missing', plain.replace('"tool_names"', '"names"')],
    ['an end in the middle', plain.slice(0, -1)],
  ])('are not known of a cache with %s: Wassette may take it', (_what, text) => {
    expect(cachedTools(Buffer.from(text), wasm)).toBe('unread');
  });
});

describe('what a snapshot carries of the cache (F-3.6)', () => {
  it('leaves out a cache that is too deep for a document it would be a part of', () => {
    const nested = (depth: number) => JSON.parse(`${'['.repeat(depth)}${']'.repeat(depth)}`) as unknown;
    const carried = (depth: number) =>
      toolCacheFor('probe', bytes({ ...cached, tool_schemas: [{ nested: nested(depth) }] }), wasm)
        .tool_schemas;
    expect(carried(57)).toHaveLength(1);
    expect(carried(58)).toEqual([]);
  });

  it('is the cache under the id and stamp of the code that is really there', () => {
    expect(toolCacheFor('probe', bytes(cached), wasm)).toEqual({
      ...cached,
      component_id: 'probe',
      validation_stamp: { file_size: 10, mtime: 1_731_440_000, content_hash: wasm.sha256 },
    });
  });

  it.each([
    ['absent', undefined],
    ['cut off', Buffer.from('{"component_id":')],
    ['of another shape', bytes({ ...cached, tool_names: 'get-env' })],
    ['without a field that Wassette requires', bytes({ ...cached, created_at: undefined })],
  ])('is an empty one where the cache is %s, so that the draft can read it', (_what, broken) => {
    const metadata = toolCacheFor('probe', broken, wasm);
    expect(metadata).toMatchObject({
      component_id: 'probe',
      tool_names: [],
      tool_schemas: [],
      created_at: 1_731_440_000,
    });
    expect(ToolCacheSchema.safeParse(metadata).success).toBe(true);
  });
});
