// The calls of Wassette's own permission tools that turn one component's rights into others (wassette.md, section on
// tools): for a store in which only Wassette itself may write.
import { canonicalBytes } from '../codec/canonical-json.ts';
import { NOTHING } from '../policy/gains.ts';
import type { Permissions, Rights } from '../policy/policy.ts';

/** One call; the component's id is added to it. */
export interface PermissionEdit {
  tool: string;
  details: Readonly<Record<string, unknown>> | null;
}

/** After the first list the component has nothing that it had not before or shall not have. */
export interface PermissionEdits {
  narrowing: readonly PermissionEdit[];
  widening: readonly PermissionEdit[];
}

/** A variable that is granted and revoked again: how the tools say that nothing is allowed. */
const ANY_VARIABLE = { kind: 'environment-variable', details: { key: 'NOTHING' } } as const;

interface Entry {
  kind: 'storage' | 'network' | 'environment-variable';
  details: Readonly<Record<string, unknown>>;
}

/** The calls that lead from `before` to `after`, as far as `findUnsayable` finds nothing. */
export function editsBetween(before: Rights, after: Rights): PermissionEdits {
  const had = entriesIn(before);
  const gets = entriesIn(after);
  const revocations = had.filter((entry) => !isAmong(gets, entry));
  // Without a policy every variable can be read, and nothing else is allowed.
  if (typeof after === 'string') {
    if (before === after) return { narrowing: [], widening: [] };
    return {
      narrowing: revocations.filter((entry) => !isVariable(entry)).map(revoke),
      widening: [{ tool: 'reset-permission', details: null }],
    };
  }
  const grants = gets.filter((entry) => !isAmong(had, entry));
  if (typeof before === 'string') {
    // The first grant of one takes away all others.
    const variables = grants.filter(isVariable).map(grant);
    return {
      narrowing: variables.length > 0 ? variables : [grant(ANY_VARIABLE), revoke(ANY_VARIABLE)],
      widening: grants.filter((entry) => !isVariable(entry)).map(grant),
    };
  }
  return { narrowing: revocations.map(revoke), widening: grants.map(grant) };
}

/** What differs between `before` and `after` and no tool can change, in words. */
export function findUnsayable(before: Rights, after: Rights): string[] {
  if (after === 'none') return [];
  if (before === 'unreadable' || after === 'unreadable') return ['a policy that cannot be read'];
  const had = fixedParts(before === 'none' ? NOTHING : before);
  const gets = fixedParts(after);
  return Object.keys(gets).filter((part) => !isSame(had[part], gets[part]));
}

/** Whether both allow exactly the same, however their policies are written. */
export function isSame(a: unknown, b: unknown): boolean {
  return canonicalBytes(a).equals(canonicalBytes(b));
}

function fixedParts({ storage, network, ipc, runtime, resources }: Permissions): Record<string, unknown> {
  return {
    'deny entries': [storage.deny, network.deny, ipc.deny],
    'cidr entries': network.allow.filter((entry) => 'cidr' in entry),
    'ipc entries': ipc.allow,
    'runtime settings': runtime,
    'resource limits': resources,
  };
}

function entriesIn(rights: Rights): Entry[] {
  if (typeof rights === 'string') return [];
  const { storage, network, environment } = rights;
  return [
    ...storage.allow.map(({ uri, access }) => ({ kind: 'storage' as const, details: { uri, access } })),
    ...network.allow.flatMap((entry) =>
      'host' in entry ? [{ kind: 'network' as const, details: { host: entry.host } }] : [],
    ),
    ...environment.map((key) => ({ kind: 'environment-variable' as const, details: { key } })),
  ];
}

function isVariable({ kind }: Entry): boolean {
  return kind === 'environment-variable';
}

function isAmong(entries: readonly Entry[], entry: Entry): boolean {
  return entries.some((other) => isSame(other, entry));
}

function grant({ kind, details }: Entry): PermissionEdit {
  return { tool: `grant-${kind}-permission`, details };
}

/** Of storage the uri alone: a revocation takes all access to it. */
function revoke({ kind, details: { access: _access, ...details } }: Entry): PermissionEdit {
  return { tool: `revoke-${kind}-permission`, details };
}
