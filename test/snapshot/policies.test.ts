import { expect, it } from 'vitest';
import { readDocument } from '../../src/snapshot/document.ts';
import { PoliciesWithTrees, readPolicies } from '../../src/snapshot/policies.ts';
import { documentOf } from '../fixtures/document.ts';
import { failing } from '../fixtures/failing.ts';
import { policyText } from '../fixtures/host.ts';
import { withLimits } from '../fixtures/limits.ts';

const city = policyText({ environment: ['CITY'] });
const other = policyText({ environment: ['OTHER'] });

it('a policy is read once, whoever has it and however often it is asked for', () => {
  const document = readDocument(
    documentOf([
      { id: 'a', policy: city },
      { id: 'b', policy: city },
      { id: 'c', policy: other },
    ]),
  );
  const [a, b, c] = document.tree.components.map((component) => document.policyOf(component));
  expect(a).toMatchObject({ text: city, rights: { environment: ['CITY'] } });
  expect(b).toBe(a);
  expect(c).toMatchObject({ text: other, rights: { environment: ['OTHER'] } });
});

it('a policy that was read before is not read again', () => {
  const first = readDocument(documentOf([{ id: 'a', policy: city }]));
  const again = readDocument(
    documentOf([
      { id: 'b', policy: city },
      { id: 'c', policy: other },
    ]),
    first.policies,
  );
  const [b] = again.tree.components;
  expect(again.policyOf(b!)).toBe(first.policies.get(city));
  expect([...again.policies.keys()]).toEqual([city, other]);
});

it('what a text was read as is kept for a merge alone, since it takes much memory', () => {
  const { components } = documentOf([{ id: 'a', policy: city }]);
  expect(readPolicies(components, new Map()).policies.get(city)?.tree).toBeNull();
  expect(readPolicies(components, new PoliciesWithTrees()).policies.get(city)?.tree?.kind).toBe('map');
});

it('policies may have only so many YAML tokens together, and a text that several have counts once (F-7)', async () => {
  const alike = documentOf(['a', 'b', 'c'].map((id) => ({ id, policy: city }))).components;
  const another = documentOf([{ id: 'd', policy: `${city}# another` }]).components;
  await withLimits({ policyLexemes: 60 }, () => {
    expect(() => readPolicies(alike)).not.toThrow();
    expect(() => readPolicies([...alike, ...another])).toThrow(
      failing('FORMAT_LIMIT_EXCEEDED', { details: { component_id: 'd', limit: 60 } }),
    );
  });
});
