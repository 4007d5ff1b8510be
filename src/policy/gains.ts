// What a component could do after a change that it could not do before: a pure comparison of permissions.
// The order of widening is FORMAT.md F-8. Nothing here knows where the permissions came from.

import { beyond, type NetworkReach, reachesOf } from './network-host.ts';
import type { NetworkGrant, Permissions, Rights, StorageGrant } from './policy.ts';
import { NOTHING_GRANTED } from './rules.ts';
import type { WithoutPolicy } from './wassette-versions.ts';

export type GainKind =
  | 'network'
  | 'dns'
  | 'read'
  | 'write'
  | 'environment'
  | 'ipc'
  | 'deny-removed'
  | 'limit'
  | 'runtime'
  | 'no-policy'
  | 'secrets'
  | 'unread-secrets'
  | 'code';

export interface Gain {
  kind: GainKind;
  /** The host, path, variable or setting that is gained; for `deny-removed` and `limit` with its section in front. */
  value: string;
  /** False for entries that Wassette reads but does not act upon. */
  enforced: boolean;
  /** For `network`: what the entry of `value` lets a component reach. */
  reach?: NetworkReach;
}

/** What an empty policy allows. */
export const NOTHING: Permissions = {
  storage: { allow: [], deny: [] },
  network: { allow: [], deny: [] },
  environment: [],
  runtime: null,
  resources: { cpuMillicores: null, memoryBytes: null, io: null },
  ipc: { allow: [], deny: [] },
};

/** In place of 'none' where the Wassette may also be one that shows nothing without a policy. */
export const PERHAPS_NO_POLICY = 'none, perhaps';

/**
 * Gains of going from `before` (null: the component was not there) to `after`. Where it is not known what having no
 * policy means, what is a gain with one meaning is a gain.
 */
export function findGains(
  before: Rights | null,
  after: Rights,
  withoutPolicy: WithoutPolicy = 'unknown',
): Gain[] {
  if (withoutPolicy !== 'unknown') return gainsWith(before, after, withoutPolicy);
  const wide = gainsWith(before, after, 'everything');
  const narrow = gainsWith(before, after, 'nothing');
  const keyOf = ({ kind, value }: Gain) => `${kind} ${value}`;
  const inWide = new Set(wide.map(keyOf));
  return [
    ...wide.map((gain) => (isUnsure(gain, narrow) ? { ...gain, value: PERHAPS_NO_POLICY } : gain)),
    ...narrow.filter((gain) => !inWide.has(keyOf(gain))),
  ];
}

function isUnsure({ kind, value }: Gain, narrow: readonly Gain[]): boolean {
  return kind === 'no-policy' && value === 'none' && !narrow.some((gain) => gain.kind === kind);
}

function gainsWith(
  before: Rights | null,
  after: Rights,
  withoutPolicy: Exclude<WithoutPolicy, 'unknown'>,
): Gain[] {
  const gains: Gain[] = [];
  const had = typeof before === 'object' && before !== null ? before : NOTHING;
  const gets = typeof after === 'object' ? after : NOTHING;
  // What we cannot read, Wassette perhaps can: an unreadable policy is never credited with having allowed anything.
  const hadEverything = before === 'none' && withoutPolicy === 'everything';
  const getsEverything = after === 'unreadable' || (after === 'none' && withoutPolicy === 'everything');
  if (getsEverything && before !== after && !hadEverything) {
    gains.push({ kind: 'no-policy', value: String(after), enforced: true });
  }
  const hadNames = new Set(had.environment);
  for (const key of gets.environment) {
    if (!hadEverything && key !== NOTHING_GRANTED && !hadNames.has(key)) {
      gains.push({ kind: 'environment', value: key, enforced: true });
    }
  }
  gains.push(...networkGains(had.network.allow, gets.network.allow));
  gains.push(...storageGains(had.storage.allow, gets.storage.allow));
  for (const uri of gets.ipc.allow) {
    if (!had.ipc.allow.includes(uri)) gains.push({ kind: 'ipc', value: uri, enforced: false });
  }
  if (before !== null) gains.push(...liftedBounds(had, gets));
  if (gets.runtime !== null && JSON.stringify(gets.runtime) !== JSON.stringify(had.runtime)) {
    gains.push({ kind: 'runtime', value: JSON.stringify(gets.runtime), enforced: false });
  } else if (gets.runtime === null && had.runtime !== null) {
    gains.push({ kind: 'runtime', value: 'removed', enforced: false });
  }
  return gains;
}

