// What differs between any two policies, in the words in which a plan says it.
import { expect, it } from 'vitest';
import { differenceInWords, lossInWords } from '../../../src/plan/words/changes.ts';
import { gained } from '../../../src/policy/gains.ts';
import { directoryOf, permissionsOf, policyWith } from '../../fixtures/plan.ts';

const first = permissionsOf(
  policyWith(
    'network: { allow: [{ host: a.example }] }',
    'resources: { limits: { memory: 2Ki } }',
    'environment: { allow: [{ key: TOKEN }] }',
  ),
);
const second = permissionsOf(
  policyWith(
    'network: { allow: [{ host: b.example }] }',
    'storage: { allow: [{ uri: "fs:///data", access: [read] }] }',
    'resources: { limits: { memory: 1Ki } }',
  ),
);

it('gains and losses between any two policies are said as in a plan', () => {
  expect(differenceInWords(first, second)).toEqual({
    gains: ['may reach "b.example"', 'may read files in "/data"'],
    gainKinds: ['network', 'read'],
    losses: [
      'may no longer read the environment variable "TOKEN"',
      'may no longer reach "a.example"',
      'gets a tighter limit: "memory from 2048 bytes to 1024 bytes"',
    ],
  });
  const directories = new Map([directoryOf('fs:///data', { real: '/mnt/data' })]);
  expect(differenceInWords(first, second, 'unknown', directories).gains[1]).toBe(
    'may read files in "/data", which is "/mnt/data"',
  );
});

it('a component that is only on one side gains, or loses, all that it has', () => {
  expect(differenceInWords(null, first)).toEqual({
    gains: [
      'may read the environment variable "TOKEN"',
      'may reach "a.example"',
      'may look up any name in the DNS, which is a way out for data',
    ],
    gainKinds: ['environment', 'network', 'dns'],
    losses: [],
  });
  expect(differenceInWords(first, null).losses).toEqual([
    'may no longer read the environment variable "TOKEN"',
    'may no longer reach "a.example"',
    'may no longer look up any name in the DNS',
  ]);
  expect(differenceInWords(first, first)).toEqual({ gains: [], gainKinds: [], losses: [] });
});

it('a loss of each kind that only an import brings about is said', () => {
  const words = [gained('secrets', 'TOKEN'), gained('unread-secrets', 'a.yaml')].map((loss) =>
    lossInWords(loss, new Map()),
  );
  expect(words).toEqual([
    'may no longer see the secret "TOKEN"',
    'may no longer see the secrets in "a.yaml"',
  ]);
});

it('deny entries, entries that reach nothing and having no policy are said both ways', () => {
  const strict = permissionsOf(
    policyWith('network: { allow: [{ cidr: 10.0.0.0/8 }], deny: [{ host: a.example }] }'),
  );
  const empty = permissionsOf(policyWith());
  expect(differenceInWords(strict, empty)).toEqual({
    gains: ['loses the deny entry "network a.example", which Wassette does not act upon'],
    gainKinds: ['deny-removed'],
    losses: ['loses the network entry "cidr 10.0.0.0/8"', 'may no longer look up any name in the DNS'],
  });
  expect(differenceInWords(empty, strict).losses).toEqual([
    'gets the deny entry "network a.example", which Wassette does not act upon',
  ]);
  expect(differenceInWords('none', empty, 'everything').losses).toEqual([
    'no longer runs without a policy that Wassette reads, so may no longer read every environment variable',
  ]);
});

it('of what Wassette does not act upon it is said, so that nobody takes it for a limit', () => {
  const limits = 'resources: { io: 100, limits: { cpu: 500m, memory: 64Mi } }';
  const limited = permissionsOf(
    policyWith(limits, 'ipc: { allow: [{ uri: "unix:///x" }] }', 'runtime: { docker: { security: {} } }'),
  );
  const { gains, losses } = differenceInWords(permissionsOf(policyWith()), limited);
  const end = ', which Wassette does not act upon';
  expect(gains.map((gain) => gain.endsWith(end))).toEqual([true, true]);
  expect(losses.filter((loss) => loss.endsWith(end))).toEqual([
    `gets a tighter limit: "cpu from no limit to 500 millicores"${end}`,
    `gets a tighter limit: "io from no limit to 100"${end}`,
  ]);
  expect(losses).toContain('gets a tighter limit: "memory from no limit to 67108864 bytes"');
});

it('of a policy that is not read here nothing is said but that: Wassette may read it', () => {
  const some = permissionsOf(policyWith('environment: { allow: [{ key: CITY }] }'));
  expect(differenceInWords('unreadable', some, 'everything')).toEqual({
    gains: [
      'may read the environment variable "CITY"',
      'may get a wider limit: "memory from a limit that is not known to no limit"',
    ],
    gainKinds: ['environment', 'limit'],
    losses: ['no longer has the policy that cannot be read here, nor what only that may have allowed'],
  });
  expect(differenceInWords(some, 'unreadable', 'everything')).toEqual({
    gains: [
      'will run with a policy that CANNOT BE READ here, and may allow any host, directory and environment variable',
    ],
    gainKinds: ['no-policy'],
    losses: [],
  });
});
