// What an operator's policy may say, and that nothing else is taken for one.
import { describe, expect, it } from 'vitest';
import { parseOperatorPolicy } from '../../../src/plan/operator-policy/reading.ts';
import { failing } from '../../fixtures/failing.ts';
import { operatorPolicy, operatorPolicyText, type Rules } from '../../fixtures/operator-policy.ts';

const parse = (text: string | Uint8Array) => parseOperatorPolicy(Buffer.from(text), '/etc/policy.yaml');
const invalid = (line: number, message: RegExp) =>
  failing('FORMAT_INVALID_OPERATOR_POLICY', {
    message: expect.stringMatching(
      new RegExp(`^operator policy /etc/policy\\.yaml line ${line}: .*${message.source}`),
    ),
    details: { line },
  });
const refuses = (text: string | Uint8Array, line: number, message: RegExp) =>
  expect(() => parse(text)).toThrow(invalid(line, message));

describe("an operator's policy (F-17.2)", () => {
  it('says of each rule what is allowed, with the line of the rule and of each entry', () => {
    const text = `# what agents may bring
version: 1
component_ids: [weather, team-*]
sources:
  - store
  - /srv/snapshots/
  - oci://ghcr.io/team/
signers: [alice@example.com]
require_signature: true
hosts:
- api.example.com
- https://Other.example/
directories:
  - path: /srv/data
    access: [read, write]
  - { path: /srv/logs, access: [write] }
environment: []
memory: 512Mi
no_policy: refuse
replaced_code: allow
wassette_tools: refuse
approvers: [bob@example.com]
labels: [production]
`;
    expect(parse(text)).toEqual({
      file: '/etc/policy.yaml',
      component_ids: {
        line: 3,
        entries: [
          { value: 'weather', line: 3 },
          { value: 'team-*', line: 3 },
        ],
      },
      sources: {
        line: 4,
        entries: [
          { value: 'store', line: 5 },
          { value: '/srv/snapshots/', line: 6 },
          { value: 'oci://ghcr.io/team/', line: 7 },
        ],
      },
      signers: { line: 8, entries: [{ value: 'alice@example.com', line: 8 }] },
      approvers: { line: 22, entries: [{ value: 'bob@example.com', line: 22 }] },
      labels: { line: 23, entries: [{ value: 'production', line: 23 }] },
      require_signature: { line: 9, required: true },
      hosts: {
        line: 10,
        entries: [
          {
            value: {
              kind: 'host',
              text: 'api.example.com',
              host: 'api.example.com',
              scheme: null,
              everyPort: false,
            },
            line: 11,
          },
          {
            value: {
              kind: 'host',
              text: 'https://other.example',
              host: 'other.example',
              scheme: 'https',
              everyPort: false,
            },
            line: 12,
          },
        ],
      },
      directories: {
        line: 13,
        entries: [
          { value: { path: '/srv/data', access: ['read', 'write'] }, line: 14 },
          { value: { path: '/srv/logs', access: ['write'] }, line: 16 },
        ],
      },
      environment: { line: 17, entries: [] },
      memory: { line: 18, bytes: 512 * 1024 * 1024 },
      no_policy: { line: 19, allowed: false },
      replaced_code: { line: 20, allowed: true },
      wassette_tools: { line: 21, allowed: false },
    });
  });

  it('says "any" where nothing is capped', () => {
    const { component_ids, hosts, memory } = operatorPolicy();
    expect([component_ids.entries, hosts.entries, memory.bytes]).toEqual(['any', 'any', null]);
  });

  it('is refused where it does not say something of each rule, all that is missing named at once', () => {
    refuses('version: 1\nhosts: any\nmemory: any\n', 1, /says nothing of component_ids, sources, signers/);
  });

  it('is refused where it was cut off, wherever that was', () => {
    const whole = operatorPolicyText({
      hosts: '[a.example, b.example]',
      directories: '\n- path: /srv/data\n  access: [read]',
      memory: '64Mi',
    });
    for (let length = 0; length < whole.length; length++)
      expect(() => parse(whole.slice(0, length)), whole.slice(0, length)).toThrow();
    expect(parse(whole)).toBeDefined();
  });

  it.each<[string, string, number, RegExp]>([
    ['an unknown key', `${operatorPolicyText()}host: any\n`, 15, /a key is unknown/],
    ['a key twice', `${operatorPolicyText()}hosts: any\n`, 15, /a key occurs twice/],
    ['a key in capitals', operatorPolicyText().replace('hosts:', 'Hosts:'), 6, /a key is unknown/],
    ['an anchor', operatorPolicyText({ hosts: '&a [a.example]' }), 6, /./],
    ['an alias', operatorPolicyText({ hosts: '&a [a.example]', environment: '*a' }), 6, /./],
    ['a tag', operatorPolicyText({ hosts: '!!set [a.example]' }), 6, /./],
    ['a second document', `${operatorPolicyText()}---\nversion: 1\n`, 15, /./],
    ['a list at the top', '- version: 1\n', 1, /not a mapping/],
    ['nothing', '', 1, /it is empty/],
    ['only comments', '# later\n', 1, /it is empty/],
    ['a line that is not closed', operatorPolicyText({ hosts: '[a.example' }), 7, /./],
  ])('is refused with its line: %s', (_what, text, line, message) => refuses(text, line, message));

  it('is refused where it is not text', () => {
    refuses(Buffer.from([0x76, 0xff, 0x0a]), 1, /not UTF-8/);
    refuses('version: 1\u0007\n', 1, /U\+0007/);
  });

  it('is refused with the version that it should have', () => {
    for (const version of ['2', '"1"', '1.0', ''])
      expect(() => parse(operatorPolicyText().replace('version: 1', `version: ${version}`))).toThrow(
        failing('FORMAT_UNSUPPORTED_VERSION', { details: { expected: 1, line: 1 } }),
      );
  });

  it('suggests the key that was meant', () => {
    expect(() => parse(operatorPolicyText().replace('hosts:', 'host:'))).toThrow(
      failing('FORMAT_INVALID_OPERATOR_POLICY', { hint: 'did you mean "hosts"?' }),
    );
  });

  it('quotes nothing of the text: it may be another file', () => {
    for (const text of ['hunter2: any\n', 'hosts: [hunter2 hunter2]\n', 'version: hunter2\n'])
      expect(() => parse(text)).toThrow(
        expect.not.objectContaining({ message: expect.stringMatching(/hunter2/) }),
      );
  });

  it.each<[string, Rules, RegExp]>([
    ['a word instead of a list', { hosts: 'a.example' }, /neither a list nor "any"/],
    ['nothing behind a colon', { hosts: '' }, /neither a list nor "any"/],
    ['a mapping instead of a list', { component_ids: '{ a: b }' }, /neither a list nor "any"/],
    ['a number as a name', { environment: '[123]' }, /not text/],
    ['null', { environment: '[~]' }, /not text/],
    ['an empty entry', { component_ids: '[""]' }, /not text/],
    ['an asterisk in the middle of an id', { component_ids: '["a*b"]' }, /neither the id/],
    ['a slash in an id', { component_ids: '[a/b]' }, /neither the id/],
    ['a relative path as a source', { sources: '[snapshots]' }, /no place/],
    ['a source of an unknown kind', { sources: '["ftp://a.example/"]' }, /no place/],
    ['a source with a password', { sources: '["oci://me:pw@a.example/"]' }, /no place/],
    ['a source with dots', { sources: '["oci://a.example/b/../c"]' }, /no place/],
    ['a source with an asterisk', { sources: '["oci://a.example/*"]' }, /no place/],
    ['an empty host', { hosts: '[""]' }, /not text/],
    ['a host with a path', { hosts: '["http://a.example/b"]' }, /./],
    ['a host that hides another', { hosts: '["http://docs.example@10.0.0.1"]' }, /not written as what/],
    ['a host in another spelling', { hosts: '["0x7f.1"]' }, /not written as what/],
    ['a host with a port', { hosts: '["https://a.example:8443"]' }, /a host has a port/],
    ['a host that Wassette cannot read', { hosts: '["::1"]' }, /not written as what/],
    ['a host with an asterisk in the middle', { hosts: '["a.*.example"]' }, /asterisk/],
    ['a directory without an access', { directories: '[{ path: /srv }]' }, /no "access"/],
    ['a directory without a path', { directories: '[{ access: [read] }]' }, /no "path"/],
    ['a directory with another key', { directories: '[{ path: /srv, access: [read], mode: x }]' }, /unknown/],
    ['a directory as a word', { directories: '[/srv]' }, /not a path with an access/],
    ['a relative directory', { directories: '[{ path: srv, access: [read] }]' }, /not absolute/],
    ['a directory with dots', { directories: '[{ path: /srv/../etc, access: [read] }]' }, /\.\./],
    ['a directory with an asterisk', { directories: '[{ path: "/srv/*", access: [read] }]' }, /asterisk/],
    ['no mode', { directories: '[{ path: /srv, access: [] }]' }, /no list of access modes/],
    ['an unknown mode', { directories: '[{ path: /srv, access: [execute] }]' }, /neither read nor write/],
    ['a variable with an asterisk', { environment: '["A*"]' }, /asterisk/],
    ['a variable with a value', { environment: '["A=1"]' }, /equals sign/],
    ['an amount in words', { memory: 'much' }, /not an amount of memory/],
    ['no memory', { memory: '0' }, /zero/],
    ['a list of memory', { memory: '[64Mi]' }, /not one amount/],
    ['a pattern as a signer', { signers: '["*@example.com"]' }, /name of one signer/],
    ['two signers in one entry', { signers: '["a, b"]' }, /name of one signer/],
    ['perhaps', { require_signature: 'perhaps' }, /neither true nor false/],
    ['a quoted word', { require_signature: '"true"' }, /neither true nor false/],
    ['yes', { no_policy: 'yes' }, /neither allow nor refuse/],
    ['true', { replaced_code: 'true' }, /neither allow nor refuse/],
  ])('is refused for %s', (_what, rules, message) => {
    expect(() => operatorPolicy(rules)).toThrow(
      failing('FORMAT_INVALID_OPERATOR_POLICY', {
        message: expect.stringMatching(message),
        details: { line: expect.any(Number) },
      }),
    );
  });
});
