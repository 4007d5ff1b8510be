// Puts into short phrases what a policy allows: for lists of components.
import { quotedWhole } from '../../codec/safe-text.ts';
import { reachesOf, reachInWords } from '../../policy/network-host.ts';
import type { Rights } from '../../policy/policy.ts';
import { seenWithoutPolicy, type WithoutPolicy } from '../../policy/wassette-versions.ts';
import { writtenPath } from '../directory-grants.ts';
import type { Directories } from './changes.ts';

export interface RightsToSay {
  /** `kept` where an import leaves the policy of its host as it is. */
  rights: Rights | 'kept';
  /** Where the storage URIs lead, for a component of a host. */
  directories?: Directories;
  /** What the component sees when it has no policy. */
  without_policy: WithoutPolicy;
}

const UNREAD = 'a policy that cannot be read here: possibly any host, directory and environment variable';

/** What is allowed, not what is denied. */
export function describeRights({ rights, directories, without_policy }: RightsToSay): string[] {
  if (rights === 'kept') return ['whatever the host it is imported into allows it'];
  if (rights === 'none') return [`no policy: it sees ${seenWithoutPolicy(without_policy)}`];
  if (rights === 'unreadable') return [UNREAD];
  const { storage, network, environment, resources, ipc } = rights;
  return [
    ...reachesOf(network.allow).map(reachInWords),
    ...storage.allow.map(({ uri, access }) => `${access.join('+')} ${storageInWords(uri, directories)}`),
    ...environment.map((key) => `environment ${quotedWhole(key)}`),
    ...ipc.allow.map((uri) => `ipc ${quotedWhole(uri)}`),
    ...(network.allow.length === 0 ? [] : ['look up any name in the DNS']),
    ...(resources.memoryBytes === null ? [] : [`memory up to ${resources.memoryBytes} bytes`]),
  ];
}

/** The uri, and what it really opens when that is a different directory. */
function storageInWords(uri: string, directories: Directories | undefined): string {
  if (writtenPath(uri) === null) return `nothing through the entry ${quotedWhole(uri)}`;
  const directory = directories?.get(uri);
  return directory === undefined || directory.real === directory.written
    ? quotedWhole(uri)
    : `${quotedWhole(uri)}, which is ${quotedWhole(directory.real)}`;
}
