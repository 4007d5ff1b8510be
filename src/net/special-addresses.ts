// Which addresses the whole internet shares. Any other belongs to this machine or a network around it.
import { BlockList, isIP } from 'node:net';

/** What is not for everybody, from the registries of special-purpose addresses of IANA. */
const SPECIAL: readonly (readonly [network: string, bits: number, kind: string])[] = [
  ['0.0.0.0', 8, 'unspecified'],
  ['10.0.0.0', 8, 'private'],
  ['100.64.0.0', 10, 'shared by the customers of one provider'],
  ['127.0.0.0', 8, 'loopback'],
  ['169.254.0.0', 16, 'link-local'],
  ['172.16.0.0', 12, 'private'],
  ['192.0.0.0', 24, 'reserved'],
  ['192.0.2.0', 24, 'for documentation'],
  ['192.88.99.0', 24, 'reserved'],
  ['192.168.0.0', 16, 'private'],
  ['198.18.0.0', 15, 'for benchmarks'],
  ['198.51.100.0', 24, 'for documentation'],
  ['203.0.113.0', 24, 'for documentation'],
  ['224.0.0.0', 4, 'multicast'],
  ['240.0.0.0', 4, 'reserved'],
  // In no registry: by it a virtual machine of Azure reaches what manages it.
  ['168.63.129.16', 32, 'for the metadata of a virtual machine'],
  ['::', 128, 'unspecified'],
  ['::1', 128, 'loopback'],
  ['::ffff:0:0', 96, 'another address in disguise'],
  ['fc00::', 7, 'private'],
  ['fe80::', 10, 'link-local'],
  ['fec0::', 10, 'private'],
  ['ff00::', 8, 'multicast'],
  ['2001::', 23, 'reserved'],
  ['2001:db8::', 32, 'for documentation'],
  ['2002::', 16, 'another address in disguise'],
  ['3fff::', 20, 'for documentation'],
];

const BLOCKS = SPECIAL.map(([network, bits, kind]) => ({
  version: isIP(network),
  list: blockOf(network, bits),
  kind,
}));
const GLOBAL_UNICAST = blockOf('2000::', 3);
/** In a network that has IPv6 alone, every IPv4 address is reached behind this prefix. */
const NAT64 = blockOf('64:ff9b::', 96);

function blockOf(network: string, bits: number): BlockList {
  const list = new BlockList();
  list.addSubnet(network, bits, familyOf(network));
  return list;
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 4 ? 'ipv4' : 'ipv6';
}

/** What is special about an IP address, in words that follow "is"; null for one that everybody may be sent to. */
export function specialKindOf(address: string): string | null {
  const plain = address.replace(/%.*$/, '');
  if (isIP(plain) === 0) return 'no address';
  if (isIP(plain) === 4) return kindIn(plain);
  if (NAT64.check(plain, 'ipv6')) return kindIn(lastFourBytesOf(plain));
  return kindIn(plain) ?? (GLOBAL_UNICAST.check(plain, 'ipv6') ? null : 'reserved');
}

/** A `BlockList` takes IPv4 addresses for IPv6 ones: those of the other version are left out. */
function kindIn(address: string): string | null {
  const mine = BLOCKS.filter(({ version }) => version === isIP(address));
  return mine.find(({ list }) => list.check(address, familyOf(address)))?.kind ?? null;
}

/** As an IPv4 address. */
function lastFourBytesOf(ipv6: string): string {
  const end = ipv6.split('::').at(-1)!.split(':').slice(-2);
  if (end.at(-1)!.includes('.')) return end.at(-1)!;
  const [last = 0, first = 0] = end.reverse().map((group) => Number.parseInt(group || '0', 16));
  return [first >> 8, first & 255, last >> 8, last & 255].join('.');
}

const LOOPBACK = blockOf('127.0.0.0', 8);
LOOPBACK.addAddress('::1', 'ipv6');

/** Whether what is sent to an IP address stays on this machine, also where it is an IPv4 address written as an IPv6 one. */
export function isLoopbackAddress(address: string): boolean {
  return isIP(address) !== 0 && LOOPBACK.check(address, familyOf(address));
}
