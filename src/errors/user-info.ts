// Finds the user and password in a URI, also where it is not written as it has to be.

const START = /^([a-z][a-z0-9+.-]*:\/\/)([^/?#]*)/i;
/** An authority that names a host and nothing else; a name has no colon but before its port. */
const HOST = /^(?:\[[^\]]*\]|[^:]*)(?::\d*)?$/;
const BUCKET = /^(?:s3|gs|azblob):/i;

/**
 * A URI without what stands for a user and password in it. A password with a slash, `?` or `#` in it ends what a program takes
 * for the host; such a host is none, and all up to the last `@` is taken away.
 */
export function withoutUserInfo(uri: string): string {
  const [, scheme, authority] = START.exec(uri) ?? [];
  if (scheme === undefined || authority === undefined) return uri;
  const fromBehind = (at: number) => scheme + uri.slice(Math.max(scheme.length, at + 1));
  // What is left may still be a user that is an address, with the password behind it.
  if (authority.includes('@')) return withoutUserInfo(fromBehind(scheme.length + authority.lastIndexOf('@')));
  // Buckets have no ports.
  const isHost = BUCKET.test(scheme) ? !authority.includes(':') : HOST.test(authority);
  return isHost ? uri : fromBehind(uri.lastIndexOf('@'));
}
