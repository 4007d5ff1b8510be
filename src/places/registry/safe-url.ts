// Where a registry may send us on.
import { isLoopbackHost } from '../../net/loopback.ts';

/** Encrypted, or on this machine, where the registry is, too; and without a login of its own. */
export function isSafeFrom(registry: URL, url: URL): boolean {
  if (url.username !== '' || url.password !== '') return false;
  if (url.protocol === 'https:') return true;
  return url.protocol === 'http:' && isLoopbackHost(url.hostname) && isLoopbackHost(registry.hostname);
}