/** What `before` allowed and `after` does not, as short phrases for a review. Of a limit that is what it was. */
export function findLosses(before: Rights, after: Rights, withoutPolicy: WithoutPolicy = 'unknown'): Gain[] {
  return findGains(after, before, withoutPolicy)
    .filter((gain) => gain.kind !== 'runtime')
    .map((gain) => (gain.kind === 'limit' ? { ...gain, value: backwards(gain.value) } : gain));
}

/** `memory from 1 bytes to 2 bytes` as `memory from 2 bytes to 1 bytes`. */
function backwards(limit: string): string {
  const [, name, from, to] = /^(\w+) from (.*) to (.*)$/.exec(limit)!;
  return `${name} from ${to} to ${from}`;
}

/** Any entry at all, even one that reaches nothing, opens look-ups of every name. */
function networkGains(had: readonly NetworkGrant[], gets: readonly NetworkGrant[]): Gain[] {
  const before = beyond(reachesOf(had));
  const gains = reachesOf(gets)
    .map(before)
    .filter((reach) => reach !== null)
    .map(
      (reach): Gain => ({ kind: 'network', value: reach.text, enforced: reach.kind !== 'nothing', reach }),
    );
  if (had.length === 0 && gets.length > 0) gains.push({ kind: 'dns', value: 'any name', enforced: true });
  return gains;
}

function storageGains(had: readonly StorageGrant[], gets: readonly StorageGrant[]): Gain[] {
  const allowed = new Set(modesOf(had));
  const gains: Gain[] = [];
  for (const { uri, access } of gets) {
    for (const mode of access) {
      if (!allowed.has(`${mode} ${uri}`))
        gains.push({ kind: mode, value: uri, enforced: uri.startsWith('fs://') });
    }
  }
  return gains;
}

/** Deny entries removed and limits raised or removed: widening, whether or not Wassette enforces them. */
function liftedBounds(had: Permissions, gets: Permissions): Gain[] {
  const gains: Gain[] = [];
  const lifted = (section: string, before: readonly string[], after: readonly string[]) => {
    const still = new Set(after);
    for (const entry of before) {
      if (!still.has(entry))
        gains.push({ kind: 'deny-removed', value: `${section} ${entry}`, enforced: false });
    }
  };
  lifted('network', had.network.deny.map(networkName), gets.network.deny.map(networkName));
  lifted('storage', modesOf(had.storage.deny), modesOf(gets.storage.deny));
  lifted('ipc', had.ipc.deny, gets.ipc.deny);
  const limits = [
    ['memory', had.resources.memoryBytes, gets.resources.memoryBytes, 'bytes'],
    ['cpu', had.resources.cpuMillicores, gets.resources.cpuMillicores, 'millicores'],
    ['io', had.resources.io, gets.resources.io, ''],
  ] as const;
  for (const [name, before, after, unit] of limits) {
    if (before !== null && (after === null || after > before)) {
      const amount = (limit: number | null) => (limit === null ? 'no limit' : `${limit} ${unit}`.trim());
      gains.push({
        kind: 'limit',
        value: `${name} from ${amount(before)} to ${amount(after)}`,
        enforced: name === 'memory',
      });
    }
  }
  return gains;
}

function modesOf(grants: readonly StorageGrant[]): string[] {
  return grants.flatMap(({ uri, access }) => access.map((mode) => `${mode} ${uri}`));
}

function networkName(grant: NetworkGrant): string {
  return 'host' in grant ? grant.host : `cidr ${grant.cidr}`;
}
