import { describe, expect, it } from 'vitest';
import { FormatError } from '../../src/errors.ts';
import { decodePolicy, type Permissions, parsePolicy } from '../../src/model/policy.ts';
import { POLICY_TABLE } from '../fixtures/policy-table.ts';

const where = { componentId: 'probe' };

function failureOf(work: () => unknown): FormatError {
  try {
    work();
  } catch (error) {
    if (error instanceof FormatError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

/** Permissions of a policy with these lines under "permissions:". */
function permissions(...lines: string[]): Permissions {
  return parsePolicy(['version: 1.0', 'permissions:', ...lines].join('\n'), where);
}

describe('the policy table', () => {
  it('has every title once', () => {
    const titles = POLICY_TABLE.map((row) => row.title);
    expect(new Set(titles).size).toBe(titles.length);
  });

  for (const { title, bytes, expected } of POLICY_TABLE) {
    if ('environment' in expected) {
      it(`takes ${title}`, () => {
        expect(decodePolicy(bytes, where).permissions.environment).toEqual(expected.environment);
      });
    } else {
      it(`refuses ${title}`, () => {
        const failure = failureOf(() => decodePolicy(bytes, where));
        expect(failure.code).toMatch(/^FORMAT_(INVALID_POLICY|LIMIT_EXCEEDED)$/);
        expect(failure.details.line ?? null).toBe(expected.refusedOnLine);
        expect(failure.details.component_id).toBe('probe');
        expect(failure.message).toContain('component "probe"');
        expect(failure.hint).toBeTruthy();
      });
    }
  }
});
