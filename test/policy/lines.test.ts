import { expect, it } from 'vitest';
import { lineOfHost, lineOfStorageUri } from '../../src/policy/lines.ts';

const POLICY = `version: "1.0"
permissions:
  network:
    allow:
    - cidr: 10.0.0.0/8
    - host: a.example
    - host: a.example
  storage:
    allow:
    - access: [read]
      uri: fs://data
`;

it('an entry is found on the line of what it names, the first of two', () => {
  expect(lineOfHost(POLICY, 'a.example')).toBe(6);
  expect(lineOfStorageUri(POLICY, 'fs://data')).toBe(11);
});

it('an entry that a policy does not have is on no line', () => {
  expect(lineOfHost(POLICY, 'b.example')).toBeNull();
  expect(lineOfStorageUri('version: "1.0"\npermissions: {}\n', 'fs://data')).toBeNull();
});
