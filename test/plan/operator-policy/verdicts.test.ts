// What an operator's policy says of what a plan brings: a table of rules and imports.
import { describe, expect, it } from 'vitest';
import type { GrantedDirectory } from '../../../src/plan/directory-grants.ts';
import { judge, judgeWithPresent, type Verdict } from '../../../src/plan/operator-policy/verdicts.ts';
import type { PlanSigner } from '../../../src/plan/signers.ts';
import type { Source } from '../../../src/plan/source.ts';
import type { DesiredComponent, PlanOptions, TargetState } from '../../../src/plan/target.ts';
import { operatorPolicy, type Rules } from '../../fixtures/operator-policy.ts';
import { directoryOf, plan, policyWith, present, storeOf, targetOf, wanted } from '../../fixtures/plan.ts';

interface Case {
  desired: readonly DesiredComponent[];
  target?: TargetState;
  openedFrom?: Source | null;
  signers?: readonly PlanSigner[];
  codeFrom?: Record<string, Source>;
  real?: readonly (readonly [string, Partial<GrantedDirectory>?])[];
  options?: Partial<PlanOptions>;
}

function verdictsOn(
  rules: Rules,
  { desired, target = targetOf(), options = {}, ...more }: Case,
  judging = judge,
): Verdict[] {
  const { steps } = plan(desired, target, { options });
  return judging(operatorPolicy(rules), {
    steps,
    desired,
    target,
    openedFrom: more.openedFrom ?? null,
    signers: more.signers ?? [],
    codeFrom: new Map(Object.entries(more.codeFrom ?? {})),
    real: new Map((more.real ?? []).map(([path, found]) => [path, directoryOf(`fs://${path}`, found)[1]])),
  });
}

/** What is refused, as "rule: text". */
function refusedBy(rules: Rules, brought: Case): string[] {
  return verdictsOn(rules, brought)
    .filter(({ decision }) => decision === 'refused')
    .map(({ rule, text }) => `${rule}: ${text}`);
}

const network = (...hosts: string[]) =>
  policyWith('network:', '  allow:', ...hosts.map((host) => `  - host: ${JSON.stringify(host)}`));
const environment = (...keys: string[]) =>
  policyWith('environment:', '  allow:', ...keys.map((key) => `  - key: ${key}`));
const storage = (uri: string, access = 'read') =>
  policyWith('storage:', '  allow:', `  - uri: ${uri}`, `    access: [${access}]`);
const memory = (amount: string) => policyWith('resources:', '  limits:', `    memory: ${amount}`);

const bringing = (policy: string | null, id = 'a'): Case => ({ desired: [wanted(id, { policy })] });

