// Files of the earlier Rust draft, as its serde writes them: no digests, Options as null.

import { describe, expect, it } from 'vitest';
import { sha256Hex } from '../../src/codec/digest.ts';
import { openJsonText } from '../../src/places/json/reader.ts';
import { componentBytes } from '../fixtures/components/component.ts';
import { documentOf } from '../fixtures/document.ts';
import { DraftSnapshot } from '../fixtures/draft-structs.ts';
import { failing } from '../fixtures/failing.ts';
import { policyText } from '../fixtures/host.ts';

function draftComponent(id: string, withCode = true) {
  return {
    component_id: id,
    source_uri: `file:///home/someone/${id}.wasm`,
    metadata: {
      component_id: id,
      tool_schemas: [],
      function_identifiers: [],
      tool_names: [],
      validation_stamp: { file_size: componentBytes(id).length, mtime: 1_731_440_000, content_hash: null },
      created_at: 1_731_440_000,
    },
    policy: id === 'a' ? { content: policyText(), source_uri: 'inline', created_at: 1_731_443_000 } : null,
    binary_data: withCode ? componentBytes(id).toString('base64') : null,
    include_binary: withCode,
  };
}

const draft = (components: unknown[]) => ({
  version: 1,
  created_at: 1_731_444_000,
  metadata: null,
  components,
});

describe('a file of the earlier draft (F-5.5)', () => {
  it('is what the fixture says: the draft itself would read it', () => {
    expect(DraftSnapshot.safeParse(draft([draftComponent('a'), draftComponent('b', false)])).success).toBe(
      true,
    );
    expect(DraftSnapshot.safeParse(draft([{ ...draftComponent('a'), metadata: null }])).success).toBe(false);
  });

  it('is read when its code is inside: digests are computed, and a note says so', async () => {
    const opened = await openJsonText(JSON.stringify(draft([draftComponent('b'), draftComponent('a')])));
    expect(opened.content.tree.components.map((c) => [c.component_id, c.artifact.sha256])).toEqual([
      ['a', sha256Hex(componentBytes('a'))],
      ['b', sha256Hex(componentBytes('b'))],
    ]);
    expect(opened.content.tree.state_digest).toBe(
      documentOf([{ id: 'a', policy: policyText() }, { id: 'b' }]).state_digest,
    );
    expect(opened.notes).toEqual([expect.stringContaining('earlier draft')]);
    expect(await opened.blobs.has(opened.content.tree.components[0]!.artifact)).toBe(true);
  });

  it('has no note when the digests were there', async () => {
    expect((await openJsonText(JSON.stringify(documentOf([{ id: 'a' }])))).notes).toEqual([]);
  });

  it('is an error that says what can be done when some of the code is not inside', async () => {
    const text = JSON.stringify(draft([draftComponent('a'), draftComponent('b', false)]));
    await expect(openJsonText(text)).rejects.toThrow(
      failing('VERIFY_PART_MISSING', {
        details: { index: 1 },
        hint: expect.stringContaining('export again'),
      }),
    );
  });

  it('has to satisfy every other rule too', async () => {
    const [a] = [draftComponent('a')];
    const cases: [unknown, string][] = [
      [draft([a, draftComponent('a')]), 'FORMAT_INVALID'],
      [draft([{ ...a, component_id: '../a' }]), 'FORMAT_INVALID_ID'],
      [draft([{ ...a, policy: { ...a!.policy, content: 'version: "2.0"\n' } }]), 'FORMAT_INVALID_POLICY'],
      [draft([{ ...a, metadata: null }]), 'FORMAT_INVALID'],
      [draft([null]), 'FORMAT_INVALID'],
      [{ version: 1, created_at: 1 }, 'FORMAT_INVALID'],
      [{ ...draft([a]), version: 2 }, 'FORMAT_UNSUPPORTED_VERSION'],
    ];
    for (const [tree, expected] of cases)
      await expect(openJsonText(JSON.stringify(tree))).rejects.toThrow(failing(expected));
  });

  it('is not what a file becomes that lost only some of its digests', async () => {
    const { state_digest: _gone, ...withoutState } = documentOf([{ id: 'a' }]);
    await expect(openJsonText(JSON.stringify(withoutState))).rejects.toThrow(failing('FORMAT_INVALID'));
  });
});
