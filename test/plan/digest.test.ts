// The digest is what people and agents approve: no new name in the code may change it.
import { expect, it } from 'vitest';
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
  expect(made.digest).toBe('sha256:274decbf01ae7d06c94b8681fc80c06239f001772e95a813f330379f6632b4b2');
});
