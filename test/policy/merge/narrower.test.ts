// What two policies both allow.
import { describe, expect, it } from 'vitest';
import { findGains } from '../../../src/policy/gains.ts';
import { narrowerPolicy } from '../../../src/policy/merge/narrower.ts';
import { parsePolicy, readPolicy } from '../../../src/policy/policy.ts';

const HEAD = 'version: "1.0" # ours\npermissions:\n';
const hosts = (...names: string[]) =>
  `${HEAD}  network:\n    allow:\n${names.map((name) => `      - host: ${name}\n`).join('')}`;
const directory = (access: string) =>
  `${HEAD}  storage:\n    allow:\n      - uri: fs:///srv # the data\n        access: [${access}]\n`;

const narrower = (ours: string, theirs: string) =>
  narrowerPolicy(readPolicy(ours, { componentId: 'ours' }), readPolicy(theirs, { componentId: 'theirs' }));

describe('the narrower of two policies', () => {
  it('has the entries of both alone, with the access that both give', () => {
    expect(narrower(hosts('a', 'b'), hosts('b', 'c')).text).toBe(hosts('b'));
    expect(narrower(directory('read, write'), directory('read')).text).toBe(directory('read'));
    expect(narrower(hosts('a'), hosts('b')).text).toBe(`${HEAD}  network:\n    allow: []\n`);
  });

  it('allows nothing that only one allows, in whatever words', () => {
    const reading = (uri: string) => directory('read').replace('fs:///srv', uri);
    const nothing = `${HEAD}  storage:\n    allow: []\n`;
    for (const here of ['fs://', 'fs://.', 'fs://./'])
      expect([
        narrower(reading('fs:///'), reading(here)).text,
        narrower(reading(here), reading('fs:///')).text,
      ]).toEqual([nothing, nothing]);
    expect(narrower(reading('fs:////srv/.//a/'), reading('fs:///srv/a')).text).toBe(
      reading('fs:////srv/.//a/'),
    );
    const ipc = (uri: string) => `${HEAD}  ipc:\n    allow:\n      - uri: ${uri}\n`;
    expect(narrower(ipc('fs:///a'), ipc('fs:///a/')).text).toBe(`${HEAD}  ipc:\n    allow: []\n`);
  });

  it('allows no host that only one reaches, where this Node makes two of letters that are one to others', () => {
    const [ours, theirs] = [hosts('fa\u1e9e.example'), hosts('fa\u00df.example')];
    const { text } = narrower(ours, theirs);
    const rights = (policy: string) => parsePolicy(policy, { componentId: 'tool' });
    for (const side of text === null ? [] : [ours, theirs])
      expect(findGains(rights(side), rights(text!), 'nothing')).toEqual([]);
  });

  it('has a host with the scheme that both give', () => {
    expect(narrower(hosts('a'), hosts('https://a')).text).toBe(hosts('https://a'));
    expect(narrower(hosts('https://a'), hosts('A/')).text).toBe(hosts('https://a'));
    expect(narrower(hosts('Api.example', 'b'), hosts('api.example')).text).toBe(hosts('Api.example'));
    expect(narrower(hosts('http://a', 'b'), hosts('https://a', 'b')).text).toBe(hosts('b'));
    expect(narrower(hosts('a', 'ftp://a'), hosts('a', 'a:80')).conflicts).toEqual([
      { about: 'entry', key: 'network host a' },
    ]);
  });

  it('has the lower limits, and all that either denies', () => {
    const limited = (memory: string, cpu: string) =>
      `${hosts('a')}  resources:\n    limits:\n      memory: "${memory}"\n      cpu: "${cpu}"\n`;
    const [low, high] = [limited('64Mi', '500m'), limited('128Mi', '500m')];
    expect(narrower(high, low).text).toBe(low);
    expect(narrower(low, high).text).toBe(low);
    expect(narrower(hosts('a'), low).text).toBe(low);
    const denying = (...names: string[]) =>
      `${hosts('a')}    deny:\n${names.map((name) => `      - host: ${name}\n`).join('')}`;
    expect(narrower(denying('b'), denying('b', 'c')).text).toBe(denying('b', 'c'));
    expect(narrower(denying('b'), hosts('a')).text).toBe(denying('b'));
    const environment = '  environment:\n    allow:\n      - key: A\n';
    expect(narrower(`${HEAD}${environment}`, `${denying('b')}${environment}`).text).toBe(
      `${HEAD}${environment}  network:\n    deny:\n      - host: b\n`,
    );
  });

  it('is not known where each allows what the other does not, or nobody knows what a setting is for', () => {
    const denying = (host: string) => `${hosts('a')}    deny:\n      - host: ${host}\n`;
    expect(narrower(denying('b'), denying('c')).conflicts).toEqual([
      { about: 'unit', path: 'permissions.network.deny' },
    ]);
    expect(narrower(hosts('a'), `${hosts('a')}later: 1\n`).conflicts).toEqual([
      { about: 'unit', path: 'later' },
    ]);
    const unread = `${HEAD}  environment:\n    allow:\n      - key: A\n    deny: [SECRET]\n`;
    expect(narrower(unread, unread.replace('SECRET', 'SECRET, OTHER')).conflicts).toEqual([
      { about: 'unit', path: 'permissions.environment.deny' },
    ]);
  });

  it('is not known where an entry says more on one side, of which nobody knows what it is for', () => {
    const only = `${HEAD}  network:\n    allow:\n      - host: a\n        methods: [GET]\n`;
    const found = [{ about: 'entry', key: 'network host a' }];
    expect(narrower(hosts('a'), only).conflicts).toEqual(found);
    expect(narrower(only, hosts('a')).conflicts).toEqual(found);
    expect(narrower(only, only.replace('GET', 'PUT')).conflicts).toEqual(found);
    expect(narrower(hosts('a', 'b'), `${only}      - host: b\n        methods: [GET]\n`).conflicts).toEqual([
      ...found,
      { about: 'entry', key: 'network host b' },
    ]);
    expect(narrower(`${only}      - host: b\n`, only).text).toBe(only);
  });

  it('is not known where limits or denials say more on one side, of which nobody knows what it is for', () => {
    const limited = (memory: string, more = '') =>
      `${hosts('a')}  resources:\n    limits:\n      memory: "${memory}"\n${more}`;
    const pids = limited('128Mi', '    pids: 10\n');
    const found = [{ about: 'unit', path: 'permissions.resources' }];
    expect(narrower(limited('64Mi'), pids).conflicts).toEqual(found);
    expect(narrower(limited('64Mi', '      disk: "1Gi"\n'), limited('128Mi')).conflicts).toEqual(found);
    expect(narrower(pids, limited('64Mi', '    pids: 10\n')).text).toBe(limited('64Mi', '    pids: 10\n'));
    const denying = (...entries: string[]) =>
      `${hosts('a')}    deny:\n${entries.map((entry) => `      - ${entry}\n`).join('')}`;
    const gets = '{ host: b, methods: [GET] }';
    expect(narrower(denying(gets), denying('host: b', 'host: c')).conflicts).toEqual([
      { about: 'unit', path: 'permissions.network.deny' },
    ]);
    expect(narrower(denying(gets), denying(gets, 'host: c')).text).toBe(denying(gets, 'host: c'));
  });

  it('is that of ours where both say the same in other words', () => {
    const limited = (memory: string) => `${hosts('a')}  resources:\n    limits:\n      memory: "${memory}"\n`;
    expect(narrower(limited('64Mi'), limited('65536Ki')).text).toBe(limited('64Mi'));
  });
});
