import { describe, expect, it } from 'vitest';
import { changingSteps, isWidening } from '../../src/plan/plan.ts';
import { backwards, gained } from '../../src/policy/gains.ts';
import { failing } from '../fixtures/failing.ts';
import {
  directoryOf,
  fileOf,
  plan,
  policyWith,
  present,
  storeOf,
  targetOf,
  wanted,
} from '../fixtures/plan.ts';

const hostPolicy = policyWith('network: { allow: [{ host: a.example }] }');
describe('the step for a component', () => {
  it.each([
    ['add', wanted('a'), undefined],
    ['unchanged', wanted('a'), present('a')],
    ['replace', wanted('a', { code: 'new' }), present('a')],
    ['update-policy', wanted('a', { policy: hostPolicy }), present('a')],
    ['remove', wanted('a', { code: null }), present('a')],
    ['unchanged', wanted('a', { code: null }), undefined],
  ] as const)('is %s', (action, want, there) => {
    const [step] = plan([want], targetOf(there ? [there] : [])).steps;
    expect(step).toMatchObject({ component_id: 'a', action });
  });

  it('adds code over a policy that was left behind, and takes that away when none is wanted', () => {
    const [step] = plan([wanted('a')], targetOf([present('a', { code: null, policy: hostPolicy })])).steps;
    expect(step).toMatchObject({ action: 'add', policy: { old: fileOf(hostPolicy), new: null } });
  });

  it('keeps the provenance file as long as the policy stays', () => {
    const target = targetOf([present('a', { code: 'old', policy: hostPolicy, meta: 'here' })]);
    const [kept] = plan([wanted('a', { policy: hostPolicy, meta: 'there' })], target).steps;
    expect(kept?.policyMeta).toEqual({ old: fileOf('here'), new: fileOf('here') });
    const [changed] = plan([wanted('a', { policy: policyWith(), meta: 'there' })], target).steps;
    expect(changed?.policyMeta).toEqual({ old: fileOf('here'), new: fileOf('there') });
  });

  it('gains new code under existing permissions', () => {
    const [step] = plan([wanted('a', { code: 'new' })], targetOf([present('a')])).steps;
    expect(step?.gains).toEqual([
      { kind: 'code', subject: 'code', from: fileOf('a'), to: fileOf('new'), enforced: true },
    ]);
  });

  it('gains another policy that is not read here, and neither gains nor loses more by what is not known', () => {
    const unread = (text: string) => wanted('a', { policy: text }, 'unreadable');
    const there = targetOf([present('a', { policy: 'one' }, 'unreadable')], {
      secrets: storeOf({ a: ['TOKEN'] }),
      withoutPolicy: 'unknown',
    });
    const gains = [gained('no-policy', 'unreadable')];
    expect(plan([unread('two')], there).steps).toMatchObject([
      { action: 'update-policy', gains, losses: [] },
    ]);
    expect(plan([unread('one')], there).steps).toMatchObject([{ action: 'unchanged', gains: [] }]);
    const ruled = targetOf([present('a', { policy: hostPolicy })], { secrets: storeOf({ a: ['TOKEN'] }) });
    expect(plan([unread('one')], ruled).steps).toMatchObject([{ gains, losses: [] }]);
  });

  it('gains the secrets stored here when its code is new, and not when only the policy changes', () => {
    const secrets = storeOf({ a: ['TOKEN'] });
    const secret = gained('secrets', 'TOKEN');
    expect(plan([wanted('a')], targetOf([], { secrets })).steps[0]?.gains).toContainEqual(secret);
    const there = targetOf([present('a')], { secrets });
    expect(plan([wanted('a', { code: 'new' })], there).steps[0]?.gains).toContainEqual(secret);
    expect(plan([wanted('a', { policy: hostPolicy })], there).steps[0]?.gains).not.toContainEqual(secret);
  });

  it('gains, or loses, the secrets stored here with its policy, where it may have seen none without one', () => {
    const secrets = storeOf({ a: ['TOKEN'] });
    const secret = gained('secrets', 'TOKEN');
    for (const withoutPolicy of ['nothing', 'unknown'] as const) {
      const bare = targetOf([present('a')], { secrets, withoutPolicy });
      const ruled = targetOf([present('a', { policy: hostPolicy })], { secrets, withoutPolicy });
      expect(plan([wanted('a', { policy: hostPolicy })], bare).steps[0]?.gains).toContainEqual(secret);
      expect(plan([wanted('a')], ruled).steps[0]?.losses).toContainEqual(backwards(secret));
      expect(plan([wanted('a')], ruled).steps[0]?.gains).not.toContainEqual(secret);
    }
    const none = targetOf([], { secrets, withoutPolicy: 'nothing' });
    expect(plan([wanted('a')], none).steps[0]?.gains).toEqual([]);
    expect(isWidening(plan([wanted('a')], none))).toBe(false);
  });

  it('gains secrets whose names cannot be read, when its code is new', () => {
    const unread = { file: 'a.yaml', mark: '1' };
    const gain = gained('unread-secrets', 'a.yaml');
    const secrets = storeOf({ a: unread });
    const made = plan([wanted('a', { policy: hostPolicy })], targetOf([], { secrets }));
    expect(made.steps[0]?.gains).toContainEqual(gain);
    expect(isWidening(plan([wanted('a', { policy: policyWith() })], targetOf([], { secrets })))).toBe(true);
    const there = targetOf([present('a')], { secrets });
    expect(plan([wanted('a', { code: 'new' })], there).steps[0]?.gains).toContainEqual(gain);
    // A directory that cannot be read may hold a file for anybody.
    const closed = { files: new Map(), unread: { file: '/secrets', mark: '1' } };
    const [step] = plan([wanted('a', { policy: hostPolicy })], targetOf([], { secrets: closed })).steps;
    expect(step?.gains).toContainEqual(gained('unread-secrets', '/secrets'));
  });
});

