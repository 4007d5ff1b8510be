// What approvals in writing cover of a plan: exactly what they say, on hosts that hold none, one and all of the components.
import { describe, expect, it } from 'vitest';
import type { Plan } from '../../../src/plan/plan.ts';
import type { TargetState } from '../../../src/plan/target.ts';
import { allowancesOf, beyondWriting, coverageOf } from '../../../src/plan/written-approval/coverage.ts';
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

const RADIO = policyWith(
  'network: { allow: [{ host: api.example.com }] }',
  'storage: { allow: [{ uri: fs:///srv/data, access: [read, write] }] }',
);
const CLOCK = policyWith('environment: { allow: [{ key: TZ }] }');
const DESIRED = [wanted('clock', { policy: CLOCK }), wanted('radio', { policy: RADIO })];
const DATA = new Map([directoryOf('fs:///srv/data')]);

function onHost(components: Parameters<typeof targetOf>[0], more: Partial<TargetState> = {}) {
  return targetOf(components, { directories: DATA, ...more });
}

/** What is approved of the import into an empty host. */
const APPROVED = { allows: allowancesOf(plan(DESIRED, onHost([])), DATA) };

function cover(made: Plan, { directories }: TargetState, approvals = [APPROVED]) {
  const { left, losses, isWhole, by } = coverageOf(made, directories, approvals);
  return { isWhole, left: [...left, ...losses].map(({ text }) => text), by };
}

function coverOn(target: TargetState, desired = DESIRED, approvals = [APPROVED]) {
  return cover(plan(desired, target), target, approvals);
}

describe('an approval that was made for an empty host', () => {
  it('says each thing by itself, with the code and the policy it is about', () => {
    const [clock, radio] = [fileOf('clock').sha256, fileOf('radio').sha256];
    const common = { lost: false, directory: null };
    expect(APPROVED.allows).toEqual([
      {
        component_id: 'clock',
        code: clock,
        policy: fileOf(CLOCK).sha256,
        kind: 'add',
        value: null,
        ...common,
      },
      {
        component_id: 'clock',
        code: clock,
        policy: fileOf(CLOCK).sha256,
        kind: 'environment',
        value: 'TZ',
        ...common,
      },
      ...[
        { kind: 'add', value: null },
        { kind: 'network', value: 'api.example.com' },
        { kind: 'dns', value: 'any name' },
        { kind: 'read', value: 'fs:///srv/data', directory: '/srv/data' },
        { kind: 'write', value: 'fs:///srv/data', directory: '/srv/data' },
      ].map((each) => ({
        component_id: 'radio',
        code: radio,
        policy: fileOf(RADIO).sha256,
        ...common,
        ...each,
      })),
    ]);
  });

  it('covers all of it on another empty host', () => {
    expect(coverOn(onHost([], { path: '/other/host' }))).toEqual({ isWhole: true, left: [], by: [APPROVED] });
  });

  it('covers what is missing where one component is there already', () => {
    expect(coverOn(onHost([present('clock', { policy: CLOCK })]))).toMatchObject({ isWhole: true, left: [] });
  });

  it('covers nothing, and need not, where all of them are there', () => {
    const target = onHost([present('clock', { policy: CLOCK }), present('radio', { policy: RADIO })]);
    expect(coverOn(target)).toEqual({ isWhole: false, left: [], by: [] });
  });

  it('leaves to be approved that other code is replaced, and another policy', () => {
    const { isWhole, left } = coverOn(onHost([present('clock', { code: 'old', policy: policyWith() })]));
    expect(isWhole).toBe(false);
    expect(left).toEqual([
      '"clock" will get another policy',
      expect.stringMatching(/^"clock" gets new code under its permissions: /),
    ]);
  });

  it('leaves to be approved what a component would lose', () => {
    const wider = policyWith('environment: { allow: [{ key: TZ }, { key: HOME }] }');
    expect(coverOn(onHost([present('clock', { policy: wider })])).left).toEqual([
      '"clock" will get another policy',
      '"clock" may no longer read the environment variable "HOME"',
    ]);
  });

  it('leaves to be approved that a secret which is stored here would be seen', () => {
    const { isWhole, left } = coverOn(onHost([], { secrets: storeOf({ radio: ['TOKEN'] }) }));
    expect({ isWhole, left }).toEqual({
      isWhole: false,
      left: ['"radio" will see the secrets stored here: "TOKEN"'],
    });
  });

  it('leaves to be approved that a component of this host is removed', () => {
    const target = onHost([present('other')]);
    const made = plan(DESIRED, target, { options: { removeExtra: true } });
    expect(cover(made, target).left).toEqual(['"other" will be removed']);
  });

  it('does not cover a directory that is a link here', () => {
    const linked = new Map([directoryOf('fs:///srv/data', { real: '/mnt/elsewhere' })]);
    expect(coverOn(onHost([], { directories: linked })).left).toEqual([
      '"radio" may read files in "/srv/data", which is "/mnt/elsewhere"',
      '"radio" may write files in "/srv/data", which is "/mnt/elsewhere", and see their names',
    ]);
  });

  it('covers nothing of which only one component is another', () => {
    const joined = policyWith('network: { allow: [{ host: a.example }] }');
    const both = [wanted('a', { policy: joined }), wanted('b', { policy: joined })];
    const first = { allows: allowancesOf(plan(both), new Map()).filter((one) => one.component_id === 'a') };
    expect(coverOn(targetOf(), both, [first]).left).toEqual([
      expect.stringMatching(/^"b" \(sha256 [0-9a-f]{16}, 1 bytes\) will be installed$/),
      '"b" may reach "a.example"',
      '"b" may look up any name in the DNS, which is a way out for data',
    ]);
  });
});

