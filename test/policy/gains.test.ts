import { describe, expect, it } from 'vitest';
import { valueInWords } from '../../src/plan/words/changes.ts';
import { differenceBetween, findGains, type RightsChange } from '../../src/policy/gains.ts';
import type { Rights } from '../../src/policy/policy.ts';
import type { WithoutPolicy } from '../../src/policy/wassette-versions.ts';
import { permissionsOf, policyWith } from '../fixtures/plan.ts';

const lossesIn = (...change: Parameters<typeof differenceBetween>) => differenceBetween(...change).losses;

const nothing = permissionsOf(policyWith());
const token = permissionsOf(policyWith('environment: { allow: [{ key: TOKEN }] }'));
const hosts = (...names: string[]) =>
  permissionsOf(
    policyWith('network:', '  allow:', ...names.map((name) => `  - host: ${JSON.stringify(name)}`)),
  );
const storage = (uri: string, access: string, list = 'allow') =>
  permissionsOf(policyWith('storage:', `  ${list}:`, `  - uri: ${uri}`, `    access: [${access}]`));
const gained = (before: Rights | null, after: Rights, withoutPolicy: WithoutPolicy = 'everything') =>
  findGains(before, after, withoutPolicy).map(
    (gain) => `${gain.kind} ${valueInWords(gain)}${gain.enforced ? '' : ' (not enforced)'}`,
  );

