import { describe, expect, it } from 'vitest';
import { parsePolicyMeta, policyMetaFor } from '../../src/snapshot/policy-meta.ts';

const text = (value: unknown) => Buffer.from(JSON.stringify(value));

describe('where a policy came from', () => {
  it('is read from the two fields that Wassette writes', () => {
    const meta = { source_uri: 'oci://h/p:1', attached_at: 1_731_443_000 };
    expect(parsePolicyMeta(text(meta))).toEqual(meta);
    expect(parsePolicyMeta(text({ source_uri: 'x', other: 1 }))).toEqual({ source_uri: 'x', other: 1 });
  });

  it.each([
    ['absent', undefined],
    ['not JSON', Buffer.from('source_uri: x')],
    ['without source_uri', text({ attached_at: 1 })],
    ['of another shape', text({ source_uri: 1 })],
    ['a list', text([])],
  ])('is unknown where the file is %s', (_what, bytes) => {
    expect(parsePolicyMeta(bytes)).toBeNull();
  });
});

describe('the file that an import restores (F-4.1)', () => {
  it('is what Wassette would have written, to the byte', () => {
    const file = policyMetaFor({ content: '', source_uri: 'https://h/p.yaml', created_at: 1_731_443_000 });
    expect(file?.toString()).toBe('{\n  "source_uri": "https://h/p.yaml",\n  "attached_at": 1731443000\n}');
    expect(parsePolicyMeta(file!)).toEqual({ source_uri: 'https://h/p.yaml', attached_at: 1_731_443_000 });
  });

  it('is none for a policy that was never attached from anywhere', () => {
    expect(policyMetaFor({ content: '', source_uri: 'inline', created_at: 1 })).toBeNull();
  });
});
