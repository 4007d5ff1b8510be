// What Wassette reaches by a network host in a policy. It reads the host as a URL, if need be with http:// in front, and
// compares the host of a request with it, and the scheme if one is written, but neither port nor path (FORMAT.md, F-8).
import { domainToUnicode } from 'node:url';
import { quotedWhole } from '../codec/safe-text.ts';
import type { NetworkGrant, Rights } from './policy.ts';

/** The host that a request must name. */
export interface ReachedHost {
  kind: 'host';
  /** The entry in its normal form. */
  text: string;
  /** As Wassette compares it. */
  host: string;
  /** The only scheme that reaches it; null for both. */
  scheme: 'http' | 'https' | null;
  /** Whether a port is written, which Wassette ignores. */
  everyPort: boolean;
}

/** What an allow entry lets a component reach. `text` is the normalised entry: equal texts reach the same. */
export type NetworkReach =
  | ReachedHost
  /** No request can match it, or Wassette ignores it. */
  | { kind: 'nothing'; text: string }
  /** Wassette cannot read it, so every call of the component fails. */
  | { kind: 'failure'; text: string }
  /** Depends on the version of Unicode that is built into Wassette. */
  | { kind: 'unknown'; text: string };

const LABEL = '[a-z0-9_-]+';
/** A host as people write it; a port and one slash at the end are ignored. */
const PLAIN = new RegExp(
  `^(?:(?<scheme>https?)://)?(?<host>(?:\\*|${LABEL})(?:\\.${LABEL})*|\\[[0-9a-f:.]+\\])(?::[0-9]+)?/?$`,
);
const PORT = /:[0-9]+(?:[/?#\\]|$)/;
const SCHEME = /^\s*[a-z][a-z0-9+.-]*:/i;
const ASCII = /^[\x20-\x7e]*$/;
/** Left-to-right scripts whose letters all URL parsers map alike. */
const COMMON_LETTERS =
  /^[\x20-\x7e\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]*$/u;

function reachOf(grant: NetworkGrant): NetworkReach {
  return 'host' in grant ? hostReach(grant.host) : { kind: 'nothing', text: `cidr ${grant.cidr}` };
}

/**
 * What a component could do with a host that no import may bring because it is not written as what it reaches; null for
 * a host that is, or that does no harm.
 */
export function hostOddity(entry: string): string | null {
  const reach = hostReach(entry);
  if (reach.kind === 'failure') return null;
  if (reach.kind === 'unknown') return 'reach a host that cannot be determined beforehand';
  const plain = PLAIN.exec(entry.toLowerCase())?.groups;
  if (reach.kind === 'nothing') return plain === undefined ? 'reach nothing' : null;
  const { host, scheme } = reach;
  const isAddress = plain?.host?.startsWith('[') === true && host.startsWith('[');
  const isPlain = (isAddress || plain?.host === host) && (plain?.scheme ?? null) === scheme;
  return isPlain ? null : `reach ${hostInWords(reach)}`;
}

/** The hosts that these rights allow, as they are written. */
export function hostsOf(rights: Rights): string[] {
  if (typeof rights === 'string') return [];
  return rights.network.allow.flatMap((grant) => ('host' in grant ? [grant.host] : []));
}

/**
 * The host that an entry is about, whatever scheme or port is written with it; the entry itself where none can be told.
 * Entries that reach the same are about the same, and so may be others.
 */
export function hostNamed(entry: string): string {
  // In `name:port` the name is a scheme to a URL.
  const host = readingOf(entry)?.host || completedReading(entry)?.host || entry;
  // The network finds the same by a name with a dot at its end.
  return host.toLowerCase().replace(/\.$/, '');
}

/** What requests reach through an entry: what two have in common, both reach. */
export function reachedBy(grant: NetworkGrant): string[] {
  return partsOf(reachOf(grant));
}

/** What these entries reach, each thing once and in order; what another entry reaches as well is left out. */
export function reachesOf(grants: readonly NetworkGrant[]): NetworkReach[] {
  const reaches = new Map<string, NetworkReach>();
  for (const reach of grants.map(reachOf)) {
    const key = `${reach.kind} ${reach.text}`;
    if (!reaches.has(key) || (reach.kind === 'host' && reach.everyPort)) reaches.set(key, reach);
  }
  const all = [...reaches.values()];
  const isFree = (reach: NetworkReach) => reach.kind === 'host' && reach.scheme === null;
  const beyondFree = beyond(all.filter(isFree));
  return all.filter((reach) => isFree(reach) || beyondFree(reach) !== null);
}

/** Returns a function that gives the part of a reach that `others` together do not reach; null when nothing is left. */
export function beyond(others: readonly NetworkReach[]): (reach: NetworkReach) => NetworkReach | null {
  const there = new Set(others.flatMap(partsOf));
  return (reach) => {
    const left = partsOf(reach).filter((part) => !there.has(part));
    if (left.length === 0) return null;
    if (reach.kind !== 'host' || left.length === 2 || reach.scheme !== null) return reach;
    const scheme = left[0]!.startsWith('https:') ? 'https' : 'http';
    return { ...reach, scheme, text: textOf(scheme, reach.host) };
  };
}

/** The parts of a reach; two reaches with a common part reach the same thing. */
function partsOf(reach: NetworkReach): string[] {
  if (reach.kind !== 'host') return [`${reach.kind} ${reach.text}`];
  return schemesOf(reach.scheme).map((scheme) => textOf(scheme, reach.host));
}

function schemesOf(scheme: ReachedHost['scheme']): readonly ('http' | 'https')[] {
  return scheme === null ? ['http', 'https'] : [scheme];
}

function textOf(scheme: ReachedHost['scheme'], host: string): string {
  return scheme === null ? host : `${scheme}://${host}`;
}

/** In words that follow "may". */
export function reachInWords(reach: NetworkReach): string {
  switch (reach.kind) {
    case 'host':
      return `reach ${hostInWords(reach)}`;
    case 'nothing':
      return `reach nothing through the entry ${quotedWhole(reach.text)}`;
    case 'failure':
      return `reach nothing: Wassette cannot read the host ${quotedWhole(reach.text)}, and every call will fail`;
    case 'unknown':
      return `reach a host that cannot be determined beforehand, through ${quotedWhole(reach.text)}`;
  }
}

function hostInWords({ host, scheme, everyPort }: ReachedHost): string {
  const mapped = mappedAddress(host);
  const also = mapped === null ? '' : ` (${mapped})`;
  const bare = host.startsWith('[') ? host.slice(1, -1) : host;
  return `${quotedWhole(bare)}${also}${scheme === null ? '' : ` over ${scheme}`}${everyPort ? ' on every port' : ''}`;
}

function hostReach(entry: string): NetworkReach {
  const reading = readingOf(entry);
  if (!isCertain(entry, reading)) return { kind: 'unknown', text: entry };
  if (reading === null) return { kind: 'failure', text: entry };
  const { scheme, host } = reading;
  // An asterisk is compared literally, and no host has one in its name.
  if ((scheme !== null && scheme !== 'http' && scheme !== 'https') || host.startsWith('*')) {
    return { kind: 'nothing', text: entry.toLowerCase().replace(/\/$/, '') };
  }
  return { kind: 'host', text: textOf(scheme, host), host, scheme, everyPort: PORT.test(entry) };
}

interface Reading {
  scheme: string | null;
  host: string;
}

/** The entry as Wassette reads it; null when it is not a URL either way. */
function readingOf(entry: string): Reading | null {
  if (URL.canParse(entry)) {
    const { protocol, hostname } = new URL(entry);
    return { scheme: protocol.slice(0, -1), host: hostname };
  }
  return completedReading(entry);
}

function completedReading(entry: string): Reading | null {
  const completed = `http://${entry}`;
  return URL.canParse(completed) ? { scheme: null, host: new URL(completed).hostname } : null;
}

/** Whether Wassette certainly reads an entry as we do, although it has other versions of Unicode built in. */
function isCertain(entry: string, reading: Reading | null): boolean {
  if (ASCII.test(entry) && !/%|xn--/i.test(entry)) return true;
  // That one parser refuses what is beyond ASCII says nothing of another.
  if (reading === null || (reading.scheme === null && SCHEME.test(entry))) return false;
  const { scheme, host } = reading;
  const mapped = entry.normalize('NFKC').toLowerCase().replaceAll('。', '.');
  const other = readingOf(mapped);
  if (!COMMON_LETTERS.test(mapped) || other?.scheme !== scheme || other.host !== host) return false;
  return !host.includes('xn--') || readingOf(domainToUnicode(host))?.host === host;
}

/** The IPv4 address that an IPv6 address stands for, or null. */
function mappedAddress(host: string): string | null {
  const groups = /^\[::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})\]$/.exec(host);
  if (groups === null) return null;
  const [high, low] = [Number.parseInt(groups[1]!, 16), Number.parseInt(groups[2]!, 16)];
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}
