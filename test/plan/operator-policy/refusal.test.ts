import { describe, expect, it } from 'vitest';
import { assertWithin } from '../../../src/plan/operator-policy/refusal.ts';
import type { Verdict } from '../../../src/plan/operator-policy/verdicts.ts';
import { failing } from '../../fixtures/failing.ts';

const verdict = (more: Partial<Verdict>): Verdict => ({
  component_id: 'a',
  text: '"a" may reach "b.example"',
  rule: 'hosts',
  line: 6,
  decision: 'refused',
  is_here: false,
  ...more,
});
const ofSnapshot = verdict({ component_id: null, text: 'the snapshot is signed by nobody', rule: 'signers' });

describe("what is beyond the operator's policy", () => {
  it('can be left out where it is about components', () => {
    expect(() => assertWithin([verdict({})])).toThrow(
      failing('POLICY_BEYOND_CAPS', { remedy: { do: 'leave-out' } }),
    );
  });

  it('cannot be left out where it is about the snapshot itself', () => {
    expect(() => assertWithin([verdict({}), ofSnapshot])).toThrow(
      failing('POLICY_BEYOND_CAPS', { remedy: undefined }),
    );
  });
});
