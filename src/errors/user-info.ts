// Finds the user and password in a URI, also where it is not written as it has to be.

const START = /^([a-z][a-z0-9+.-]*:\/\/)([^/?#]*)/i;
/** An authority that names a host and nothing else; a name has no colon but before its port. */
const HOST = /^(?:\[[^\]]*\]|[^:]*)(?::\d*)?$/;

/**
 * A URI without what stands for a user and password in it. A password with a slash, `?` or `#` in it ends what a program takes
 * for the host; such a host is none, and all up to the last `@` is taken away.
 */
export function withoutUserInfo(uri: string): string {
  const [, scheme, authority] = START.exec(uri) ?? [];
  if (scheme === undefined || authority === undefined) return uri;
  if (authority.includes('@')) return scheme + uri.slice(scheme.length + authority.lastIndexOf('@') + 1);
  return HOST.test(authority) ? uri : scheme + uri.slice(Math.max(scheme.length, uri.lastIndexOf('@') + 1));
}
