import { expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../../src/codec/limits.ts';
import { policyOf, readPolicies } from '../../src/snapshot/policies.ts';
import { documentOf } from '../fixtures/document.ts';
import { policyText } from '../fixtures/host.ts';

it('a policy is read once, whoever has it and however often it is asked for', () => {
  const policy = policyText({ environment: ['CITY'] });
  const { components } = documentOf([
    { id: 'a', policy },
    { id: 'b', policy },
    { id: 'c', policy: policyText({ environment: ['OTHER'] }) },
  ]);
  const [a, b, c] = components as [(typeof components)[0], (typeof components)[0], (typeof components)[0]];
  readPolicies(components, DEFAULT_LIMITS);
  expect(policyOf(a)).toMatchObject({ environment: ['CITY'] });
  expect(policyOf(a)).toBe(policyOf(a));
  expect(policyOf(b)).toBe(policyOf(a));
  expect(policyOf(c)).toMatchObject({ environment: ['OTHER'] });
});

it('a policy whose text is another one by now is read again', () => {
  const { components } = documentOf([{ id: 'a', policy: policyText({ environment: ['CITY'] }) }]);
  readPolicies(components, DEFAULT_LIMITS);
  components[0]!.policy!.content = policyText({ environment: ['OTHER'] });
  expect(policyOf(components[0]!)).toMatchObject({ environment: ['OTHER'] });
});

it('policies may have only so many words and signs together, and a text that several have counts once (F-7)', () => {
  const policy = policyText({ environment: ['CITY'] });
  const alike = documentOf(['a', 'b', 'c'].map((id) => ({ id, policy }))).components;
  const other = documentOf([{ id: 'd', policy: `${policy}# another` }]).components;
  const limits = { ...DEFAULT_LIMITS, policyLexemes: 60 };
  expect(() => readPolicies(alike, limits)).not.toThrow();
  expect(() => readPolicies([...alike, ...other], limits)).toThrow(
    expect.objectContaining({ code: 'FORMAT_LIMIT_EXCEEDED', details: { component_id: 'd', limit: 60 } }),
  );
});
