// What a plan refuses for a store that only its own Wassette may change.
import { describe, expect, it } from 'vitest';
import { changingSteps, type PlanOptions } from '../../src/plan/plan.ts';
import type { DesiredComponent, TargetComponent } from '../../src/plan/target.ts';
import { plan as planOf, policyWith, present, targetOf, wanted } from '../fixtures/plan.ts';

const CITY = policyWith('environment:', '  allow:', '    - key: CITY');

function planServed(
  desired: readonly DesiredComponent[],
  components: readonly TargetComponent[],
  {
    reserved = [],
    replaceable = [],
    ...options
  }: Partial<PlanOptions> & {
    reserved?: string[];
    replaceable?: string[];
  } = {},
) {
  const served = { reserved: new Set(reserved), replaceable: new Set(replaceable) };
  return planOf(desired, targetOf(components, { served }), { options });
}

const refused = (expected: string) =>
  expect.objectContaining({ code: 'STORE_UNSUPPORTED', message: expect.stringContaining(expected) });

describe('a plan for a store that only its Wassette may change', () => {
  it('adds components, and replaces the code of those that an import installed', () => {
    const plan = planServed([wanted('a'), wanted('b', { code: 'new' })], [present('b', { code: 'old' })], {
      replaceable: ['b'],
    });
    expect(plan.steps.map(({ action }) => action)).toEqual(['add', 'replace']);
  });

  it('has nothing to do where the policy says the same in other words', () => {
    const same = `# in other words\n${CITY}`;
    const plan = planServed([wanted('a', { policy: same, meta: 'm' })], [present('a', { policy: CITY })]);
    expect(changingSteps(plan)).toEqual([]);
  });

  it.each<[string, string, () => unknown]>([
    [
      'new code for what came from another source',
      'another source',
      () => planServed([wanted('a', { code: 'new' })], [present('a', { code: 'old' })]),
    ],
    [
      'a name that a removed component keeps',
      'its name is taken',
      () => planServed([wanted('Gone')], [], { reserved: ['gone'] }),
    ],
    ['removing', 'no import removes it', () => planServed([], [present('a')], { removeExtra: true })],
    [
      'a deny entry',
      'cannot change its deny entries',
      () =>
        planServed([wanted('a', { policy: policyWith('network:', '  deny:', '    - host: a.example') })], []),
    ],
    [
      'a limit that goes',
      'resource limits',
      () =>
        planServed(
          [wanted('a', { policy: CITY })],
          [present('a', { policy: policyWith('resources:', '  limits:', '    memory: "64Mi"') })],
        ),
    ],
  ])('refuses %s', (_, expected, plan) => {
    expect(plan).toThrow(refused(expected));
  });

  it('takes a component with a limit as it is, when that one is there already', () => {
    const limited = policyWith('resources:', '  limits:', '    memory: "64Mi"');
    const plan = planServed(
      [wanted('a', { code: 'new', policy: `${limited}  environment:\n    allow:\n      - key: CITY\n` })],
      [present('a', { code: 'old', policy: limited })],
      { replaceable: ['a'] },
    );
    expect(plan.steps[0]!.action).toBe('replace');
  });
});