describe('a component that keeps the policy of the target', () => {
  const keeping = (code?: string) => ({
    ...wanted('a', code === undefined ? {} : { code }),
    keepsPolicy: true,
  });

  it('changes no policy file, nor where it came from', () => {
    const there = present('a', { code: 'old', policy: hostPolicy, meta: 'here' });
    const made = plan([keeping('new')], targetOf([there]));
    expect(made.steps[0]).toMatchObject({
      action: 'replace',
      policy: { old: fileOf(hostPolicy), new: fileOf(hostPolicy) },
      policyMeta: { old: fileOf('here'), new: fileOf('here') },
    });
    expect(made.steps[0]?.gains.map((gain) => gain.kind)).toEqual(['code']);
    expect(plan([keeping()], targetOf([present('a', { policy: hostPolicy })])).sentences).toEqual([]);
  });

  it('says what a policy that was left behind will allow it', () => {
    const target = targetOf([present('a', { code: null, policy: hostPolicy })]);
    const said = plan([keeping()], target).sentences.map((sentence) => sentence.text);
    expect(said).toEqual([
      expect.stringContaining('will be installed'),
      '"a" may reach "a.example"',
      '"a" may look up any name in the DNS, which is a way out for data',
    ]);
  });

  it('runs without one where there is none, and the plan says so', () => {
    const said = plan([keeping()]).sentences.map((sentence) => sentence.text);
    expect(said).toContain('"a" will run WITHOUT A POLICY and may read every environment variable');
  });

  it('may come under one that reaches what decides about rights, since it is there, and the plan says so', () => {
    const uri = 'fs:///host/components';
    const target = targetOf(
      [
        present('a', {
          code: 'old',
          policy: policyWith(`storage: { allow: [{ uri: "${uri}", access: [write] }] }`),
        }),
      ],
      { directories: new Map([directoryOf(uri)]) },
    );
    const { steps, warnings } = plan([keeping('new')], target);
    expect(steps[0]?.action).toBe('replace');
    expect(warnings).toContain(
      '"a": its grant to write "/host/components": it reaches the component directory "/host/components"',
    );
  });
});

describe('the options of an import', () => {
  const target = targetOf([present('a'), present('b')]);

  it('leave alone what the target has and nobody named', () => {
    expect(plan([wanted('a')], target).steps.map((s) => [s.component_id, s.action])).toEqual([
      ['a', 'unchanged'],
    ]);
  });

  it('skip what exists, whatever it is', () => {
    const skipped = plan([wanted('a', { code: 'new' }), wanted('c')], target, {
      options: { skipExisting: true },
    });
    expect(skipped.steps.map((s) => s.action)).toEqual(['skip', 'add']);
    expect(skipped.steps[0]).toMatchObject({ gains: [], wasm: { old: fileOf('a'), new: fileOf('a') } });
    expect(changingSteps(skipped)).toHaveLength(1);
  });

  it('remove what only the target has, but no policy that was left behind', () => {
    const more = targetOf([present('a'), present('b'), present('left', { code: null, policy: hostPolicy })]);
    const steps = plan([wanted('a')], more, { options: { removeExtra: true } }).steps;
    expect(steps.map((s) => [s.component_id, s.action])).toEqual([
      ['a', 'unchanged'],
      ['b', 'remove'],
    ]);
  });

  it('narrow to ids, and with removal to ids only the target has', () => {
    expect(plan([wanted('a'), wanted('c')], target, { options: { componentIds: ['c'] } }).steps).toHaveLength(
      1,
    );
    const removed = plan([wanted('a')], target, { options: { componentIds: ['b'], removeExtra: true } });
    expect(removed.steps.map((s) => s.action)).toEqual(['remove']);
    expect(() => plan([wanted('probe')], target, { options: { componentIds: ['prob'] } })).toThrow(
      failing('USAGE_UNKNOWN_COMPONENT', { hint: 'did you mean "probe"?' }),
    );
  });
});