describe("the operator's policy about a new component (F-17.3)", () => {
  it.each<[string, Rules, string, string[]]>([
    ['a host in the list', { hosts: '[a.example]' }, network('a.example'), []],
    ['one of its schemes', { hosts: '[a.example]' }, network('https://a.example'), []],
    [
      'both schemes, one by one',
      { hosts: '["http://a.example", "https://a.example"]' },
      network('a.example'),
      [],
    ],
    [
      'any port, which Wassette ignores',
      { hosts: '["https://a.example"]' },
      network('https://a.example:8443'),
      [],
    ],
    ['the same in capitals', { hosts: '[A.example]' }, network('a.EXAMPLE'), []],
    [
      'an entry that reaches nothing, which is in the list',
      { hosts: '["*.example"]' },
      network('*.example'),
      [],
    ],
    ['a variable in the list', { environment: '[A, B]' }, environment('B'), []],
    ['memory up to the cap', { memory: '64Mi' }, memory('64Mi'), []],
    ['no network at all', { hosts: '[]' }, policyWith(), []],
    ['nothing', { hosts: '[]', directories: '[]', environment: '[]', no_policy: 'refuse' }, policyWith(), []],
  ])('allows %s', (_what, rules, policy, refused) => {
    expect(refusedBy(rules, bringing(policy))).toEqual(refused);
  });

  it.each<[string, Rules, string | null, string[]]>([
    [
      'a host that is not in the list, and the look-ups that any host opens',
      { hosts: '[]' },
      network('a.example'),
      [
        'hosts: "a" may reach "a.example"',
        'hosts: "a" may look up any name in the DNS, which is a way out for data',
      ],
    ],
    [
      'another scheme',
      { hosts: '["https://a.example"]' },
      network('a.example'),
      ['hosts: "a" may reach "a.example"'],
    ],
    [
      'a host below a name with an asterisk, which stands for itself',
      { hosts: '["*.example"]' },
      network('a.example'),
      ['hosts: "a" may reach "a.example"'],
    ],
    [
      'a network range',
      { hosts: '[a.example]' },
      policyWith('network:', '  allow:', '  - cidr: 10.0.0.0/8'),
      ['hosts: "a" may reach nothing through the entry "cidr 10.0.0.0/8"'],
    ],
    [
      'another variable',
      { environment: '[A]' },
      environment('A', 'a'),
      ['environment: "a" may read the environment variable "a"'],
    ],
    [
      'more memory',
      { memory: '64Mi' },
      memory('65Mi'),
      ['memory: "a" may use up to 68157440 bytes of memory'],
    ],
    [
      'memory without a limit',
      { memory: '64Mi' },
      policyWith(),
      ['memory: "a" may use memory without a limit'],
    ],
    [
      'no policy',
      { no_policy: 'refuse' },
      null,
      ['no_policy: "a" will run WITHOUT A POLICY and may read every environment variable'],
    ],
    [
      'no policy where variables are listed, since it has them all',
      { environment: '[A]', memory: '64Mi' },
      null,
      [
        'environment: "a" will run WITHOUT A POLICY and may read every environment variable',
        'memory: "a" may use memory without a limit',
      ],
    ],
  ])('refuses %s', (_what, rules, policy, refused) => {
    expect(refusedBy(rules, bringing(policy))).toEqual(refused);
  });

  it('goes by the widest meaning where several Wassettes run: no policy may be every variable', () => {
    const wide = { ...bringing(null), target: targetOf([], { withoutPolicy: 'unknown' }) };
    expect(refusedBy({ environment: '[A]' }, wide)).toHaveLength(1);
    const narrow = { ...bringing(null), target: targetOf([], { withoutPolicy: 'nothing' }) };
    expect(refusedBy({ environment: '[A]' }, narrow)).toEqual([]);
    expect(refusedBy({ no_policy: 'refuse' }, narrow)).toEqual(['no_policy: "a" will run without a policy']);
  });

  it('goes by the widest meaning of a policy that is not read here: any host, directory and variable', () => {
    const unread = wanted('a', { policy: 'unread' }, 'unreadable');
    const rules = { hosts: '[a.example]', directories: '[]', environment: '[A]', no_policy: 'refuse' };
    expect(refusedBy(rules, { desired: [unread] }).map((each) => each.split(':')[0])).toEqual([
      'no_policy',
      'environment',
      'hosts',
      'directories',
    ]);
  });

  it('is about its id, by name or beginning', () => {
    expect(refusedBy({ component_ids: '[a, team-*]' }, bringing(policyWith(), 'team-b'))).toEqual([]);
    expect(refusedBy({ component_ids: '["*"]' }, bringing(policyWith(), 'b'))).toEqual([]);
    for (const id of ['ab', 'A', 'teams'])
      expect(refusedBy({ component_ids: '[a, team-*]' }, bringing(policyWith(), id))).toEqual([
        expect.stringMatching(/^component_ids: "\w+" \(.*\) will be installed$/),
      ]);
  });

  it('names the line of the entry that allows, and of the rule that refuses or caps nothing', () => {
    const rules = { hosts: '\n- b.example\n- a.example', environment: '[]' };
    const policy = policyWith(
      'network:',
      '  allow:',
      '  - host: a.example',
      'environment:',
      '  allow:',
      '  - key: K',
    );
    const decided = verdictsOn(rules, bringing(policy)).map(({ rule, line, decision }) => [
      rule,
      line,
      decision,
    ]);
    expect(decided).toEqual([
      ['sources', 3, 'not capped'],
      ['signers', 4, 'not capped'],
      ['require_signature', 5, 'not capped'],
      ['component_ids', 2, 'not capped'],
      ['environment', 10, 'refused'],
      ['hosts', 8, 'allowed'],
      ['hosts', 6, 'allowed'],
      ['memory', 11, 'not capped'],
    ]);
  });

  it('says that no rule is about secrets, IPC and what Wassette does not enforce', () => {
    const target = targetOf([], { secrets: storeOf({ a: ['TOKEN'] }) });
    const policy = policyWith('ipc:', '  allow:', '  - uri: unix:///x');
    expect(verdictsOn({}, { desired: [wanted('a', { policy })], target })).toContainEqual({
      component_id: 'a',
      text: '"a" will see the secrets stored here: "TOKEN"',
      rule: null,
      line: null,
      decision: 'not capped',
      is_here: false,
    });
    expect(verdictsOn({}, bringing(policy))).toContainEqual(
      expect.objectContaining({
        text: '"a" may use the IPC endpoint "unix:///x", which Wassette does not act upon',
        rule: null,
      }),
    );
  });
});

