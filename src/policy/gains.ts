// Compares rights: what a component could do after a change and not before (gains), and the other way round (losses). The
// order of widening is in FORMAT.md F-8. Nothing here knows where the rights came from, or puts them into words.

import type { BlobName } from '../codec/blob-name.ts';
import { NOTHING_GRANTED } from './name-rules.ts';
import { beyond, type NetworkReach, reachesOf } from './network-host.ts';
import type { NetworkGrant, Permissions, PlainValue, Rights, StorageGrant } from './policy.ts';
import type { WithoutPolicy } from './wassette-versions.ts';

/** Kinds of gains that are either there or not. */
export type Ability =
  | 'dns'
  | 'read'
  | 'write'
  | 'environment'
  | 'ipc'
  | 'deny-removed'
  | 'no-policy'
  | 'secrets'
  | 'unread-secrets';

/** A change of one kind: `subject` in state `from` before, `to` after. */
export interface ChangeOf<Kind, State, Subject = string> {
  kind: Kind;
  /** The host, path, variable or setting it is about; a deny entry is preceded by its section. */
  subject: Subject;
  from: State;
  to: State;
  /** False for entries that Wassette reads but does not enforce. */
  enforced: boolean;
}

/** One thing that a component may do after a change and not before, or the other way round. */
export type RightsChange =
  | ChangeOf<Ability, boolean>
  /** What the entry lets a component reach; null when there is no entry. */
  | ChangeOf<'network', NetworkReach | null>
  /** `memory` in bytes, `cpu` in millicores, or `io`; null for no limit. */
  | ChangeOf<'limit', number | null, 'memory' | 'cpu' | 'io'>
  /** After a policy that is not read here. */
  | (Omit<ChangeOf<'limit', number | null, 'memory'>, 'from'> & { from: 'unknown' })
  /** The whole section; null when there is none. */
  | ChangeOf<'runtime', PlainValue>
  | ChangeOf<'code', BlobName>;

/** What a change of rights is about. */
export type RightsChangeKind = RightsChange['kind'];

export interface RightsDifference {
  gains: readonly RightsChange[];
  losses: readonly RightsChange[];
}

/** What an empty policy allows. */
const NOTHING: Permissions = {
  storage: { allow: [], deny: [] },
  network: { allow: [], deny: [] },
  environment: [],
  runtime: null,
  resources: { cpuMillicores: null, memoryBytes: null, io: null },
  ipc: { allow: [], deny: [] },
};

/** The subject of `no-policy` instead of 'none' when the Wassette may be one that shows nothing without a policy. */
export const PERHAPS_NO_POLICY = 'none, perhaps';

/** Gains and losses between any two rights; null means that the component is not there. */
export function differenceBetween(
  before: Rights | null,
  after: Rights | null,
  withoutPolicy: WithoutPolicy = 'unknown',
): RightsDifference {
  return {
    gains: after === null ? [] : findGains(before, after, withoutPolicy),
    losses: before === null ? [] : findLosses(before, after, withoutPolicy),
  };
}

/**
 * Gains of going from `before` (null: the component was not there) to `after`. When it is unknown what having no policy
 * means, whatever is a gain under either meaning is a gain.
 */
export function findGains(
  before: Rights | null,
  after: Rights,
  withoutPolicy: WithoutPolicy = 'unknown',
): RightsChange[] {
  if (withoutPolicy !== 'unknown') return gainsWith(before, after, withoutPolicy);
  const wide = gainsWith(before, after, 'everything');
  const narrow = gainsWith(before, after, 'nothing');
  const keyOf = ({ kind, subject }: RightsChange) => `${kind} ${subject}`;
  const inWide = new Set(wide.map(keyOf));
  return [
    ...wide.map((gain) => (isUnsure(gain, narrow) ? gained('no-policy', PERHAPS_NO_POLICY) : gain)),
    ...narrow.filter((gain) => !inWide.has(keyOf(gain))),
  ];
}

function isUnsure({ kind, subject }: RightsChange, narrow: readonly RightsChange[]): boolean {
  return kind === 'no-policy' && subject === 'none' && !narrow.some((gain) => gain.kind === kind);
}

/** What `before` allowed and `after` (null: the component is gone) does not: the gains of the reverse change. */
function findLosses(
  before: Rights,
  after: Rights | null,
  withoutPolicy: WithoutPolicy = 'unknown',
): RightsChange[] {
  // What such a policy allows is not known: neither what goes with it, nor what comes back under it.
  if (after === 'unreadable') return [];
  if (before === 'unreadable') return [backwards(gained('no-policy', before))];
  return findGains(after, before, withoutPolicy)
    .filter(({ kind }) => kind !== 'runtime')
    .map(backwards);
}

/** A loss as the gain of the reverse change, and the other way round. */
export function backwards(change: RightsChange): RightsChange {
  return { ...change, from: change.to, to: change.from } as RightsChange;
}