describe('a plan', () => {
  it.each([
    ['case', wanted('Probe'), targetOf([present('probe')])],
    [
      'case, an orphan policy included',
      wanted('Probe'),
      targetOf([present('probe', { code: null, policy: hostPolicy })]),
    ],
    ['secrets file', wanted('a__b'), targetOf([present('a_b')])],
    ['secrets file that nobody owns', wanted('probe'), targetOf([], { secrets: storeOf({ Probe: ['X'] }) })],
  ])('refuses an id that clashes with the target by %s (F-3.3)', (_how, want, target) => {
    expect(() => plan([want], target)).toThrow(failing('CONFLICT_ID_CLASH'));
  });

  it('takes an id that clashes only with a component that leaves in the same import', () => {
    const target = targetOf([present('probe')]);
    expect(plan([wanted('Probe')], target, { options: { removeExtra: true } }).steps).toHaveLength(2);
  });

  it.each([
    ['the component directory', '/host/components'],
    ['the folder of a Wassette that loads', '/host/components/.tmpA1b2C3'],
    ['our folder', '/host/components/.wassette-state/staging-1'],
    ['the secrets directory', '/host/secrets'],
    ['the state directory', '/host/state/x'],
    ['all of them', '/host'],
    ['everything', '/'],
  ])('refuses a grant that reaches %s (F-8)', (_what, real) => {
    const policy = policyWith('storage: { allow: [{ uri: "fs://somewhere", access: [read] }] }');
    const directories = new Map([directoryOf('fs://somewhere', { real })]);
    const target = targetOf([], { directories });
    expect(() => plan([wanted('a', { policy })], target)).toThrow(failing('POLICY_FORBIDDEN_GRANT'));
    // Taking back an import brings the target's own earlier state: shown, not refused.
    expect(plan([wanted('a', { policy })], target, { takesBack: [] }).steps[0]?.action).toBe('add');
    const allowGrants = [{ component_id: 'a', entry: 'fs://somewhere' }];
    const taken = plan([wanted('a', { policy })], target, { options: { allowGrants } });
    expect(taken.steps[0]?.action).toBe('add');
    expect(taken.warnings[0]).toMatch(/^"a": its grant to read "somewhere", which is ".*": it reaches the /);
    // What is there already and stays is not this import's doing.
    const there = targetOf([present('a', { policy })], { directories });
    expect(plan([wanted('a', { policy })], there).steps[0]?.action).toBe('unchanged');
    // Nor is it when the code comes back, or only a policy was left of the component.
    expect(plan([wanted('a', { code: 'new', policy })], there).steps[0]?.action).toBe('replace');
    const left = targetOf([present('a', { code: null, policy })], { directories });
    expect(plan([wanted('a', { policy })], left).steps[0]?.action).toBe('add');
  });

  it('refuses a grant that only another component has, or this one with less access', () => {
    const policy = (access: string) =>
      policyWith(`storage: { allow: [{ uri: "fs://.", access: [${access}] }] }`);
    const directories = new Map([directoryOf('fs://.', { real: '/host/components' })]);
    const other = targetOf([present('b', { policy: policy('read') })], { directories });
    expect(() => plan([wanted('a', { policy: policy('read') })], other)).toThrow(
      failing('POLICY_FORBIDDEN_GRANT'),
    );
    const less = targetOf([present('a', { policy: policy('read') })], { directories });
    expect(() => plan([wanted('a', { policy: policy('read, write') })], less)).toThrow(
      failing('POLICY_FORBIDDEN_GRANT'),
    );
  });

  it('names, where it refuses a grant, the component, the line, both directories and the reason', () => {
    const policy = policyWith('storage:', '  allow:', '  - access: [read]', '    uri: fs://.');
    const directories = new Map([directoryOf('fs://.', { real: '/host/components' })]);
    const desired = { ...wanted('a', { policy }), writtenIn: { what: 'policy' as const, text: policy } };
    expect(() => plan([desired], targetOf([], { directories }))).toThrow(
      expect.objectContaining({
        message:
          'component "a": policy line 6: the storage grant ".", which is "/host/components": it reaches the component directory "/host/components"',
        details: { component_id: 'a', line: 6, uri: '"fs://."', directory: '"/host/components"' },
      }),
    );
  });

  it('refuses to take a grant by name that no component asks for', () => {
    for (const component_id of ['a', 'b']) {
      const allowGrants = [{ component_id, entry: 'fs:///data' }];
      expect(() =>
        plan([wanted('a', { policy: hostPolicy })], targetOf(), { options: { allowGrants } }),
      ).toThrow(failing('USAGE_BAD_ARGUMENT'));
    }
  });
});

it('a plan widens exactly when a step gains', () => {
  expect(isWidening(plan([wanted('a')]))).toBe(true);
  expect(isWidening(plan([wanted('a', { policy: policyWith() })]))).toBe(false);
  expect(isWidening(plan([wanted('a', { code: null })], targetOf([present('a')])))).toBe(false);
});

it('a memory limit that no memory fits in is warned of: a number in quotes is bytes', () => {
  const warningsFor = (memory: string) =>
    plan([wanted('a', { policy: policyWith(`resources: { limits: { memory: ${memory} } }`) })]).warnings;
  expect(warningsFor('"512"')).toEqual([
    '"a": its memory limit of 512 bytes is less than the smallest memory has: every call fails, unless its code has none',
  ]);
  for (const memory of ['512', '64Ki']) expect(warningsFor(memory)).toEqual([]);
});
