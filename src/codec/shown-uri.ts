// What of a URI may be told. It has a file of its own because the server needs it when it starts, and little else.

/**
 * A URI as it may be told: without what it carries besides the place. In the path of a file a question mark is a
 * letter; of an image what follows `@` is its digest, unless it is in front of the registry.
 */
export function shownUri(uri: string): string {
  if (uri.startsWith('file:') || /^oci:\/\/[^/?#]*@sha256:[0-9a-f]{64}$/.test(uri)) return uri;
  return withoutCredentials(uri);
}

/** A URI without credentials, query and fragment; those can carry secrets. */
export function withoutCredentials(uri: string): string {
  return uri.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/?#]*@/i, '$1').replace(/[?#].*$/s, '');
}
