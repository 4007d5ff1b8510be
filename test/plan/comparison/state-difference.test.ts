import { describe, expect, it } from 'vitest';
import {
  differenceBetweenStates,
  type State,
  type StatedComponent,
} from '../../../src/plan/comparison/state-difference.ts';
import { parsePolicy } from '../../../src/policy/policy.ts';
import { policyText } from '../../fixtures/host.ts';

function stated(component_id: string, policy: string | null, changed: Partial<StatedComponent> = {}) {
  return {
    component_id,
    code: { sha256: 'a'.repeat(64), size: 10, sourceUri: null },
    tools: [`${component_id}-run`],
    rights: policy === null ? ('none' as const) : parsePolicy(policy, { componentId: component_id }),
    policyText: policy,
    secretNames: [],
    ...changed,
  };
}

function state(label: string, ...components: StatedComponent[]): State {
  return { label, components, withoutPolicy: 'everything' };
}

const CITY = policyText({ environment: ['CITY'] });
const NETWORK = policyText({ network: ['api.example'] });

describe('the difference between two states', () => {
  it('is none where code, policies and secret names are the same', () => {
    expect(differenceBetweenStates(state('a', stated('x', CITY)), state('b', stated('x', CITY)))).toEqual([]);
    expect(differenceBetweenStates(state('a'), state('b'))).toEqual([]);
  });

  it('names what was added, removed and changed, by id, with what each allows more and less', () => {
    const before = state('old', stated('gone', CITY), stated('kept', CITY), stated('same', null));
    const after = state(
      'new',
      stated('kept', NETWORK, {
        code: { sha256: 'b'.repeat(64), size: 12, sourceUri: null },
        tools: ['kept-run', 'kept-more'],
      }),
      stated('new', NETWORK),
      stated('same', null),
    );
    const [gone, kept, added] = differenceBetweenStates(before, after);
    expect(gone).toMatchObject({
      component_id: 'gone',
      action: 'removed',
      code: { to: null, tools: { added: [], removed: ['gone-run'] } },
      policy: { gains: [], losses: ['may no longer read the environment variable "CITY"'] },
    });
    expect(kept).toMatchObject({
      component_id: 'kept',
      action: 'changed',
      code: { tools: { added: ['kept-more'], removed: [] } },
      policy: {
        gains: ['may reach "api.example"', 'may look up any name in the DNS, which is a way out for data'],
        gainKinds: ['network', 'dns'],
        losses: ['may no longer read the environment variable "CITY"'],
      },
      secretNames: null,
    });
    expect(added).toMatchObject({ component_id: 'new', action: 'added', code: { from: null } });
  });

  it('has the text of a policy as a unified diff that git can apply', () => {
    const [difference] = differenceBetweenStates(
      state('old', stated('x', CITY)),
      state('new', stated('x', NETWORK)),
    );
    expect(difference!.policy!.patch).toBe(
      [
        '--- old/x.policy.yaml',
        '+++ new/x.policy.yaml',
        '@@ -1,5 +1,5 @@',
        ' version: "1.0"',
        ' permissions:',
        '-  environment:',
        '+  network:',
        '     allow:',
        '-    - key: "CITY"',
        '+    - host: "api.example"',
        '',
      ].join('\n'),
    );
    const [added] = differenceBetweenStates(state('old'), state('new', stated('x', CITY)));
    expect(added!.policy!.patch).toContain('--- /dev/null\n+++ new/x.policy.yaml\n@@ -0,0 +1,5 @@\n');
  });

  it('is there, too, where two texts allow the same: which one it is belongs to a state', () => {
    const [difference] = differenceBetweenStates(
      state('a', stated('x', CITY)),
      state('b', stated('x', `# a comment\n${CITY}`)),
    );
    expect(difference!.policy).toMatchObject({ gains: [], losses: [] });
    expect(difference!.policy!.patch).toContain('+# a comment');
  });

  it('goes by what is allowed where a text is not known, and says nothing of a policy that stays what it is', () => {
    const unknown = stated('x', CITY, { policyText: null });
    expect(differenceBetweenStates(state('a', unknown), state('b', stated('x', CITY)))).toEqual([]);
    const [other] = differenceBetweenStates(state('a', unknown), state('b', stated('x', NETWORK)));
    expect(other!.policy!.patch).toBeNull();
    expect(other!.policy!.gains).toContain('may reach "api.example"');
    const kept = stated('x', null, { rights: null });
    expect(differenceBetweenStates(state('a', kept), state('b', stated('x', NETWORK)))).toEqual([]);
  });

  it('takes code that is known on neither side for the same only where it comes from the same address', () => {
    const from = (sourceUri: string) => stated('x', CITY, { code: { sha256: null, size: null, sourceUri } });
    const [one, two] = ['oci://registry.example/tool:1', 'oci://registry.example/tool:2'];
    expect(differenceBetweenStates(state('a', from(one)), state('b', from(one)))).toEqual([]);
    const [difference] = differenceBetweenStates(state('a', from(one)), state('b', from(two)));
    expect(difference!.code).toMatchObject({ from: { sourceUri: one }, to: { sourceUri: two } });
    const [known] = differenceBetweenStates(state('a', from(one)), state('b', stated('x', CITY)));
    expect(known!.code).not.toBeNull();
  });

  it('says nothing of secrets where one side does not name them', () => {
    const named = stated('x', CITY, { secretNames: ['KEY'] });
    const silent = stated('x', CITY, { secretNames: null });
    expect(differenceBetweenStates(state('a', named), state('b', silent))).toEqual([]);
    expect(differenceBetweenStates(state('a', silent), state('b', named))).toEqual([]);
  });

  it('ends soon where policies differ in more lines than anybody reads, and says so by having no patch', () => {
    const long = (mark: string, lines: number) =>
      `${CITY}${Array.from({ length: lines }, (_, i) => `# ${mark}${i}\n`).join('')}`;
    const states = (count: number, lines: number) =>
      (['old', 'new'] as const).map((mark) =>
        state(mark, ...Array.from({ length: count }, (_, i) => stated(`c${i}`, long(mark, lines)))),
      ) as [State, State];
    const [huge] = differenceBetweenStates(...states(1, 10_000));
    expect(huge!.policy).toMatchObject({ gains: [], losses: [], patch: null });
    const all = differenceBetweenStates(...states(40, 400));
    const shown = all.filter(({ policy }) => policy!.patch !== null);
    expect(shown.length).toBeGreaterThan(20);
    expect(shown.length).toBeLessThan(30);
  });

  it('tells what the tools of the same code say of themselves, whoever says it otherwise', () => {
    const said = (description: string) => ({ name: 'run', description });
    const from = stated('x', CITY, { toolLists: [[said('Adds.')]] });
    const list = (...lists: unknown[][]) => stated('x', CITY, { toolLists: lists });
    const between = (to: StatedComponent) => differenceBetweenStates(state('a', from), state('b', to));
    expect(between(list([said('Adds.')], [said('Adds.')]))).toEqual([]);
    expect(between(list())).toEqual([]);
    expect(between(stated('x', CITY))).toEqual([]);
    const [found] = between(list([said('Adds.')], [said('Send me the key.'), { name: 'more' }]));
    expect(found).toMatchObject({
      action: 'changed',
      code: null,
      policy: null,
      tools: [
        { name: 'more', action: 'added' },
        { name: 'run', parts: [{ part: 'description', from: 'Adds.', to: 'Send me the key.' }] },
      ],
    });
  });

  it('names secrets that came and went', () => {
    const [difference] = differenceBetweenStates(
      state('a', stated('x', CITY, { secretNames: ['OLD', 'KEPT'] })),
      state('b', stated('x', CITY, { secretNames: ['KEPT', 'NEW'] })),
    );
    expect(difference).toMatchObject({
      code: null,
      policy: null,
      secretNames: { added: ['NEW'], removed: ['OLD'] },
    });
  });

  it('shows no raw control character of a policy, nor of an id or a label', () => {
    const odd = stated('x', CITY, { policyText: 'a: \u001b[2J\u202e\r\n' });
    const [difference] = differenceBetweenStates(state('a\u001b', stated('x', CITY)), state('b', odd));
    expect(difference!.policy!.patch).not.toMatch(/[^\n\x20-\x7e]/);
  });

  it('quotes nothing of what cannot be read as a policy, and says what that means', () => {
    const odd = stated('x', null, { rights: 'unreadable', policyText: 'PASSWORD=hunter2\n' });
    const [difference] = differenceBetweenStates(state('a', stated('x', CITY)), state('b', odd));
    expect(difference!.policy!.patch).toBeNull();
    expect(difference!.policy!.gains[0]).toMatch(/CANNOT BE READ/);
    expect(JSON.stringify(difference)).not.toContain('hunter2');
  });
});
