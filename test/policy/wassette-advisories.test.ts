import { expect, it } from 'vitest';
import { advisoriesFor } from '../../src/policy/wassette-advisories.ts';
import { parseVersion } from '../../src/policy/wassette-versions.ts';

it.each(['0.4.0', '0.6.0', '0.7.0'])('Wassette %s has a published hole in its sandbox', (version) => {
  expect(advisoriesFor(parseVersion(version)!).map(({ id }) => id)).toEqual(['GHSA-vqjp-4c8c-hfgg']);
});

it.each(['0.3.0', '0.5.0', '0.8.0', '0.8.1', '0.7.0-rc.1'])('of Wassette %s nothing is said', (version) => {
  expect(advisoriesFor(parseVersion(version)!)).toEqual([]);
});