function gainsWith(
  before: Rights | null,
  after: Rights,
  withoutPolicy: Exclude<WithoutPolicy, 'unknown'>,
): RightsChange[] {
  const had = typeof before === 'object' && before !== null ? before : NOTHING;
  const gets = typeof after === 'object' ? after : NOTHING;
  // Wassette may be able to read what we cannot: an unreadable policy never counts as having allowed anything, and may have
  // had any limit.
  const hadEverything = before === 'none' && withoutPolicy === 'everything';
  const getsEverything = after === 'none' && withoutPolicy === 'everything';
  const isFreed = before !== after && (after === 'unreadable' || (getsEverything && !hadEverything));
  return [
    ...(isFreed ? [gained('no-policy', String(after))] : []),
    ...(hadEverything ? [] : environmentGains(had.environment, gets.environment)),
    ...networkGains(had.network.allow, gets.network.allow),
    ...storageGains(had.storage.allow, gets.storage.allow),
    ...missingIn(had.ipc.allow, gets.ipc.allow).map((uri) => gained('ipc', uri, false)),
    ...(before === null ? [] : [...liftedDenials(had, gets), ...liftedLimits(had, gets)]),
    ...(before === 'unreadable' && after !== before ? [memoryUnlike(gets)] : []),
    ...runtimeGains(had.runtime, gets.runtime),
  ];
}

/** Something that could not be done before and can be now. */
export function gained(kind: Ability, subject: string, enforced = true): RightsChange {
  return { kind, subject, from: false, to: true, enforced };
}

/** The `entries` that are not among `others`. */
function missingIn(others: readonly string[], entries: readonly string[]): string[] {
  const among = new Set(others);
  return entries.filter((entry) => !among.has(entry));
}

function environmentGains(had: readonly string[], gets: readonly string[]): RightsChange[] {
  return missingIn([...had, NOTHING_GRANTED], gets).map((key) => gained('environment', key));
}

/** Any entry at all, even one that reaches nothing, allows DNS look-ups of every name. */
function networkGains(had: readonly NetworkGrant[], gets: readonly NetworkGrant[]): RightsChange[] {
  const before = beyond(reachesOf(had));
  const opensLookUps = had.length === 0 && gets.length > 0;
  return [
    ...reachesOf(gets)
      .map(before)
      .filter((reach) => reach !== null)
      .map((reach): RightsChange => {
        const enforced = reach.kind !== 'nothing';
        return { kind: 'network', subject: reach.text, from: null, to: reach, enforced };
      }),
    ...(opensLookUps ? [gained('dns', 'any name')] : []),
  ];
}

function storageGains(had: readonly StorageGrant[], gets: readonly StorageGrant[]): RightsChange[] {
  const allowed = new Set(modesOf(had));
  return gets.flatMap(({ uri, access }) =>
    access
      .filter((mode) => !allowed.has(`${mode} ${uri}`))
      .map((mode) => gained(mode, uri, uri.startsWith('fs://'))),
  );
}

/** Deny entries that are removed: a gain, although Wassette does not enforce them. */
function liftedDenials(had: Permissions, gets: Permissions): RightsChange[] {
  const lifted = (section: string, before: readonly string[], after: readonly string[]) =>
    missingIn(after, before).map((entry) => gained('deny-removed', `${section} ${entry}`, false));
  return [
    ...lifted('network', had.network.deny.map(networkName), gets.network.deny.map(networkName)),
    ...lifted('storage', modesOf(had.storage.deny), modesOf(gets.storage.deny)),
    ...lifted('ipc', had.ipc.deny, gets.ipc.deny),
  ];
}

/** Limits that are raised or removed: a gain, whether or not Wassette enforces them. */
function liftedLimits({ resources: had }: Permissions, { resources: gets }: Permissions): RightsChange[] {
  const lifted = (
    subject: 'memory' | 'cpu' | 'io',
    from: number | null,
    to: number | null,
  ): RightsChange[] =>
    from !== null && (to === null || to > from)
      ? [{ kind: 'limit', subject, from, to, enforced: subject === 'memory' }]
      : [];
  return [
    ...lifted('memory', had.memoryBytes, gets.memoryBytes),
    ...lifted('cpu', had.cpuMillicores, gets.cpuMillicores),
    ...lifted('io', had.io, gets.io),
  ];
}

/** After a policy that is not read here: the one limit that Wassette enforces may have been tighter. */
function memoryUnlike({ resources }: Permissions): RightsChange {
  return { kind: 'limit', subject: 'memory', from: 'unknown', to: resources.memoryBytes, enforced: true };
}

/** Any change of the section, or its removal: nobody knows which settings allow more. */
function runtimeGains(from: PlainValue, to: PlainValue): RightsChange[] {
  const isSame = JSON.stringify(from) === JSON.stringify(to);
  return isSame ? [] : [{ kind: 'runtime', subject: 'runtime', from, to, enforced: false }];
}

function modesOf(grants: readonly StorageGrant[]): string[] {
  return grants.flatMap(({ uri, access }) => access.map((mode) => `${mode} ${uri}`));
}

function networkName(grant: NetworkGrant): string {
  return 'host' in grant ? grant.host : `cidr ${grant.cidr}`;
}
