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
import { type PolicyEdit, policyEntries, splicePolicy } from '../../policy/splicing/splice.ts';
import { assertStillDenied } from './denials.ts';
import { type MappedDirectories, MOST_CHARACTERS, type Moved, pathOf } from './directories.ts';
import { assertApart, assertLeftOut } from './widening.ts';

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
  const moved = movedIn([...kept, ...deny], directories, componentId);
  if (withheld.length + moved.size === 0) return null;
  if (withheld.length > 0) assertLeftOut(policy.rights, gone, directories, componentId);
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

function movedIn(grants: readonly StorageGrant[], directories: MappedDirectories, id: string): Moved {
  const moved = new Map<string, string>();
  for (const { uri } of grants) {
    const now = directories.moved(uri);
    if (now === null) continue;
    if (pathOf(now) === null) throw tooLong(uri, id);
    moved.set(uri, now);
  }
  return moved;
}

function tooLong(uri: string, id: string): UsageError {
  return new UsageError(
    'USAGE_BAD_ARGUMENT',
    `component ${quoted(id)}: ${quoted(uri)} would become a path of more than ${MOST_CHARACTERS} characters`,
    {
      hint: 'map it to a directory with a shorter path',
      details: { component_id: id, entry: quoted(uri) },
    },
  );
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
