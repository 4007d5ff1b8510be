// What Wassette makes of a network host: a URL, or what becomes one with http:// before it. It compares a request's host,
// and the scheme where one is written, but neither port nor path (FORMAT.md, F-8).
import { domainToUnicode } from 'node:url';
import { quotedWhole } from '../codec/safe-text.ts';
import type { NetworkGrant, Rights } from './policy.ts';

/** A host by the name that a request must have. */
export interface ReachedHost {
  kind: 'host';
  /** The entry in its normal form. */
  text: string;
  /** As Wassette compares it. */
  host: string;
  /** The only scheme by which it is reached; null for both. */
  scheme: 'http' | 'https' | null;
  /** Whether a port is written, which Wassette does not regard. */
  everyPort: boolean;
}

/** What an allow entry lets a component reach. `text` is the entry in its normal form: equal ones reach the same. */
export type NetworkReach =
  | ReachedHost
  /** No request can be for it, or Wassette does not look at it. */
  | { kind: 'nothing'; text: string }
  /** Wassette cannot read it, and fails every call of the component. */
  | { kind: 'failure'; text: string }
  /** Depends on the version of Unicode that is built into Wassette. */
  | { kind: 'unknown'; text: string };

const LABEL = '[a-z0-9_-]+';
/** A host as people write it; a port, and one slash at the end, are read over. */
const PLAIN = new RegExp(
  `^(?:(?<scheme>https?)://)?(?<host>(?:\\*|${LABEL})(?:\\.${LABEL})*|\\[[0-9a-f:.]+\\])(?::[0-9]+)?/?$`,
);
const PORT = /:[0-9]+(?:[/?#\\]|$)/;
const SCHEME = /^\s*[a-z][a-z0-9+.-]*:/i;
const ASCII = /^[\x20-\x7e]*$/;
/** Scripts in which two readers of URLs map letters alike, from left to right. */
const COMMON_LETTERS =
  /^[\x20-\x7e\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]*$/u;

function reachOf(grant: NetworkGrant): NetworkReach {
  return 'host' in grant ? hostReach(grant.host) : { kind: 'nothing', text: `cidr ${grant.cidr}` };
}

/**
 * What Wassette would do with a host that no import may bring, because it is not written as what it reaches; null for
 * one that is, and for one that does no harm.
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

/** Each thing once that these entries reach, in their order; what another one reaches as well is left out. */
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

/** Tells of a reach what of it `others` together do not reach; null where nothing is left. */
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

/** What a reach consists of; two with a part in common reach the same thing. */
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

/** What follows "may". */
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
  // An asterisk is compared like a letter, and no host has one in its name.
  if ((scheme !== null && scheme !== 'http' && scheme !== 'https') || host.startsWith('*')) {
    return { kind: 'nothing', text: entry.toLowerCase().replace(/\/$/, '') };
  }
  return { kind: 'host', text: textOf(scheme, host), host, scheme, everyPort: PORT.test(entry) };
}

interface Reading {
  scheme: string | null;
  host: string;
}

/** As Wassette reads it; null for what is no URL either way. */
function readingOf(entry: string): Reading | null {
  if (URL.canParse(entry)) {
    const { protocol, hostname } = new URL(entry);
    return { scheme: protocol.slice(0, -1), host: hostname };
  }
  const completed = `http://${entry}`;
  return URL.canParse(completed) ? { scheme: null, host: new URL(completed).hostname } : null;
}

/** Whether Wassette reads an entry like us, although other versions of Unicode are built into it. */
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