describe('what counts as more (F-8)', () => {
  it('is nothing when nothing changes', () => {
    const all = permissionsOf(
      policyWith(
        'network: { allow: [{ host: a.example }], deny: [{ host: b.example }] }',
        'storage: { allow: [{ uri: "fs:///d", access: [read] }] }',
        'environment: { allow: [{ key: A }] }',
        'resources: { limits: { memory: 512Mi } }',
        'runtime: { docker: { security: { privileged: true } } }',
      ),
    );
    for (const rights of [nothing, all, 'none', 'unreadable'] as const)
      expect(gained(rights, rights)).toEqual([]);
  });

  it('is an allow entry that was not there', () => {
    expect(gained(nothing, hosts('a.example'))).toEqual(['network a.example', 'dns any name']);
    expect(gained(hosts('a.example'), hosts('a.example', 'b.example'))).toEqual(['network b.example']);
    expect(gained(nothing, permissionsOf(policyWith('environment: { allow: [{ key: TOKEN }] }')))).toEqual([
      'environment TOKEN',
    ]);
    expect(gained(nothing, permissionsOf(policyWith('ipc: { allow: [{ uri: "unix:///x" }] }')))).toEqual([
      'ipc unix:///x (not enforced)',
    ]);
  });

  it('says which entries Wassette reads but does not act upon', () => {
    expect(gained(hosts('a'), hosts('a', '*.example'))).toEqual(['network *.example (not enforced)']);
    expect(gained(nothing, permissionsOf(policyWith('network: { allow: [{ cidr: 10.0.0.0/8 }] }')))).toEqual([
      'network cidr 10.0.0.0/8 (not enforced)',
      'dns any name',
    ]);
    expect(gained(nothing, storage('https://x', 'read'))).toEqual(['read https://x (not enforced)']);
  });

  it.each([
    ['the case', 'API.example', 'api.example'],
    ['a port', '127.0.0.1', '127.0.0.1:80'],
    ['another port', '127.0.0.1:80', '127.0.0.1:8080'],
    ['a slash at the end', 'https://a.example', 'https://a.example/'],
    ['a path', 'https://a.example/v1', 'https://a.example/v2'],
    ['zeros in an address', '[0:0::1]', '[::1]'],
    ['a host that stands in front', 'http://docs.example@127.0.0.1', 'http://127.0.0.1'],
    ['how an address is counted', '2130706433', '127.0.0.1'],
    ['both schemes for none', ['http://a', 'https://a'], 'a'],
    ['a scheme where none is asked for', 'a', ['a', 'https://a']],
  ])('compares hosts by what Wassette reaches: %s makes no difference', (_what, one, other) => {
    const [a, b] = [hosts(...[one].flat()), hosts(...[other].flat())];
    expect(gained(a, b)).toEqual([]);
    expect(gained(b, a)).toEqual([]);
  });

  it('is, of a host, the scheme by which it was not reached', () => {
    expect(gained(hosts('https://a'), hosts('a'))).toEqual(['network http://a']);
    expect(gained(hosts('a'), hosts('https://a'))).toEqual([]);
    expect(gained(hosts('https://a'), hosts('http://a'))).toEqual(['network http://a']);
    expect(gained(hosts('b'), hosts('http://a', 'a'))).toEqual(['network a']);
    expect(lossesIn(hosts('a'), hosts('https://a')).map(({ subject }) => subject)).toEqual(['http://a']);
  });

  it.each(['a.example', '*', '*.example', 'localhost:8080', '::1'])(
    'is, with a first network entry, even %s, to look up every name',
    (host) => {
      const kinds = (gains: readonly RightsChange[]) => gains.map(({ kind }) => kind);
      expect(kinds(findGains(nothing, hosts(host)))).toEqual(['network', 'dns']);
      expect(kinds(findGains(hosts('b.example'), hosts(host, 'b.example')))).toEqual(['network']);
      expect(kinds(lossesIn(hosts(host), nothing))).toEqual(['network', 'dns']);
      expect(kinds(lossesIn(hosts(host), hosts(host)))).toEqual([]);
    },
  );

  it('is an access mode that is added, each mode by itself', () => {
    expect(gained(nothing, storage('fs:///d', 'read, write'))).toEqual(['read fs:///d', 'write fs:///d']);
    expect(gained(storage('fs:///d', 'read'), storage('fs:///d', 'read, write'))).toEqual(['write fs:///d']);
    expect(gained(storage('fs:///d', 'read, write'), storage('fs:///d', 'write'))).toEqual([]);
  });

  it('is a deny entry that goes, whether or not Wassette enforces it', () => {
    const denying = permissionsOf(policyWith('network: { deny: [{ host: evil.example }] }'));
    expect(gained(denying, nothing)).toEqual(['deny-removed network evil.example (not enforced)']);
    expect(gained(nothing, denying)).toEqual([]);
    expect(gained(storage('fs:///d', 'read, write', 'deny'), storage('fs:///d', 'read', 'deny'))).toEqual([
      'deny-removed storage write fs:///d (not enforced)',
    ]);
  });

  it('is a limit that is raised or removed', () => {
    const memory = (size: string) => permissionsOf(policyWith(`resources: { limits: { memory: ${size} } }`));
    expect(gained(memory('1Ki'), memory('2Ki'))).toEqual(['limit memory from 1024 bytes to 2048 bytes']);
    expect(gained(memory('1Ki'), nothing)).toEqual(['limit memory from 1024 bytes to no limit']);
    expect(gained(memory('2Ki'), memory('1Ki'))).toEqual([]);
    expect(gained(nothing, memory('1Ki'))).toEqual([]);
  });

  it('is any change under runtime, the section going included', () => {
    const docker = (value: string) =>
      permissionsOf(policyWith(`runtime: { docker: { security: { privileged: ${value} } } }`));
    const kinds = (a: Rights, b: Rights) => findGains(a, b).map((gain) => gain.kind);
    expect(kinds(nothing, docker('false'))).toEqual(['runtime']);
    expect(kinds(docker('true'), docker('false'))).toEqual(['runtime']);
    expect(kinds(docker('true'), nothing)).toEqual(['runtime']);
    expect(kinds(docker('true'), docker('true'))).toEqual([]);
  });

  it('is having no policy where there was one, and a new component without one', () => {
    expect(gained(nothing, 'none')).toEqual(['no-policy none']);
    expect(gained(null, 'none')).toEqual(['no-policy none']);
    expect(gained(null, 'unreadable')).toEqual(['no-policy unreadable']);
    expect(gained(hosts('a.example'), 'unreadable')).toEqual(['no-policy unreadable']);
  });

  it('is measured as if a policy that is not read here had allowed nothing, and had any limit', () => {
    const unlimited = 'limit memory from a limit that is not known to no limit';
    expect(gained('unreadable', hosts('a.example'))).toEqual([
      'network a.example',
      'dns any name',
      unlimited,
    ]);
    expect(gained('unreadable', 'none')).toEqual(['no-policy none', unlimited]);
    const limited = permissionsOf(policyWith('resources: { limits: { memory: 1Ki } }'));
    expect(gained('unreadable', limited)).toEqual([
      'limit memory from a limit that is not known to 1024 bytes',
    ]);
    expect(gained('unreadable', 'unreadable')).toEqual([]);
  });

  it('is such a policy also where there was none, since it may allow a host or a directory', () => {
    expect(gained('none', 'unreadable', 'everything')).toEqual(['no-policy unreadable']);
  });

  it('of what is not known is no loss, but that such a policy goes', () => {
    expect(lossesIn(token, 'unreadable')).toEqual([]);
    expect(lossesIn('none', 'unreadable', 'everything')).toEqual([]);
    for (const after of [token, 'none'] as const)
      expect(lossesIn('unreadable', after, 'everything')).toMatchObject([
        { kind: 'no-policy', subject: 'unreadable', from: true, to: false },
      ]);
  });

  it('is no variable for a component without a policy, which had them all, but every host and directory', () => {
    expect(gained('none', token)).toEqual([]);
    expect(gained('none', hosts('a.example'))).toEqual(['network a.example', 'dns any name']);
    expect(gained('none', storage('fs:///d', 'read'))).toEqual(['read fs:///d']);
  });

  it('is what a policy allows where having none means nothing, and not having none', () => {
    expect(gained(null, 'none', 'nothing')).toEqual([]);
    expect(gained(hosts('a.example'), 'none', 'nothing')).toEqual([]);
    expect(gained('none', token, 'nothing')).toEqual(['environment TOKEN']);
    expect(gained(null, 'unreadable', 'nothing')).toEqual(['no-policy unreadable']);
    expect(gained('none', 'unreadable', 'nothing')).toEqual(['no-policy unreadable']);
    expect(lossesIn(token, 'none', 'nothing').map(({ kind }) => kind)).toEqual(['environment']);
    expect(lossesIn('none', token, 'nothing')).toEqual([]);
  });

  it('is a gain by either meaning where it is not known what having no policy means', () => {
    expect(gained(null, 'none', 'unknown')).toEqual(['no-policy none, perhaps']);
    expect(gained(token, 'none', 'unknown')).toEqual(['no-policy none, perhaps']);
    expect(gained('none', token, 'unknown')).toEqual(['environment TOKEN']);
    expect(gained('none', 'none', 'unknown')).toEqual([]);
    expect(gained('none', hosts('a.example'), 'unknown')).toEqual(['network a.example', 'dns any name']);
    expect(gained(null, 'unreadable', 'unknown')).toEqual(['no-policy unreadable']);
    expect(lossesIn(token, 'none').map(({ kind }) => kind)).toEqual(['environment']);
    expect(lossesIn('none', token).map(({ kind }) => kind)).toEqual(['no-policy']);
  });

  it('is all that its policy allows for a new component, whose denies and limits are no loss', () => {
    const rights = permissionsOf(
      policyWith(
        'network: { allow: [{ host: a.example }], deny: [{ host: b.example }] }',
        'resources: { limits: { memory: 1Ki } }',
      ),
    );
    expect(gained(null, rights)).toEqual(['network a.example', 'dns any name']);
  });
});

