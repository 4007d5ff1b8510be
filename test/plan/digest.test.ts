// The digest is what people and agents approve: no new name in the code may change it.
import { describe, expect, it } from 'vitest';
import type { SecretsStore } from '../../src/plan/stored-secrets.ts';
import { directoryOf, plan, policyWith, present, storeOf, targetOf, wanted } from '../fixtures/plan.ts';

const before = policyWith(
  'network: { allow: [{ host: a.example }, { host: "https://c" }], deny: [{ host: q }] }',
  'resources: { limits: { memory: 2Ki, cpu: 500m } }',
  'environment: { allow: [{ key: TOKEN }] }',
  'ipc: { allow: [{ uri: "unix:x" }] }',
  'runtime: { docker: { security: { privileged: true } } }',
);
const after = policyWith(
  'network: { allow: [{ host: b.example }, { host: c }, { host: "*.x" }] }',
  'storage: { allow: [{ uri: "fs:///data", access: [read, write] }] }',
  'resources: { limits: { memory: 1Ki, cpu: 900m } }',
);

it('the digest of a plan with every kind of change stays what it is', () => {
  const target = targetOf(
    [
      present('a', { policy: before }),
      present('b', { policy: before, code: 'old' }),
      present('c', { policy: after }),
      present('gone'),
      present('orphan', { code: null, policy: before }),
    ],
    {
      secrets: storeOf({ a: ['S'], b: { file: 'b.yaml', mark: '1' }, d: ['T'] }),
      withoutPolicy: 'unknown',
      directories: new Map([directoryOf('fs:///data')]),
    },
  );
  const desired = [
    wanted('a'),
    wanted('b', { policy: after }),
    wanted('c', { policy: before }),
    wanted('d', { policy: after, meta: 'm' }),
    wanted('orphan', { code: null, policy: after }),
  ];
  const allowGrants = [{ component_id: 'd', entry: 'fs:///data' }];
  const made = plan(desired, target, { options: { removeExtra: true, allowGrants } });
  const kinds = made.steps.flatMap(({ gains }) => gains.map(({ kind }) => kind));
  expect(new Set(kinds).size).toBe(13);
  expect(made.digest).toBe('sha256:27f733c38cca50c2ab3f9dd664be499168ebe32f831c0218fe918a3a75f657ec');
});

const hostPolicy = policyWith('network: { allow: [{ host: a.example }] }');
describe('the digest of a plan (F-9.1)', () => {
  const base = () => plan([wanted('a', { policy: hostPolicy })], targetOf([present('b')]));

  it('is the same for the same request', () => {
    expect(base().digest).toBe(base().digest);
  });

  it('covers secrets that cannot be read: a file and a directory by its mark', () => {
    const digestWith = (secrets: SecretsStore) => plan([wanted('a')], targetOf([], { secrets })).digest;
    const file = (mark: string) => storeOf({ z: { file: 'z.yaml', mark } });
    const directory = (mark: string) => ({ files: new Map(), unread: { file: '/s', mark } });
    const digests = [storeOf({}), storeOf({ z: [] }), file('1'), file('2'), directory('1'), directory('2')];
    expect(new Set(digests.map(digestWith)).size).toBe(6);
  });

  it.each([
    [
      'the snapshot',
      () => plan([wanted('a', { policy: hostPolicy })], targetOf([present('b')]), { source: 'other' }),
    ],
    [
      'the nonce',
      () => plan([wanted('a', { policy: hostPolicy })], targetOf([present('b')]), { nonce: 'other' }),
    ],
    [
      'the target path',
      () => plan([wanted('a', { policy: hostPolicy })], targetOf([present('b')], { path: '/other' })),
    ],
    [
      'code elsewhere on the target',
      () => plan([wanted('a', { policy: hostPolicy })], targetOf([present('b', { code: 'x' })])),
    ],
    [
      'a policy elsewhere on the target',
      () => plan([wanted('a', { policy: hostPolicy })], targetOf([present('b', { policy: hostPolicy })])),
    ],
    [
      'names of secrets',
      () =>
        plan(
          [wanted('a', { policy: hostPolicy })],
          targetOf([present('b')], { secrets: storeOf({ z: ['S'] }) }),
        ),
    ],
    [
      'an option',
      () =>
        plan([wanted('a', { policy: hostPolicy })], targetOf([present('b')]), {
          options: { skipExisting: true },
        }),
    ],
    [
      'the code wanted',
      () => plan([wanted('a', { code: 'x', policy: hostPolicy })], targetOf([present('b')])),
    ],
  ])('changes with %s', (_what, other) => {
    expect(other().digest).not.toBe(base().digest);
  });

  it('does not change with what Wassette had cached', () => {
    const target = targetOf([present('b', { tools: ['new-tool'] })]);
    expect(plan([wanted('a', { policy: hostPolicy })], target).digest).toBe(base().digest);
  });
});