describe('directories (F-17.4)', () => {
  const granting = (uri: string, access: string, found: Partial<GrantedDirectory> = {}): Case => ({
    desired: [wanted('a', { policy: storage(uri, access) })],
    target: targetOf([], { directories: new Map(uri.startsWith('fs://') ? [directoryOf(uri, found)] : []) }),
    real: [['/srv/data']],
  });
  const data: Rules = { directories: '[{ path: /srv/data, access: [read] }]' };
  const isRefused = (rules: Rules, brought: Case) => refusedBy(rules, brought).length > 0;

  it.each<[string, Rules, Case, boolean]>([
    ['the directory itself', data, granting('fs:///srv/data', 'read'), false],
    ['one below it', data, granting('fs:///srv/data/a/b', 'read'), false],
    ['one beside it with the same beginning', data, granting('fs:///srv/database', 'read'), true],
    ['one above it', data, granting('fs:///srv', 'read'), true],
    ['another mode', data, granting('fs:///srv/data', 'write'), true],
    ['both modes', data, granting('fs:///srv/data', 'read, write'), true],
    ['a link in it that leads out', data, granting('fs:///srv/data/out', 'read', { real: '/etc' }), true],
    [
      'a link from elsewhere into it, which may lead elsewhere tomorrow',
      data,
      granting('fs:///home/in', 'read', { real: '/srv/data' }),
      true,
    ],
    ['a way through ".."', data, granting('fs:///srv/data/../data', 'read', { real: '/srv/data' }), true],
    [
      'the way of one process',
      data,
      granting('fs:///srv/data/x', 'read', { ofProcess: '/srv/data/x' }),
      true,
    ],
    ['what cannot be followed', data, granting('fs:///srv/data/x', 'read', { hidden: '/srv/data/x' }), true],
    ['what opens nothing', data, granting('mem://srv/data', 'read'), true],
    ['anything, where nothing is capped', {}, granting('fs:///', 'read, write'), false],
    ['anything, where nothing is allowed', { directories: '[]' }, granting('fs:///srv/data', 'read'), true],
  ])('%s', (_what, rules, brought, refused) => {
    const target = { ...brought.target!, protectedDirs: [] };
    const [wantedOne] = brought.desired;
    // What no import may bring in any case is refused before: here it comes back under new code.
    const had = present('a', { code: 'old' });
    const there = { ...target, components: [{ ...had, policy: wantedOne!.policy }] };
    expect(isRefused(rules, { ...brought, target: there })).toBe(refused);
  });

  it('are those that the entry leads to, where it leads through a link itself', () => {
    const linked = (uri: string, real: string): Case => ({
      ...granting(uri, 'read', { real }),
      real: [['/srv/data', { real: '/mnt/7' }]],
    });
    expect(isRefused(data, linked('fs:///srv/data/a', '/mnt/7/a'))).toBe(false);
    expect(isRefused(data, linked('fs:///mnt/7/a', '/mnt/7/a'))).toBe(false);
    expect(isRefused(data, linked('fs:///srv/data', '/srv/data'))).toBe(true);
  });

  it('are seen from the component directory where their path is relative', () => {
    const brought = (uri: string): Case => ({
      ...granting(uri, 'read', { real: '/host/components/data' }),
      real: [['/host/components/data']],
    });
    const rules = { directories: '[{ path: /host/components/data, access: [read] }]' };
    expect(isRefused(rules, brought('fs://data'))).toBe(false);
    expect(isRefused(rules, brought('fs://other'))).toBe(true);
  });
});

