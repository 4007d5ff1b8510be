import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseReference } from '../../src/places/reference.ts';
import { failing } from '../fixtures/failing.ts';

const digest = `sha256:${'ab'.repeat(32)}`;
describe('a reference names', () => {
  it.each([
    [digest, digest],
    ['sha256:ababab', 'sha256:ababab'],
    ['ababab', 'ababab'],
    ['weather-desk', 'weather-desk'],
    ['a.b_c-1', 'a.b_c-1'],
  ])('a snapshot of the local store: %s', (text, name) => {
    expect(parseReference(text)).toEqual({ kind: 'store', name });
  });

  it.each([
    ['state.json', path.resolve('state.json')],
    ['./a/../state.json', path.resolve('state.json')],
    ['/srv/state.JSON', '/srv/state.JSON'],
    ['file:///srv/my%20state.json', '/srv/my state.json'],
    ['file:///srv/a/../state.json', '/srv/state.json'],
    ['file://localhost/srv/state.json', '/srv/state.json'],
    ['FILE:///srv/state.json', '/srv/state.json'],
  ])('a file: %s', (text, file) => {
    expect(parseReference(text)).toEqual({ kind: 'file', path: file });
  });
});

it.each([
  ['deployment.yaml', path.resolve('deployment.yaml')],
  ['./a.YML', path.resolve('a.YML')],
  ['/srv/deployment.yaml', '/srv/deployment.yaml'],
  ['file:///srv/my%20tools.yaml', '/srv/my tools.yaml'],
])('a reference names a manifest: %s', (text, file) => {
  expect(parseReference(text)).toEqual({ kind: 'deployment', path: file });
});

describe('a reference is refused', () => {
  it.each([
    'oci://registry.example/a/b:1',
    's3://bucket/x',
    'gs://bucket/x',
    'azblob://account/c',
    'https://example.com/state.json',
    'http://example.com/state.json',
    'state.json.gz',
    'state.json.zst',
    'ftp://example.com/state.json',
    'file://other-host/srv/state.json',
    'file:///srv/state.wasm',
    'file:///srv/%00.json',
    'a/b',
    'C:\\state',
    '/srv/state',
  ])('because the place is unknown or not in this version: %s', (text) => {
    expect(() => parseReference(text)).toThrow(failing('USAGE_UNSUPPORTED_URI'));
  });

  it.each([
    '',
    'a\0.json',
    'sha256',
    'Upper',
    '-x',
    'a'.repeat(65),
    'a b',
    '.hidden',
    'sha256:xyz',
    'sha256:ababa',
  ])('because it is no name: %j', (text) => {
    expect(() => parseReference(text)).toThrow(failing('USAGE_BAD_ARGUMENT'));
  });

  it('and shown in ASCII, without what it may hide', () => {
    try {
      parseReference('\u202eftp://x');
      expect.unreachable();
    } catch (error) {
      expect((error as Error).message).toMatch(/^[\x20-\x7e]+$/);
    }
  });
});
