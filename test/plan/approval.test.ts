import { describe, expect, it } from 'vitest';
import { assertApproved, assertNotWidening, assertReadable } from '../../src/plan/approval.ts';
import { failing } from '../fixtures/failing.ts';
import { plan, policyWith, present, targetOf, wanted } from '../fixtures/plan.ts';

const made = plan([wanted('a'), wanted('b', { policy: policyWith('network: { allow: [{ host: x }] }') })]);
const accept = made.sentences.map((sentence) => sentence.text);
const approval = (accepted: readonly string[], approve = made.digest) => ({ approve, accept: accepted });

describe('an approval (F-9.4)', () => {
  it('covers a plan with its digest and all of its sentences, in any order', () => {
    expect(() => assertApproved(made, approval(accept))).not.toThrow();
    expect(() => assertApproved(made, approval(accept.toReversed()))).not.toThrow();
  });

  it.each([
    ['missing', accept.slice(1)],
    ['all missing', []],
    ['extra', [...accept, '"a" may do more']],
    ['changed by one letter', [accept[0]!.replace('installed', 'Installed'), ...accept.slice(1)]],
    ['given twice', [...accept, accept[0]!]],
    ['given twice in place of another', [...accept.slice(1), accept[1]!]],
    ['with a space at the end', [`${accept[0]} `, ...accept.slice(1)]],
  ])('with a sentence %s is refused', (_how, accepted) => {
    expect(() => assertApproved(made, approval(accepted))).toThrow(failing('CONFLICT_APPROVAL_MISMATCH'));
  });

  it('of another plan is refused, whatever its sentences', () => {
    const other = plan(
      [wanted('a'), wanted('b', { policy: policyWith('network: { allow: [{ host: x }] }') })],
      targetOf(),
      {
        nonce: 'other',
      },
    );
    expect(other.sentences).toEqual(made.sentences);
    expect(() => assertApproved(made, approval(accept, other.digest))).toThrow(
      failing('CONFLICT_STALE_PLAN'),
    );
    expect(() => assertApproved(made, approval(accept, ''))).toThrow(failing('CONFLICT_STALE_PLAN'));
  });

  it('that is refused shows unknown sentences in ASCII and not all of them', () => {
    const unknown = Array.from({ length: 50 }, (_, i) => `\u202e${i}${'x'.repeat(1000)}`);
    try {
      assertApproved(made, approval(unknown));
      expect.unreachable();
    } catch (error) {
      const shown = JSON.stringify(error);
      expect(shown).toMatch(/^[\x20-\x7e]+$/);
      expect(shown.length).toBeLessThan(3000);
    }
  });
});

describe('how much one question can hold (F-9.3)', () => {
  const hosts = (count: number, length = 1) =>
    Array.from({ length: count }, (_, i) => `{ host: h${i}${'x'.repeat(length)} }`).join(', ');
  const planFor = (count: number, length?: number) =>
    plan([wanted('a', { policy: policyWith(`network: { allow: [${hosts(count, length)}] }`) })]);

  it('is 100 sentences', () => {
    // One for the component, one for the look-ups that any host opens.
    expect(planFor(98).sentences).toHaveLength(100);
    expect(() => assertReadable(planFor(98))).not.toThrow();
    expect(() => assertReadable(planFor(99))).toThrow(failing('POLICY_TOO_MANY_GRANTS'));
  });

  it('and 12,000 characters', () => {
    expect(() => assertReadable(planFor(90, 120))).toThrow(failing('POLICY_TOO_MANY_GRANTS'));
  });
});

describe('an operator who forbids widening', () => {
  it('stops a plan with a gain and lets one without pass', () => {
    expect(() => assertNotWidening(made)).toThrow(failing('POLICY_WIDENED'));
    expect(() => assertNotWidening(plan([wanted('a', { policy: policyWith() })]))).not.toThrow();
    expect(() =>
      assertNotWidening(plan([wanted('a', { code: null })], targetOf([present('a')]))),
    ).not.toThrow();
  });

  it('hears which components would gain', () => {
    expect(() => assertNotWidening(made)).toThrow(
      expect.objectContaining({ details: { component_ids: ['a', 'b'] } }),
    );
  });
});