describe('a component that is there (F-17.3)', () => {
  const had = network('old.example');
  const strict: Rules = { hosts: '[new.example]' };

  it('is judged by what is added, where its code stays', () => {
    const target = targetOf([present('a', { policy: had })]);
    const to = (policy: string): Case => ({ desired: [wanted('a', { policy })], target });
    expect(refusedBy(strict, to(network('old.example', 'new.example')))).toEqual([]);
    expect(refusedBy(strict, to(network('old.example', 'third.example')))).toEqual([
      'hosts: "a" may reach "third.example"',
    ]);
    expect(refusedBy(strict, to(had))).toEqual([]);
  });

  it('is judged by all that new code may do, also by what the old could', () => {
    const target = targetOf([present('a', { code: 'old', policy: had })]);
    expect(refusedBy(strict, { desired: [wanted('a', { policy: had })], target })).toEqual([
      'hosts: "a" may reach "old.example"',
    ]);
  });

  it('gets no other code, where that is refused', () => {
    const target = targetOf([present('a', { code: 'old', policy: policyWith() })]);
    const brought = { desired: [wanted('a', { policy: policyWith() })], target };
    expect(refusedBy({ replaced_code: 'refuse' }, brought)).toEqual([
      expect.stringMatching(/^replaced_code: "a" gets new code under its permissions/),
    ]);
    expect(refusedBy({ replaced_code: 'refuse' }, bringing(policyWith()))).toEqual([]);
  });

  it('does not lose its policy or a memory limit, where that is capped', () => {
    const limited = memory('32Mi');
    const target = targetOf([present('a', { policy: limited })]);
    expect(
      refusedBy({ memory: '64Mi' }, { desired: [wanted('a', { policy: policyWith() })], target }),
    ).toEqual(['memory: "a" gets a wider limit: "memory from 33554432 bytes to no limit"']);
    expect(refusedBy({ no_policy: 'refuse' }, { desired: [wanted('a')], target })).toHaveLength(1);
  });

  it('keeps its own policy under new code only within the rules', () => {
    const target = targetOf([present('a', { code: 'old', policy: had })]);
    const desired = [{ ...wanted('a'), keepsPolicy: true }];
    expect(refusedBy(strict, { desired, target })).toEqual(['hosts: "a" may reach "old.example"']);
  });

  it('is removed only where its id may be changed', () => {
    const target = targetOf([present('a'), present('b')]);
    const brought = { desired: [], target, options: { removeExtra: true } };
    expect(refusedBy({ component_ids: '[a]' }, brought)).toEqual(['component_ids: "b" will be removed']);
  });

  it('is not judged where nothing happens to it', () => {
    const target = targetOf([present('a', { policy: had })]);
    const rules = { hosts: '[]', component_ids: '[]', sources: '[]', no_policy: 'refuse' };
    expect(verdictsOn(rules, { desired: [wanted('a', { policy: had })], target })).toEqual([]);
  });
});

