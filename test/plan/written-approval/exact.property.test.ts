// An approval in writing covers a plan exactly when each thing of the plan is in it.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Plan } from '../../../src/plan/plan.ts';
import type { TargetState } from '../../../src/plan/target.ts';
import { type Allowance, keyOf } from '../../../src/plan/written-approval/allowance.ts';
import { allowancesOf, coverageOf } from '../../../src/plan/written-approval/coverage.ts';
import { directoryOf, plan, policyWith, present, storeOf, targetOf, wanted } from '../../fixtures/plan.ts';
import { holds } from '../../fixtures/seed.ts';

const IDS = ['a', 'b', 'c'];
const DIRECTORIES = new Map([directoryOf('fs:///srv/data')]);
const POLICIES = [
  null,
  policyWith(),
  policyWith('environment: { allow: [{ key: TZ }] }'),
  policyWith('network: { allow: [{ host: b.example }] }', 'resources: { limits: { memory: 64Mi } }'),
  policyWith(
    'network: { allow: [{ host: a.example }], deny: [{ host: c.example }] }',
    'storage: { allow: [{ uri: fs:///srv/data, access: [read, write] }] }',
  ),
];

const anySketch = fc.record({ code: fc.constantFrom('x', 'y'), policy: fc.constantFrom(...POLICIES) });
const anyPlan = fc
  .record({
    desired: fc.tuple(anySketch, anySketch, anySketch),
    here: fc.tuple(fc.option(anySketch), fc.option(anySketch), fc.option(anySketch)),
    hasMore: fc.boolean(),
    removeExtra: fc.boolean(),
    stored: fc.constantFrom({}, { a: ['TOKEN', 'KEY'] }),
  })
  .map(({ desired, here, hasMore, removeExtra, stored }): { made: Plan; target: TargetState } => {
    const there = here.flatMap((sketch, i) => (sketch === null ? [] : [present(IDS[i]!, sketch)]));
    const target = targetOf([...there, ...(hasMore ? [present('more')] : [])], {
      secrets: storeOf(stored),
      directories: DIRECTORIES,
    });
    const components = desired.map((sketch, i) => wanted(IDS[i]!, sketch));
    return { made: plan(components, target, { options: { removeExtra } }), target };
  });

function cover({ made }: { made: Plan }, allows: readonly Allowance[]) {
  const { isWhole, left, losses } = coverageOf(made, DIRECTORIES, [{ allows }]);
  return { isWhole, left: left.length + losses.length };
}

describe('coverage is exact', () => {
  it('with everything that a plan does nothing is left; without one thing, or with another in its place, one is', () =>
    holds(
      fc.property(anyPlan, fc.nat(), (one, number) => {
        const all = allowancesOf(one.made, DIRECTORIES);
        fc.pre(all.length > 0);
        expect(cover(one, all)).toEqual({ isWhole: true, left: 0 });
        const at = number % all.length;
        const without = all.filter((_, index) => index !== at);
        const changed: Allowance = { ...all[at]!, value: `${all[at]!.value}.` };
        expect(cover(one, without)).toEqual({ isWhole: false, left: 1 });
        expect(cover(one, [...without, changed])).toEqual({ isWhole: false, left: 1 });
      }),
      60,
    ));

  it('what was approved for one host covers another exactly when it has all that is needed there', () =>
    holds(
      fc.property(anyPlan, anyPlan, (one, other) => {
        const allows = allowancesOf(one.made, DIRECTORIES);
        const has = new Set(allows.map(keyOf));
        const needed = allowancesOf(other.made, DIRECTORIES).map(keyOf);
        const isCovered = needed.length > 0 && needed.every((key) => has.has(key));
        expect(cover(other, allows).isWhole).toBe(isCovered);
      }),
      60,
    ));

  it('no two things of a plan are the same', () =>
    holds(
      fc.property(anyPlan, ({ made }) => {
        const keys = allowancesOf(made, DIRECTORIES).map(keyOf);
        expect(new Set(keys).size).toBe(keys.length);
      }),
      60,
    ));
});
