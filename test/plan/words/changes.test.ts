// What differs between any two policies, in the words in which a plan says it.
import { expect, it } from 'vitest';
import { differenceInWords } from '../../../src/plan/words/changes.ts';
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
    losses: [],
  });
  expect(differenceInWords(first, null).losses).toEqual([
    'may no longer read the environment variable "TOKEN"',
    'may no longer reach "a.example"',
    'may no longer look up any name in the DNS',
  ]);
  expect(differenceInWords(first, first)).toEqual({ gains: [], losses: [] });
});