describe('a directory with a link', () => {
  const linked = new Map([directoryOf('fs:///srv/data', { real: '/mnt/disk' })]);
  const approved = { allows: allowancesOf(plan(DESIRED, onHost([], { directories: linked })), linked) };

  it('is covered where the approval names what it leads to', () => {
    expect(coverOn(onHost([], { directories: linked }), DESIRED, [approved]).isWhole).toBe(true);
  });

  it('is not covered where it leads elsewhere, or is no link', () => {
    const other = new Map([directoryOf('fs:///srv/data', { real: '/mnt/other' })]);
    expect(coverOn(onHost([], { directories: other }), DESIRED, [approved]).left).toHaveLength(2);
    expect(coverOn(onHost([]), DESIRED, [approved]).left).toHaveLength(2);
  });

  it.each([
    ['cannot be followed', { hidden: '/srv' }],
    ['is another one for every process', { ofProcess: '/proc/self' }],
  ])('is in no approval where it %s', (_, more) => {
    const unsure = new Map([directoryOf('fs:///srv/data', more)]);
    const target = onHost([], { directories: unsure, protectedDirs: [] });
    const made = plan(DESIRED, target, { takesBack: [] });
    expect(allowancesOf(made, unsure).some(({ kind }) => kind === 'read')).toBe(false);
    expect(beyondWriting(made, unsure)).toHaveLength(2);
    expect(cover(made, target).left).toHaveLength(2);
  });
});

describe('several approvals', () => {
  it('cover a plan together, and those that do not help are not named', () => {
    const half = (id: string) => ({ allows: APPROVED.allows.filter((one) => one.component_id === id) });
    const [clock, radio] = [half('clock'), half('radio')];
    const { isWhole, by } = coverOn(onHost([]), DESIRED, [clock, { ...clock }, radio]);
    expect(isWhole).toBe(true);
    expect(by).toEqual([clock, radio]);
  });
});

describe('secrets', () => {
  const change = {
    added: ['KEY'],
    replaced: ['OLD'],
    removed: [],
    file: { old: null, new: fileOf('sealed') },
  };
  const secretsChanges = new Map([['clock', change]]);

  it('that a snapshot brings are covered by their names', () => {
    const target = onHost([]);
    const made = plan(DESIRED, target, { secretsChanges });
    const approved = { allows: allowancesOf(made, DATA) };
    expect(approved.allows.map(({ kind, value }) => `${kind} ${value}`)).toEqual(
      expect.arrayContaining(['secret-added KEY', 'secret-replaced OLD', 'secrets KEY']),
    );
    expect(cover(made, target, [approved])).toMatchObject({ isWhole: true, left: [] });
    expect(cover(made, target).left).toEqual([
      '"clock" will get secrets that are not stored here yet: "KEY"',
      '"clock" will get other values of secrets stored here: "OLD"',
      '"clock" will see the secrets that it gets: "KEY"',
    ]);
  });

  it('whose names nobody can read are in no approval', () => {
    const secrets = storeOf({ clock: { file: '/host/secrets/clock.yaml', mark: '1' } });
    const target = onHost([], { secrets });
    const made = plan(DESIRED, target);
    expect(beyondWriting(made, DATA)).toHaveLength(1);
    expect(cover(made, target, [{ allows: allowancesOf(made, DATA) }]).isWhole).toBe(false);
  });
});

it('without a policy, whoever agrees to the wider meaning agrees to the narrower one', () => {
  const bare = [wanted('bare')];
  const unknown = targetOf([], { withoutPolicy: 'unknown' });
  const approved = { allows: allowancesOf(plan(bare, unknown), new Map()) };
  for (const withoutPolicy of ['everything', 'nothing', 'unknown'] as const)
    expect(coverOn(targetOf([], { withoutPolicy }), bare, [approved]).isWhole).toBe(true);
});
