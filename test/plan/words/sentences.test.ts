import { describe, expect, it } from 'vitest';
import { failing } from '../../fixtures/failing.ts';
import {
  directoryOf,
  fileOf,
  plan,
  policyWith,
  present,
  storeOf,
  targetOf,
  wanted,
} from '../../fixtures/plan.ts';

const said = (...args: Parameters<typeof plan>) => plan(...args).sentences.map((sentence) => sentence.text);
/** The code that is known by `word`, as a sentence names it. */
const code = (word: string) => `sha256 ${fileOf(word).sha256.slice(0, 16)} (${word.length} bytes)`;
const withCode = (id: string) => `"${id}" (sha256 ${fileOf(id).sha256.slice(0, 16)}, ${id.length} bytes)`;
const installed = (id: string) => `${withCode(id)} will be installed`;
const network = (...hosts: string[]) =>
  policyWith('network:', '  allow:', ...hosts.map((host) => `  - host: ${JSON.stringify(host)}`));
const storage = (uri: string, access: string) =>
  policyWith(`storage: { allow: [{ uri: ${JSON.stringify(uri)}, access: [${access}] }] }`);

describe('the sentences of a plan (F-9.2)', () => {
  it('are none when nothing changes', () => {
    expect(said([wanted('a')], targetOf([present('a')]))).toEqual([]);
  });

  it('say what is installed and what it may do', () => {
    expect(said([wanted('a', { policy: network('api.example.com') })])).toEqual([
      installed('a'),
      '"a" may reach "api.example.com"',
      '"a" may look up any name in the DNS, which is a way out for data',
    ]);
  });

  it('say loudly that there will be no policy', () => {
    expect(said([wanted('a')])).toEqual([
      installed('a'),
      '"a" will run WITHOUT A POLICY and may read every environment variable',
    ]);
  });

  it('say what goes, what changes, and which code becomes which', () => {
    expect(said([wanted('a', { code: null })], targetOf([present('a')]))).toEqual(['"a" will be removed']);
    const policy = policyWith();
    expect(said([wanted('a', { policy })], targetOf([present('a', { policy: network('x') })]))).toEqual([
      '"a" will get another policy',
    ]);
    expect(said([wanted('a')], targetOf([present('a', { policy })]))).toEqual([
      '"a" will lose the policy file',
      '"a" will run WITHOUT A POLICY and may read every environment variable',
    ]);
    expect(said([wanted('a', { code: 'new', policy })], targetOf([present('a', { policy })]))).toEqual([
      `"a" gets new code under its permissions: ${code('a')} becomes ${code('new')}`,
    ]);
  });

  it('say what a fs:// grant is written as, and what it opens here', () => {
    const directories = new Map([
      directoryOf('fs:///srv/data'),
      directoryOf('fs://data', { real: '/srv/data' }),
      directoryOf('fs:///work/**', { real: '/work/**' }),
      directoryOf('fs://work/*', { real: '/host/components/work/*' }),
      directoryOf('fs:///proc/self', { real: '/proc', ofProcess: '/proc' }),
      directoryOf('fs:///closed/x', { exists: false, hidden: '/closed/x' }),
    ]);
    const granting = (uri: string, access: string) =>
      said([wanted('a', { policy: storage(uri, access) })], targetOf([], { directories })).slice(1);
    expect(granting('fs:///srv/data', 'read, write')).toEqual([
      '"a" may read files in "/srv/data"',
      '"a" may write files in "/srv/data", and see their names',
    ]);
    expect(granting('fs://data', 'read')).toEqual(['"a" may read files in "data", which is "/srv/data"']);
    expect(granting('fs:///work/**', 'read')).toEqual([
      '"a" may read files in "/work/**", a directory literally called so',
    ]);
    expect(granting('fs://work/*', 'read')).toEqual([
      '"a" may read files in "work/*", a directory literally called so, which is "/host/components/work/*"',
    ]);
    expect(granting('fs:///closed/x', 'read')).toEqual([
      '"a" may read files in "/closed/x", which cannot be followed beyond "/closed/x"',
    ]);
    const policy = storage('fs:///proc/self', 'read');
    const here = targetOf([present('a', { code: 'old', policy })], { directories });
    expect(plan([wanted('a', { policy })], here).warnings).toEqual([
      '"a": its grant to read "/proc/self", which is another directory for every process: it leads through "/proc", which is another place for every process',
    ]);
    expect(granting('file:///srv', 'read, write')).toEqual([
      '"a" may read nothing through the entry "file:///srv"',
      '"a" may write nothing through the entry "file:///srv"',
    ]);
  });

  it('say both where it is not known what having no policy means, and nothing where that means nothing', () => {
    expect(said([wanted('a')], targetOf([], { withoutPolicy: 'unknown' }))).toEqual([
      installed('a'),
      '"a" will run WITHOUT A POLICY and may see every environment variable and stored secret with Wassette 0.8.0 or older, none with a newer one',
    ]);
    expect(said([wanted('a')], targetOf([], { withoutPolicy: 'nothing' }))).toEqual([installed('a')]);
  });

  it('name the file, where the names of secrets that new code would see cannot be read', () => {
    const secrets = storeOf({ a: { file: 'a.yaml', mark: '1' }, b: { file: 'b.yaml', mark: '2' } });
    const desired = [wanted('a', { policy: policyWith() }), wanted('b', { policy: policyWith() })];
    expect(said(desired, targetOf([], { secrets })).slice(1)).toEqual([
      '"a" will see secrets stored here whose names cannot be read: "a.yaml"',
      '"b" will see secrets stored here whose names cannot be read: "b.yaml"',
    ]);
  });

  it('name the secrets that new code would see, in one sentence for each component', () => {
    const secrets = storeOf({ a: ['ONE', 'TWO'] });
    expect(said([wanted('a', { policy: policyWith() })], targetOf([], { secrets }))).toEqual([
      installed('a'),
      '"a" will see the secrets stored here: "ONE", "TWO"',
    ]);
  });
});

