import { describe, expect, it } from 'vitest';
import { RemoteFence, type RemoteName, remoteNameOf } from '../../src/net/remote-fence.ts';
import { failing } from '../fixtures/failing.ts';

/** As the parser of references takes it apart. */
function named(text: string): RemoteName {
  const { scheme, host, path } = /^(?<scheme>[^:]+):\/\/(?<host>[^/]*)(?<path>.*)$/.exec(text)!.groups!;
  return { scheme: scheme!, host: host!, path: path! };
}

const includes = (prefix: string, text: string) => RemoteFence.of([prefix]).includes(named(text));

describe('a prefix that is allowed includes', () => {
  it.each([
    ['oci://registry.example/team', 'oci://registry.example/team'],
    ['oci://registry.example/team', 'oci://registry.example/team/app'],
    ['oci://registry.example/team/', 'oci://registry.example/team/app'],
    ['oci://registry.example', 'oci://registry.example/any/thing'],
    ['oci://Registry.Example/team', 'oci://REGISTRY.example:443/team/app'],
    ['OCI://registry.example:443/team', 'oci://registry.example/team'],
    ['oci://127.0.0.1:5000/team', 'oci://127.0.0.1:5000/team/app'],
    ['oci://[::1]:5000', 'oci://[0:0::1]:5000/app'],
    ['s3://bucket/prefix', 's3://bucket/prefix/inner'],
    ['s3://2024', 's3://2024/prefix'],
    ['azblob://account/container', 'azblob://account/container/prefix'],
    ['gs://bucket', 'gs://bucket'],
    ['https://host.example/path', 'https://host.example/path/x.json'],
    ['https://host.example/p%61th', 'https://host.example/path/x.json'],
    ['https://bücher.example/path', 'https://xn--bcher-kva.example/path/x.json'],
    ['https://10.0.0.1/path', 'https://0xa.1/path/x.json'],
    ['http://localhost:8080', 'http://localhost:8080/x.json'],
  ])('%s: %s', (prefix, text) => {
    expect(includes(prefix, text)).toBe(true);
  });
});

describe('a prefix that is allowed does not include', () => {
  it.each([
    ['oci://registry.example/team', 'oci://registry.example/teams'],
    ['oci://registry.example/team', 'oci://registry.example'],
    ['oci://registry.example/team', 'oci://registry.example.evil.example/team'],
    ['oci://registry.example', 'oci://registry.example:5000/team'],
    ['oci://registry.example:5000', 'oci://registry.example:50001/team'],
    ['oci://registry.example', 'https://registry.example/team'],
    ['s3://bucket/prefix', 's3://bucket/prefixes'],
    ['s3://bucket', 's3://bucket2'],
    ['s3://bucket', 'gs://bucket'],
    ['azblob://account/container', 'azblob://account/containers'],
    ['https://host.example/path', 'https://host.example/path/../other/x.json'],
    ['https://host.example/path', 'https://host.example/path/%2e%2e/other/x.json'],
    ['https://host.example/path', 'https://host.example/path/..%2fother/x.json'],
    ['https://host.example/path', 'https://host.example/path/..%5cother/x.json'],
    ['https://host.example/path', 'https://host.example/path/%252e%252e/x.json'],
    ['https://host.example/path', 'https://host.example/path//x.json'],
    ['https://host.example/path', 'https://host.example//path/x.json'],
    ['https://host.example/path', 'https://host.example/PATH/x.json'],
    ['https://host.example/path', 'https://host.example/path/%zz/x.json'],
    ['https://host.example/path', 'https://evil.example\\@host.example/path/x.json'],
    ['https://host.example/path', 'https://user@host.example/path/x.json'],
    ['https://host.example', 'http://host.example/x.json'],
    ['https://host.example', 'file://host.example/x.json'],
    ['https://10.0.0.1', 'https://10.0.0.1.example/x.json'],
  ])('%s: %s', (prefix, text) => {
    expect(includes(prefix, text)).toBe(false);
  });
});

it.each([
  '',
  'registry.example/team',
  'file:///etc',
  'ftp://host.example',
  'oci://',
  'oci:///team',
  'oci://registry.example/a/../b',
  'oci://registry.example/a/%2e%2e',
  'oci://registry.example/a%2fb',
  'oci://registry.example//a',
  'oci://registry.example/a//',
  'https://user:hunter2@host.example/path',
  'https://host.example/path?token=hunter2',
  'https://host.example/path#hunter2',
  'https://host.example:port',
  'https://host example',
  's3://Bucket',
  's3://bucket/a/../b',
  's3://bucket:80',
])('"%s" is no prefix, and a secret in it is not repeated', (prefix) => {
  const error = (() => {
    try {
      return RemoteFence.of([prefix]);
    } catch (caught) {
      return caught;
    }
  })();
  expect(error).toEqual(failing('USAGE_BAD_ARGUMENT'));
  expect(JSON.stringify(error)).not.toContain('hunter2');
});

describe('what no prefix includes', () => {
  it('is refused, and a bare list of prefixes includes nothing', () => {
    const name = remoteNameOf(new URL('https://host.example/x.json'));
    for (const fence of [RemoteFence.of([]), RemoteFence.of(['oci://host.example'])]) {
      expect(() => fence.assertIncludes(name, 'https://host.example/x.json')).toThrow(
        failing('POLICY_OUTSIDE_FENCE'),
      );
    }
  });
});

it('the host of a registry that is allowed is known by its URL', () => {
  const fence = RemoteFence.of([
    'oci://localhost:5000/team',
    'oci://registry.example',
    'https://files.example',
  ]);
  expect(fence.hasRegistryAt(new URL('http://localhost:5000/v2/'))).toBe(true);
  expect(fence.hasRegistryAt(new URL('https://registry.example/v2/'))).toBe(true);
  expect(fence.hasRegistryAt(new URL('http://localhost/v2/'))).toBe(false);
  expect(fence.hasRegistryAt(new URL('https://files.example/v2/'))).toBe(false);
});