describe('the losses from one policy to another', () => {
  it('are the gains of going back, but for runtime', () => {
    const lost = lossesIn(hosts('a.example', 'b.example'), hosts('a.example'));
    expect(lost).toMatchObject([{ kind: 'network', subject: 'b.example', to: null, enforced: true }]);
    const runtime = permissionsOf(policyWith('runtime: { docker: { security: { privileged: true } } }'));
    expect(lossesIn(runtime, nothing)).toEqual([]);
    expect(lossesIn('none', nothing, 'everything')).toEqual([
      { kind: 'no-policy', subject: 'none', from: true, to: false, enforced: true },
    ]);
  });

  it('of a limit say it as it comes: from what was to what will be', () => {
    const limited = (memory: string) =>
      permissionsOf(policyWith(`resources: { limits: { memory: ${memory} } }`));
    const [lower] = lossesIn(limited('2Ki'), limited('1Ki'));
    expect(lower).toMatchObject({ kind: 'limit', subject: 'memory', from: 2048, to: 1024 });
    expect(valueInWords(lower!)).toBe('memory from 2048 bytes to 1024 bytes');
    const [first] = lossesIn(nothing, limited('1Ki'));
    expect(first).toMatchObject({ kind: 'limit', subject: 'memory', from: null, to: 1024 });
    expect(valueInWords(first!)).toBe('memory from no limit to 1024 bytes');
  });

  it('are everything where the component goes, and none where it comes', () => {
    expect(differenceBetween(token, null)).toMatchObject({
      gains: [],
      losses: [{ kind: 'environment', subject: 'TOKEN', from: true, to: false }],
    });
    expect(differenceBetween(null, token)).toMatchObject({
      gains: [{ kind: 'environment', subject: 'TOKEN', from: false, to: true }],
      losses: [],
    });
  });
});
