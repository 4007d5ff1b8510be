import { expect, it } from 'vitest';
import { idOfOrigin } from '../../src/deployment/origin-id.ts';

it.each([
  ['file:///srv/tool.wasm', 'tool'],
  ['file:///srv/My.Tool.wasm', 'My.Tool'],
  ['file:///srv/a b/my tool.wasm', 'my tool'],
  ['file:///srv/a%20b.wasm', 'a%20b'],
  ['oci://registry.example/owner/tool:1.2', 'owner_tool'],
  ['oci://registry.example:5000/tool', 'tool'],
  ['oci://localhost/a/b/c', 'a_b_c'],
  [`oci://registry.example/owner/tool:1@sha256:${'a'.repeat(64)}`, 'owner_tool'],
  ['oci://owner/tool:1', 'owner_tool'],
  ['oci://tool', 'library_tool'],
  ['https://example.com/a/foo.wasm?x=1', 'foo'],
  ['https://example.com/a/foo.v1.wasm#x', 'foo.v1'],
  ['https://example.com/foo', 'foo'],
])('%s is installed as %s', (uri, id) => {
  expect(idOfOrigin(uri)).toEqual({ id });
});

it.each([
  'tool.wasm',
  'http://example.com/tool.wasm',
  'ni:///sha-256;x',
  'file://tool.wasm',
  'file:///srv/tool.txt',
  'file:///srv/.wasm',
  'file:///srv/tool.wasm/',
  'file:///srv/tool.WASM',
  'oci://registry.example/',
  'oci://registry.example//tool',
  'oci://registry.example/to ol',
  'https://example.com',
  'https://example.com/',
  'https://example.com/?foo.wasm',
])('%s is loaded by no Wassette', (uri) => {
  expect(idOfOrigin(uri)).toEqual({ problem: expect.stringContaining('uri') });
});