describe('joining over components (F-9.3)', () => {
  const three = (policy: string | null) => ['a', 'b', 'c'].map((id) => wanted(id, { policy }));

  it('joins only sentences of one kind with one value', () => {
    const sentences = plan([...three(network('x', 'y')), wanted('d', { policy: network('x') })]).sentences;
    expect(sentences.map((s) => s.text)).toEqual([
      `${['a', 'b', 'c', 'd'].map(withCode).join(', ')} will be installed`,
      '"a", "b", "c", "d" may reach "x"',
      '"a", "b", "c" may reach "y"',
      '"a", "b", "c", "d" may look up any name in the DNS, which is a way out for data',
    ]);
    expect(sentences[2]?.component_ids).toEqual(['a', 'b', 'c']);
  });

  it.each([
    ['no policy', null],
    ['write access', storage('fs:///d', 'write')],
    ['runtime', policyWith('runtime: { docker: { security: { privileged: true } } }')],
  ])('never joins %s', (_what, policy) => {
    const sentences = plan(three(policy)).sentences.filter((s) => s.kind !== 'add');
    expect(sentences.map((s) => s.component_ids)).toEqual([['a'], ['b'], ['c']]);
  });

  it('never joins replaced code or secrets', () => {
    const target = targetOf([present('a', { code: 'x' }), present('b', { code: 'x' })], {
      secrets: storeOf({ a: ['S'], b: ['S'] }),
    });
    const desired = [wanted('a', { code: 'y' }), wanted('b', { code: 'y' })];
    const counts = plan(desired, target).sentences.map((s) => `${s.kind} ${s.component_ids.length}`);
    expect(counts.sort()).toEqual(['code 1', 'code 1', 'secrets 1', 'secrets 1']);
  });
});

describe('a value in a sentence (F-9.2)', () => {
  const reaching = (host: string) => said([wanted('a', { policy: network(host) })])[1]!;

  it('cannot pose as a sentence or leave ASCII', () => {
    const key = 'x" and "b" may reach "y\u0430';
    const policy = policyWith(`environment: { allow: [{ key: ${JSON.stringify(key)} }] }`);
    expect(said([wanted('a', { policy })])[1]).toBe(
      String.raw`"a" may read the environment variable "x\u0022 and \u0022b\u0022 may reach \u0022y\u0430"`,
    );
  });

  it.each(['253 characters long', '200 characters long'])('is shown whole, %s', (length) => {
    const host = 'z'.repeat(Number.parseInt(length, 10));
    expect(reaching(host)).toBe(`"a" may reach "${host}"`);
  });

  it.each([
    ['a host of more than 253 characters', network('z'.repeat(254))],
    ['a path of more than 4,096 characters', storage(`fs:///${'z'.repeat(4_091)}`, 'read')],
    [
      'a variable of more than 4,096 characters',
      policyWith(`environment: { allow: [{ key: ${'Z'.repeat(4_097)} }] }`),
    ],
  ])('may not be %s', (_what, policy) => {
    expect(() => said([wanted('a', { policy })])).toThrow(
      failing('POLICY_FORBIDDEN_GRANT', { hint: expect.stringContaining('shorten') }),
    );
  });

  it('of any length goes back to where an undo takes it', () => {
    const policy = network('z'.repeat(254));
    expect(plan([wanted('a', { policy })], targetOf(), { takesBack: [] }).sentences).toHaveLength(3);
  });
});
