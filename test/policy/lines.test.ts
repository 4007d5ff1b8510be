import { expect, it } from 'vitest';
import { lineOfGrant } from '../../src/policy/lines.ts';

const POLICY = `version: "1.0"
permissions:
  network:
    allow:
    - cidr: 10.0.0.0/8
      uri: fs://data
    - host: a.example
    - host: a.example
  storage:
    allow:
    - access: [read]
      uri: fs://data
`;

it('an entry is found on the line of what it names, the first of two', () => {
  expect(lineOfGrant(POLICY, 'network', 'a.example')).toBe(7);
  expect(lineOfGrant(POLICY, 'storage', 'fs://data')).toBe(12);
});

it('an entry that a policy does not have is on no line', () => {
  expect(lineOfGrant(POLICY, 'network', 'b.example')).toBeNull();
  expect(lineOfGrant('version: "1.0"\npermissions: {}\n', 'storage', 'fs://data')).toBeNull();
});