describe('sources (F-17.5)', () => {
  const from = (openedFrom: Source | null, real: Case['real'] = []): Case => ({
    ...bringing(policyWith()),
    openedFrom,
    real,
  });
  const file = (path: string): Source => ({ kind: 'file', path });

  it('are where the snapshot is, and not what it says of its code', () => {
    const rules = { sources: '[store, /srv/snapshots]' };
    expect(refusedBy(rules, from({ kind: 'store' }))).toEqual([]);
    const real = [['/srv/snapshots']] as const;
    expect(refusedBy(rules, from(file('/srv/snapshots/a.json'), real))).toEqual([]);
    expect(refusedBy(rules, from(file('/srv/snapshots-2/a.json'), real))).toEqual([
      'sources: the snapshot comes from "/srv/snapshots-2/a.json"',
    ]);
    expect(refusedBy({ sources: '[/srv/snapshots]' }, from({ kind: 'store' }, real))).toEqual([
      'sources: the snapshot comes from the local store',
    ]);
    expect(refusedBy(rules, from(null))).toEqual(['sources: the snapshot comes from no place that is known']);
  });

  it.each<[string, string, boolean]>([
    ['oci://ghcr.io/team', 'oci://ghcr.io/team', true],
    ['oci://ghcr.io/team', 'oci://ghcr.io/team/a:1', true],
    ['oci://ghcr.io/team', 'oci://ghcr.io/team:1', true],
    ['oci://ghcr.io/team', 'oci://GHCR.io/team@sha256:00', true],
    ['oci://ghcr.io/team', 'oci://ghcr.io/team-2/a:1', false],
    ['oci://ghcr.io/team', 'oci://ghcr.io/Team/a:1', false],
    ['oci://ghcr.io', 'oci://ghcr.io/a:1', true],
    ['oci://ghcr.io', 'oci://ghcr.io:5000/a:1', false],
    ['oci://ghcr.io', 'oci://ghcr.io.evil.example/a', false],
    ['oci://ghcr.io', 'https://ghcr.io/a', false],
    ['https://a.example/x/', 'https://a.example/x/b.wasm', true],
    ['https://a.example/x/', 'https://a.example/x/../y.wasm', false],
    ['https://a.example/x/', 'https://a.example/x/%2e%2e/y.wasm', false],
    ['https://a.example/x/', 'https://a.example/x\\..\\y.wasm', false],
  ])('%s of code that a manifest of this host names: %s is allowed: %s', (entry, uri, allowed) => {
    const brought = {
      ...from({ kind: 'store' }),
      codeFrom: { a: { kind: 'uri', uri } as const },
    };
    const refused = refusedBy({ sources: `[store, "${entry}"]` }, brought);
    expect(refused).toHaveLength(allowed ? 0 : 1);
  });
});

describe('signers (F-17.9)', () => {
  const alice = { fingerprint: 'SHA256:a', names: ['alice@example.com', 'team'] };
  const stranger = { fingerprint: 'SHA256:b', names: [] };
  const signed = (...signers: PlanSigner[]): Case => ({ ...bringing(policyWith()), signers });

  it('are named by the list of accepted signers: one of them is enough', () => {
    for (const name of alice.names)
      expect(refusedBy({ signers: `[bob, ${name}]` }, signed(stranger, alice))).toEqual([]);
    expect(refusedBy({ signers: '[bob]' }, signed(alice, stranger))).toEqual([
      'signers: the snapshot is signed by "alice@example.com", "team"',
    ]);
    for (const nobody of [signed(), signed(stranger)])
      expect(refusedBy({ signers: '[bob]' }, nobody)).toEqual([
        'signers: the snapshot is signed by nobody who is accepted here',
      ]);
  });

  it('have to be there, whoever they are, where a signature is required', () => {
    const rules = { require_signature: 'true' };
    expect(refusedBy(rules, signed(alice))).toEqual([]);
    for (const nobody of [signed(), signed(stranger)])
      expect(refusedBy(rules, nobody)).toEqual([
        'require_signature: the snapshot is signed by nobody who is accepted here',
      ]);
    expect(refusedBy({ require_signature: 'false' }, signed())).toEqual([]);
  });
});

describe('what is here already as the snapshot has it', () => {
  const here = policyWith('network:', '  allow:', '  - host: a.example');
  const brought = {
    desired: [wanted('a', { policy: here })],
    target: targetOf([present('a', { policy: here })]),
  };
  const rules: Rules = { component_ids: '[b]', hosts: '[b.example]' };

  it('is not judged where an import is, since it brings nothing', () => {
    expect(verdictsOn(rules, brought)).toEqual([]);
  });

  it('is judged where that is asked, as what it would be where it is brought', () => {
    const said = verdictsOn(rules, brought, judgeWithPresent);
    expect(said.filter(({ decision }) => decision === 'refused')).toEqual([
      expect.objectContaining({ rule: 'component_ids', text: '"a" is here already', is_here: true }),
      expect.objectContaining({ rule: 'hosts', text: '"a" may reach "a.example"', is_here: true }),
    ]);
    expect(said.filter(({ component_id }) => component_id === null).length).toBeGreaterThan(0);
  });
});
