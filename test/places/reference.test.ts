import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { type StateError, UsageError } from '../../src/errors.ts';
import { parseReference, shownReference } from '../../src/places/reference.ts';
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
    ['state.json.gz', path.resolve('state.json.gz')],
    ['/srv/state.JSON.ZST', '/srv/state.JSON.ZST'],
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
    'ftp://example.com/state.json',
    'file://other-host/srv/state.json',
    'file:///srv/state.wasm',
    'file:///srv/%00.json',
    'a/b',
    'C:\\state',
    '/srv/state',
  ])('because the place is unknown: %s', (text) => {
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

  it.each([
    ' https://ada:secret@host.example/x.json',
    'https:/ada:secret@host.example/x.json',
    'https:ada:secret@host.example/x.json',
    '//ada:secret@host.example/x.json',
    '"https://ada:secret@host.example/x.json?secret"',
    '<s3://ada:sec/secret@bucket>',
    'https://ada:pa/secret@host.example/x.json',
    'ftp://ada:pa/secret@host.example/x.json',
    's3://AKIA:wJalr/secret@bucket/team:stable',
    'oci://ada:pa/secret@registry.example/t:1',
  ])('as no path, where a URI was meant, without its password: %s', (text) => {
    const refusal = (() => {
      try {
        return parseReference(text);
      } catch (error) {
        return error as StateError;
      }
    })();
    expect(refusal).toBeInstanceOf(UsageError);
    expect(JSON.stringify([(refusal as Error).message, refusal])).not.toContain('secret');
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

const PIN = `sha256:${'ab'.repeat(32)}`;

it('the beginning of a digest is refused for a registry, with what helps', () => {
  expect(() => parseReference(`oci://h/a@${PIN.slice(0, 19)}`)).toThrow(
    failing('USAGE_BAD_ARGUMENT', { hint: 'give the whole digest, or a tag' }),
  );
});

describe('a reference to a remote place is read into its parts and written again', () => {
  it.each([
    [
      'oci://registry.example/team/tools',
      'oci://registry.example/team/tools:latest',
      ['registry.example', 'team/tools', 'latest', null],
    ],
    [
      'oci://Registry.Example:5000/a:1.0',
      'oci://registry.example:5000/a:1.0',
      ['registry.example:5000', 'a', '1.0', null],
    ],
    [`oci://[::1]:5000/a@${PIN}`, `oci://[::1]:5000/a@${PIN}`, ['[::1]:5000', 'a', null, PIN]],
    [`oci://h/a:1@${PIN}`, `oci://h/a:1@${PIN}`, ['h', 'a', '1', PIN]],
  ])('of an OCI registry: %s', (given, text, [host, repository, tag, digest]) => {
    const isPinned = digest !== null;
    const remote = { scheme: 'oci', host, path: repository };
    expect(parseReference(given)).toEqual({
      kind: 'registry',
      ...{ text, remote, isPinned, host, repository, tag, digest },
    });
  });

  it.each([
    ['s3://bucket', 's3://bucket', ['s3', 'bucket', '', null], { host: 'bucket', path: '' }],
    [
      'S3://bucket/team/tools/',
      's3://bucket/team/tools',
      ['s3', 'bucket', 'team/tools', null],
      { host: 'bucket', path: 'team/tools' },
    ],
    [
      'gs://bucket/a:stable',
      'gs://bucket/a:stable',
      ['gs', 'bucket', 'a', 'stable'],
      { host: 'bucket', path: 'a' },
    ],
    [
      'azblob://account/box/a',
      'azblob://account/box/a',
      ['azblob', 'account/box', 'a', null],
      { host: 'account', path: 'box/a' },
    ],
    [
      `s3://bucket/a@sha256:ababab`,
      's3://bucket/a@sha256:ababab',
      ['s3', 'bucket', 'a', 'sha256:ababab'],
      { host: 'bucket', path: 'a' },
    ],
  ])('of a bucket: %s', (given, text, [service, bucket, prefix, name], place) => {
    const isPinned = name?.startsWith('sha256:') ?? false;
    const remote = { scheme: service, ...place };
    expect(parseReference(given)).toEqual({
      kind: 'bucket',
      ...{ text, remote, isPinned, service, bucket, prefix, name },
    });
  });

  it('of a web server, whose credentials and query are kept and not shown', () => {
    const url = 'https://me:secret@files.example/team/tools.json.zst?signature=abc';
    const text = 'https://files.example/team/tools.json.zst';
    const remote = { scheme: 'https', host: 'files.example', path: '/team/tools.json.zst' };
    expect(parseReference(url)).toEqual({ kind: 'https', text, remote, isPinned: false, url });
    expect(shownReference(parseReference(url))).toBe(`"${text}"`);
  });

  it.each([
    'oci://',
    'oci://host',
    'oci://host/',
    'oci://host/Upper',
    'oci://host/a:',
    'oci://host/a:-x',
    'oci://host/a//b',
    'oci://host/a/../b',
    'oci://user:secret@host/a',
    'oci://host/a?x=1',
    'oci://host:0/a',
    'oci://host/a@sha256:abc',
    `oci://host/a@sha512:${'ab'.repeat(64)}`,
    's3://',
    's3://ab',
    's3://Bucket/a',
    's3://bucket//a',
    's3://bucket/../a',
    's3://bucket/a:Upper',
    's3://bucket/a@latest',
    's3://key:secret@bucket/a',
    'azblob://account',
    'azblob://account/a--b',
    'gs://bucket/%2e%2e/a',
    'https://files.example/',
    'https://files.example/tools.tar',
    'https://files.example/tools.json#part',
    'https:///tools.json',
  ])('and is refused, with the way to write it, otherwise: %s', (text) => {
    const error = failing('USAGE_BAD_ARGUMENT', {
      hint: expect.stringMatching(/^write (oci|s3|gs|azblob|https):/),
    });
    expect(() => parseReference(text)).toThrow(error);
    expect(() => parseReference(text)).not.toThrow(/secret/);
  });
});
