import { describe, expect, it } from 'vitest';
import { fileOf, plan, policyWith, present, targetOf, wanted } from '../fixtures/plan.ts';

const said = (...args: Parameters<typeof plan>) => plan(...args).sentences.map((sentence) => sentence.text);
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
      '"a" will be installed',
      '"a" may reach "api.example.com"',
    ]);
  });

  it('say loudly that there will be no policy', () => {
    expect(said([wanted('a')])).toEqual([
      '"a" will be installed',
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
    const short = (word: string) => `sha256 ${fileOf(word).sha256.slice(0, 16)} (${word.length} bytes)`;
    expect(said([wanted('a', { code: 'new', policy })], targetOf([present('a', { policy })]))).toEqual([
      `"a" gets new code under its permissions: ${short('a')} becomes ${short('new')}`,
    ]);
  });

  it('say what a fs:// grant means here', () => {
    const directories = new Map([
      ['fs://../data', { uri: 'fs://../data', path: '/host/data', real: '/srv/data', exists: true }],
    ]);
    expect(
      said([wanted('a', { policy: storage('fs://../data', 'read, write') })], targetOf([], { directories })),
    ).toEqual([
      '"a" will be installed',
      '"a" may read files in "/srv/data"',
      '"a" may write files in "/srv/data"',
    ]);
  });

  it('name the secrets that new code would see, in one sentence for each component', () => {
    const secrets = new Map([['a', ['ONE', 'TWO']]]);
    expect(said([wanted('a', { policy: policyWith() })], targetOf([], { secrets }))).toEqual([
      '"a" will be installed',
      '"a" will see the secrets stored here: "ONE", "TWO"',
    ]);
  });
});

describe('joining over components (F-9.3)', () => {
  const three = (policy: string | null) => ['a', 'b', 'c'].map((id) => wanted(id, { policy }));

  it('joins only sentences of one kind with one value', () => {
    const sentences = plan([...three(network('x', 'y')), wanted('d', { policy: network('x') })]).sentences;
    expect(sentences.map((s) => s.text)).toEqual([
      '"a", "b", "c", "d" will be installed',
      '"a", "b", "c", "d" may reach "x"',
      '"a", "b", "c" may reach "y"',
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
      secrets: new Map([
        ['a', ['S']],
        ['b', ['S']],
      ]),
    });
    const desired = [wanted('a', { code: 'y' }), wanted('b', { code: 'y' })];
    const counts = plan(desired, target).sentences.map((s) => `${s.kind} ${s.component_ids.length}`);
    expect(counts.sort()).toEqual(['code 1', 'code 1', 'secrets 1', 'secrets 1']);
  });
});

describe('text from elsewhere', () => {
  it('cannot pose as a sentence, leave ASCII or grow long', () => {
    const evil = `x" and "b" may reach "y\u0430${'z'.repeat(200)}`;
    const sentence = said([wanted('a', { policy: network(evil) })])[1]!;
    expect(sentence).toMatch(/^[\x20-\x7e]+$/);
    expect(sentence).toContain('may reach "x\\" and \\"b\\" may reach \\"y\\u0430');
    expect(sentence.length).toBeLessThan(200);
  });

  it('that is cut off still differs by the hash of the whole', () => {
    const long = (end: string) => said([wanted('a', { policy: network(`${'z'.repeat(200)}${end}`) })])[1];
    expect(long('1')).not.toBe(long('2'));
  });
});
