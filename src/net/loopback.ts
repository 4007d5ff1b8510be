// Which host is this machine, by how it is written: the only one that is spoken to without encryption.
import { isLoopbackAddress } from './special-addresses.ts';

/** The only name that counts is `localhost`: another may mean this machine now and a different one later. */
export function isLoopbackHost(hostname: string): boolean {
  const plain = plainHost(hostname);
  return plain === 'localhost' || isLoopbackAddress(plain);
}

/** The host of a URL without the brackets of an IPv6 address. */
export function plainHost(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, '');
}
