import { describe, expect, it } from 'vitest';
import { callableOf } from '../../../src/plan/warnings/lacks.ts';
import type { WithoutPolicy } from '../../../src/policy/wassette-versions.ts';
import { directoryOf, plan, policyWith, present, storeOf, targetOf, wanted } from '../../fixtures/plan.ts';

describe('what the target lacks', () => {
  it('names secrets, variables, directories and tools that two components serve', () => {
    const policy = policyWith(
      'environment: { allow: [{ key: MISSING }, { key: SET }, { key: STORED }] }',
      'storage: { allow: [{ uri: "fs:///data", access: [read] }] }',
    );
    const target = targetOf([present('other', { tools: ['fetch'] })], {
      secrets: storeOf({ a: ['STORED'] }),
      environment: new Set(['SET']),
      directories: new Map([directoryOf('fs:///data', { exists: false })]),
    });
    expect(
      plan([wanted('a', { policy, tools: ['fetch', 'own'], secrets: ['STORED', 'TOKEN'] })], target).lacks,
    ).toEqual({
      secrets: [{ component_id: 'a', names: ['TOKEN'] }],
      environment: ['MISSING'],
      directories: ['/data'],
      tool_collisions: [{ tool: 'fetch', component_ids: ['a', 'other'] }],
    });
  });

  it('says nothing of variables that nobody here sees, but that they are not known', () => {
    const policy = policyWith('environment: { allow: [{ key: CITY }, { key: STORED }] }');
    const target = targetOf([], { secrets: storeOf({ a: ['STORED'] }), environment: null });
    const { lacks, warnings } = plan([wanted('a', { policy })], target);
    expect(lacks.environment).toEqual([]);
    expect(warnings).toEqual([
      'which environment variables the running Wassette has is not known; it would need: "CITY"',
    ]);
    expect(plan([wanted('a')], target).warnings.join()).not.toContain('environment variables');
  });

  it('is nothing for what is skipped or leaves', () => {
    const target = targetOf([present('a', { tools: ['t'] }), present('b', { tools: ['t'] })]);
    const lacks = plan([wanted('a', { code: 'x', tools: ['t'], secrets: ['S'] })], target, {
      options: { skipExisting: true, removeExtra: true },
    }).lacks;
    expect(lacks).toEqual({ secrets: [], environment: [], directories: [], tool_collisions: [] });
  });

  it('leaves a tool that two components have out of those that can be called', () => {
    const { lacks } = plan(
      [wanted('new', { tools: ['own', 'shared'] })],
      targetOf([present('old', { tools: ['shared'] })]),
    );
    expect(callableOf(['init', 'own', 'shared', 'init', 'other'], lacks)).toEqual(['own', 'other']);
  });

  it('does not tell again of tools that components here already share with each other', () => {
    const target = targetOf([
      present('old-1', { tools: ['shared'] }),
      present('old-2', { tools: ['shared'] }),
    ]);
    expect(plan([wanted('new', { tools: ['own'] })], target).lacks.tool_collisions).toEqual([]);
  });
});

it('a plan warns of entries that do not do what they look like', () => {
  const policy = policyWith(
    'network: { allow: [{ host: "*.example" }, { cidr: 10.0.0.0/8 }], deny: [{ host: b.example }] }',
    'storage: { allow: [{ uri: "https://x", access: [read] }, { uri: "fs:///d/*", access: [read] }] }',
  );
  const warnings = plan([wanted('a', { policy })]).warnings.join('\n');
  for (const text of [
    'deny',
    'cidr',
    '"*.example" reaches nothing in Wassette, but',
    'DNS',
    'does not start with fs://',
    '* included',
  ])
    expect(warnings).toContain(text);
  expect(plan([wanted('a', { policy })], targetOf([present('a', { policy })])).warnings).toEqual([]);
});

describe('a component that comes without a policy', () => {
  const warned = (cameFrom: WithoutPolicy, withoutPolicy: WithoutPolicy) =>
    plan([wanted('b'), wanted('a'), wanted('c', { policy: policyWith() })], targetOf([], { withoutPolicy }), {
      cameFrom,
    }).warnings;

  it('is warned of where it sees less than where it comes from, or may', () => {
    expect(warned('everything', 'nothing')).toEqual([
      'without a policy "a", "b" will see no environment variable and no stored secret in the Wassette here: give a policy to each that needs any',
    ]);
    expect(warned('unknown', 'unknown')).toEqual([
      'without a policy "a", "b" will see no environment variable and no stored secret in Wassette 0.8.1 and newer: give a policy to each that needs any',
    ]);
    expect(warned('unknown', 'nothing')).toHaveLength(1);
    expect(warned('everything', 'unknown')).toHaveLength(1);
  });

  it('is not warned of where it sees no less', () => {
    for (const here of ['everything', 'nothing', 'unknown'] as const)
      expect(warned('nothing', here)).toEqual([]);
    for (const from of ['everything', 'unknown'] as const) expect(warned(from, 'everything')).toEqual([]);
    const there = targetOf([present('a')], { withoutPolicy: 'nothing' });
    expect(plan([wanted('a')], there).warnings).toEqual([]);
  });
});
