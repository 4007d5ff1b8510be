// Words gains and losses, to follow the name of the component: the one place where this is done.
// ASCII only, values quoted, so that no text from a snapshot can pose as a sentence (FORMAT.md F-9).
import type { BlobName } from '../../codec/blob-name.ts';
import { quotedWhole } from '../../codec/safe-text.ts';
import {
  differenceBetween,
  PERHAPS_NO_POLICY,
  type RightsChange,
  type RightsChangeKind,
} from '../../policy/gains.ts';
import { reachInWords } from '../../policy/network-host.ts';
import type { Rights } from '../../policy/policy.ts';
import { seenWithoutPolicy, type WithoutPolicy } from '../../policy/wassette-versions.ts';
import { directoryInWords, type GrantedDirectory, writtenPath } from '../directory-grants.ts';

/** Where storage URIs lead on a host; empty when there is no host. */
export type Directories = ReadonlyMap<string, GrantedDirectory>;

/** Gains and losses between any two rights; null means that the component is not there. */
export function differenceInWords(
  before: Rights | null,
  after: Rights | null,
  withoutPolicy: WithoutPolicy = 'unknown',
  directories: Directories = new Map(),
): { gains: string[]; gainKinds: RightsChangeKind[]; losses: string[] } {
  const { gains, losses } = differenceBetween(before, after, withoutPolicy);
  return {
    gains: gains.map((gain) => gainInWords(gain, directories)),
    gainKinds: gains.map(({ kind }) => kind),
    losses: losses.map((loss) => lossInWords(loss, directories)),
  };
}

export function gainInWords(gain: RightsChange, directories: Directories): string {
  return `${whatIsGained(gain, directories)}${withoutEffect(gain)}`;
}

/** Whoever reads that a component is limited has to know that it is not. */
function withoutEffect({ kind, enforced }: RightsChange): string {
  const isSaid = kind === 'network' || kind === 'read' || kind === 'write'; // as what reaches or opens nothing
  return enforced || isSaid ? '' : ', which Wassette does not act upon';
}

function whatIsGained(gain: RightsChange, directories: Directories): string {
  const { subject } = gain;
  switch (gain.kind) {
    case 'network':
      return `may ${reachInWords(gain.to!)}`;
    case 'dns':
      return 'may look up any name in the DNS, which is a way out for data';
    case 'read':
    case 'write':
    case 'environment':
    case 'ipc':
      return `may ${abilityInWords(gain.kind, subject, directories)}`;
    case 'deny-removed':
      return `loses the deny entry ${quotedWhole(subject)}`;
    case 'limit':
      return `${gain.from === 'unknown' ? 'may get' : 'gets'} a wider limit: ${quotedWhole(valueInWords(gain))}`;
    case 'runtime':
      return `gets other runtime settings: ${quotedWhole(valueInWords(gain))}`;
    case 'no-policy':
      return `will run ${noPolicyInWords(subject)}`;
    case 'code':
      return `gets new code under its permissions: ${codeInWords(gain.from)} becomes ${codeInWords(gain.to)}`;
    case 'secrets':
      return `will see the secret ${quotedWhole(subject)}`;
    case 'unread-secrets':
      return `will see secrets stored here whose names cannot be read: ${quotedWhole(subject)}`;
  }
}

/** A loss is the gain of the reverse change: a deny entry that would be lost then is new now. */
export function lossInWords(loss: RightsChange, directories: Directories): string {
  return `${whatIsLost(loss, directories)}${withoutEffect(loss)}`;
}

function whatIsLost(loss: RightsChange, directories: Directories): string {
  const { subject } = loss;
  switch (loss.kind) {
    case 'network':
      return loss.from?.kind === 'host'
        ? `may no longer ${reachInWords(loss.from)}`
        : `loses the network entry ${quotedWhole(subject)}`;
    case 'dns':
      return 'may no longer look up any name in the DNS';
    case 'read':
    case 'write':
    case 'environment':
    case 'ipc':
      return `may no longer ${abilityInWords(loss.kind, subject, directories)}`;
    case 'deny-removed':
      return `gets the deny entry ${quotedWhole(subject)}`;
    case 'limit':
      return `gets a tighter limit: ${quotedWhole(valueInWords(loss))}`;
    case 'no-policy':
      return subject === 'unreadable'
        ? 'no longer has the policy that cannot be read here, nor what only that may have allowed'
        : 'no longer runs without a policy that Wassette reads, so may no longer read every environment variable';
    case 'secrets':
      return `may no longer see the secret ${quotedWhole(subject)}`;
    case 'unread-secrets':
      return `may no longer see the secrets in ${quotedWhole(subject)}`;
    case 'runtime':
    case 'code':
      return `loses the ${loss.kind} ${quotedWhole(valueInWords(loss))}`;
  }
}

const LIMIT_UNITS = { memory: ' bytes', cpu: ' millicores', io: '' };

/** What is gained or lost, as one value; for a limit or runtime settings, what it was and becomes. */
export function valueInWords(change: RightsChange): string {
  switch (change.kind) {
    case 'limit': {
      const { subject, from, to } = change;
      const amount = (limit: typeof from) => {
        if (limit === 'unknown') return 'a limit that is not known';
        return limit === null ? 'no limit' : `${limit}${LIMIT_UNITS[subject]}`;
      };
      return `${subject} from ${amount(from)} to ${amount(to)}`;
    }
    case 'runtime':
      return change.to === null ? 'removed' : JSON.stringify(change.to);
    case 'code':
      return change.to.sha256;
    default:
      return change.subject;
  }
}

/** A gain or a loss in machine-readable form. */
export interface ShownChange {
  kind: RightsChangeKind;
  value: string;
  enforced: boolean;
}

export function shownChange(change: RightsChange): ShownChange {
  return { kind: change.kind, value: valueInWords(change), enforced: change.enforced };
}

/** What an allow entry lets a component do, in words that follow "may". */
function abilityInWords(
  kind: 'read' | 'write' | 'environment' | 'ipc',
  subject: string,
  directories: Directories,
): string {
  switch (kind) {
    case 'read':
    case 'write': {
      if (writtenPath(subject) === null) return `${kind} nothing through the entry ${quotedWhole(subject)}`;
      // Wassette also lets a component list what it may write.
      const names = kind === 'write' ? ', and see their names' : '';
      return `${kind} files in ${directoryInWords(subject, directories)}${names}`;
    }
    case 'environment':
      return `read the environment variable ${quotedWhole(subject)}`;
    case 'ipc':
      return `use the IPC endpoint ${quotedWhole(subject)}`;
  }
}

function noPolicyInWords(subject: string): string {
  switch (subject) {
    case 'none':
      return 'WITHOUT A POLICY and may read every environment variable';
    case PERHAPS_NO_POLICY:
      return `WITHOUT A POLICY and may see ${seenWithoutPolicy('unknown')}`;
    default:
      return 'with a policy that CANNOT BE READ here, and may allow any host, directory and environment variable';
  }
}

function codeInWords(code: BlobName): string {
  return `${hashInWords(code)} (${code.size} bytes)`;
}

/** Long enough that nobody finds other code with the same digits. */
export function hashInWords({ sha256 }: BlobName): string {
  return `sha256 ${sha256.slice(0, 16)}`;
}
