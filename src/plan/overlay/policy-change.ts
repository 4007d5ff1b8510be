// Puts an overlay over the policy of one component: entries are left out, and directories become those of this host. What it
// allows is never more than before, but for where its directories are.
import { isDeepStrictEqual } from 'node:util';
import { quoted } from '../../codec/safe-text.ts';
import { FormatError, UsageError } from '../../errors.ts';
import {
  joinedGrants,
  type NetworkGrant,
  type Permissions,
  type Policy,
  readPolicy,
  type StorageGrant,
} from '../../policy/policy.ts';
import { type PolicyEdit, policyEntries, splicePolicy } from '../../policy/splice.ts';
import { areRelated, type MappedDirectories, pathOf, placeOf, relatedPairs } from './directories.ts';

/** Storage URIs of the snapshot, and what they are on this host where that is another. */
type Moved = ReadonlyMap<string, string>;

/** What became of a policy. */
export interface PolicyChange {
  /** Directories that it allows, before and after, as storage URIs. */
  mapped: readonly { from: string; to: string }[];
  /** Entries that were left out. */
  withheld: readonly string[];
}

/**
 * The policy as this host gets it, without the entries in `gone`; null where nothing of it is other here.
 * @throws UsageError USAGE_BAD_ARGUMENT where it would be wider; FormatError as `splicePolicy`
 */
export function overlaid(
  policy: Policy,
  componentId: string,
  gone: ReadonlySet<string>,
  directories: MappedDirectories,
): { policy: Policy; change: PolicyChange } | null {
  const withheld = allowedEntries(policy.rights).filter((entry) => gone.has(entry));
  const { allow, deny } = policy.rights.storage;
  const kept = allow.filter(({ uri }) => !gone.has(uri));
  const moved = movedIn([...kept, ...deny], directories);
  if (withheld.length + moved.size === 0) return null;
  assertApart(kept, moved, componentId);
  assertStillDenied(kept, deny, moved, componentId);
  const edits = policyEntries(policy.text, { componentId }).flatMap(({ name, ...at }): PolicyEdit[] => {
    if (at.list === 'allow' && gone.has(name)) return [{ do: 'remove', ...at }];
    const uri = at.section === 'storage' ? moved.get(name) : undefined;
    return uri === undefined ? [] : [{ do: 'set-uri', uri, ...at }];
  });
  const here = readPolicy(splicePolicy(policy.text, edits, { componentId }), { componentId });
  if (!isDeepStrictEqual(here.rights, rightsHere(policy.rights, gone, moved)))
    throw otherThanMeant(componentId);
  const mapped = kept.flatMap(({ uri }) => (moved.has(uri) ? [{ from: uri, to: moved.get(uri)! }] : []));
  return { policy: here, change: { mapped, withheld } };
}

/** What this host is to get of these rights: what the text says after it was changed must be exactly that. */
function rightsHere(rights: Permissions, gone: ReadonlySet<string>, moved: Moved): Permissions {
  const { storage, network, environment, ipc } = rights;
  const isKept = (name: string) => !gone.has(name);
  const here = (grants: readonly StorageGrant[]) =>
    joinedGrants(grants.map(({ uri, access }) => ({ uri: moved.get(uri) ?? uri, access })));
  return {
    ...rights,
    storage: { allow: here(storage.allow.filter(({ uri }) => isKept(uri))), deny: here(storage.deny) },
    network: { ...network, allow: network.allow.filter((grant) => isKept(networkName(grant))) },
    environment: environment.filter(isKept),
    ipc: { ...ipc, allow: ipc.allow.filter(isKept) },
  };
}

function otherThanMeant(componentId: string): FormatError {
  return new FormatError(
    'FORMAT_POLICY_LAYOUT',
    `component ${quoted(componentId)}: its policy cannot be changed in place: it would not allow what is meant`,
    {
      hint: 'change the policy by hand, and export again',
      details: { component_id: componentId },
    },
  );
}

function movedIn(grants: readonly StorageGrant[], directories: MappedDirectories): Moved {
  const moved = new Map<string, string>();
  for (const { uri } of grants) {
    const now = directories.moved(uri);
    if (now !== null) moved.set(uri, now);
  }
  return moved;
}

/** Everything that a policy allows and an overlay can leave out, as the policy has it. */
export function allowedEntries({ storage, network, environment, ipc }: Permissions): string[] {
  return [
    ...storage.allow.map(({ uri }) => uri),
    ...network.allow.map(networkName),
    ...environment,
    ...ipc.allow,
  ];
}

function networkName(grant: NetworkGrant): string {
  return 'host' in grant ? grant.host : grant.cidr;
}

/**
 * Directories that lay otherwise to one another, and would be one or lie in one another, would allow together what neither did.
 * @throws UsageError USAGE_BAD_ARGUMENT
 */
function assertApart(kept: readonly StorageGrant[], moved: Moved, id: string): void {
  const now = ({ uri }: StorageGrant) => pathOf(moved.get(uri) ?? uri);
  for (const [one, other] of relatedPairs(kept, now, kept, now)) {
    const [before, otherBefore] = [pathOf(one.uri)!, pathOf(other.uri)!];
    const place = placeOf(now(one)!, now(other)!);
    if (one === other || place === placeOf(before, otherBefore)) continue;
    const isOne = place === 'the same';
    if (!isOne && one.access.join() === other.access.join()) continue;
    const become = isOne
      ? `would become one entry, for ${quoted(now(one)!)}`
      : 'would lie in one another, with other access';
    const entries = [one.uri, other.uri].map(quoted);
    throw new UsageError(
      'USAGE_BAD_ARGUMENT',
      `component ${quoted(id)}: ${entries.join(' and ')} ${become}`,
      {
        hint: 'map them to directories that are apart',
        details: { component_id: id, entries },
      },
    );
  }
}

/** @throws UsageError USAGE_BAD_ARGUMENT where something would leave what is denied */
function assertStillDenied(
  kept: readonly StorageGrant[],
  deny: readonly StorageGrant[],
  moved: Moved,
  id: string,
): void {
  const moving = kept.filter(({ uri }) => moved.has(uri));
  const pairs = relatedPairs(
    moving,
    ({ uri }) => pathOf(uri),
    deny,
    ({ uri }) => pathOf(stem(uri)),
  );
  for (const [{ uri }, denied] of pairs) {
    const now = moved.get(uri)!;
    if (areRelated(pathOf(now)!, pathOf(stem(moved.get(denied.uri) ?? denied.uri))!)) continue;
    const left = `${quoted(now)}, which its policy does not deny as it does ${quoted(denied.uri)}`;
    throw new UsageError(
      'USAGE_BAD_ARGUMENT',
      `component ${quoted(id)}: ${quoted(uri)} would become ${left}`,
      {
        hint: 'map the directory that is denied, with all below it',
        details: { component_id: id, entry: quoted(uri) },
      },
    );
  }
}

/** Up to the first name with an asterisk, which in what is denied stands for others. */
function stem(uri: string): string {
  const names = uri.split('/');
  const at = names.findIndex((name) => name.includes('*'));
  return at < 0 ? uri : `${names.slice(0, at).join('/')}/`;
}
