// What the permission tools of Wassette make of a policy, call by call.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { editsBetween, findUnsayable, isSame, type PermissionEdit } from '../../src/plan/permission-edits.ts';
import { findGains, NOTHING } from '../../src/policy/gains.ts';
import type { Access, Permissions, Rights } from '../../src/policy/policy.ts';
import { permissions } from '../fixtures/arbitrary.ts';
import { holds } from '../fixtures/seed.ts';

/** The same permissions with nothing that the tools cannot say. */
function sayable({ storage, network, environment }: Permissions): Permissions {
  return {
    ...NOTHING,
    storage: { allow: sorted(storage.allow), deny: [] },
    network: { allow: sorted(network.allow.filter((grant) => 'host' in grant)), deny: [] },
    environment: [...environment].sort(),
  };
}

const sorted = <T>(list: readonly T[]): T[] =>
  [...list].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));

const rights: fc.Arbitrary<Rights> = fc.oneof(
  { weight: 5, arbitrary: permissions.map(sayable) },
  { weight: 1, arbitrary: fc.constant<Rights>('none') },
);

/** One call, as Wassette carries it out: a grant makes a policy where there is none. */
function after(before: Rights, { tool, details }: PermissionEdit): Rights {
  if (tool === 'reset-permission') return 'none';
  const was = typeof before === 'string' ? NOTHING : before;
  const { uri, access, host, key } = details as { uri: string; access?: Access[]; host: string; key: string };
  const isGrant = tool.startsWith('grant-');
  if (tool.includes('storage')) {
    const others = was.storage.allow.filter((grant) => grant.uri !== uri);
    const had = was.storage.allow.find((grant) => grant.uri === uri)?.access ?? [];
    const both = [...new Set([...had, ...(access ?? [])])].sort();
    const allow = isGrant ? [...others, { uri, access: both }] : others;
    return { ...was, storage: { ...was.storage, allow: sorted(allow) } };
  }
  if (tool.includes('network')) {
    const others = was.network.allow.filter((grant) => !('host' in grant) || grant.host !== host);
    return { ...was, network: { ...was.network, allow: sorted(isGrant ? [...others, { host }] : others) } };
  }
  const others = was.environment.filter((other) => other !== key);
  return { ...was, environment: isGrant ? [...others, key].sort() : others };
}

describe('the edits between two rights', () => {
  test('lead from one to the other', async () => {
    await holds(
      fc.property(rights, rights, (before, wanted) => {
        const { narrowing, widening } = editsBetween(before, wanted);
        expect([...narrowing, ...widening].reduce(after, before)).toEqual(wanted);
        expect(findUnsayable(before, wanted)).toEqual([]);
      }),
      300,
    );
  });

  test('have narrowed them, before new code comes, to what both allow', async () => {
    await holds(
      fc.property(rights, rights, (before, wanted) => {
        const between = editsBetween(before, wanted).narrowing.reduce(after, before);
        // Whoever keeps receipts shows everything without a policy, as far as is known.
        expect(findGains(wanted, between, 'everything')).toEqual([]);
        expect(findGains(before, between, 'everything')).toEqual([]);
      }),
      300,
    );
  });

  test('are none where both are the same', async () => {
    await holds(
      fc.property(rights, (same) => {
        expect(editsBetween(same, same)).toEqual({ narrowing: [], widening: [] });
      }),
      100,
    );
  });

  test('cannot say deny entries, cidr, ipc, runtime and limits, and only those are named', async () => {
    await holds(
      fc.property(permissions, permissions, (before, wanted) => {
        expect(findUnsayable(before, wanted).length === 0).toBe(isSame(fixed(before), fixed(wanted)));
      }),
      200,
    );
    expect(findUnsayable('unreadable', NOTHING)).toEqual(['a policy that cannot be read']);
    expect(findUnsayable('unreadable', 'none')).toEqual([]);
  });
});

/** All that no tool changes. */
function fixed({ storage, network, ipc, runtime, resources }: Permissions): unknown {
  const cidr = network.allow.filter((grant) => 'cidr' in grant);
  return { denied: [storage.deny, network.deny], cidr, ipc, runtime, resources };
}
