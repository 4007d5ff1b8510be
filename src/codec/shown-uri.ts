// Removes from a URI what must not be shown. In a file of its own because the server loads little else when it starts.

/**
 * A URI as it may be shown, without credentials, query and fragment. In a file URI a question mark is part of the path;
 * in an image reference what follows `@` is the digest, unless it comes before the registry.
 */
export function shownUri(uri: string): string {
  if (uri.startsWith('file:') || /^oci:\/\/[^/?#]*@sha256:[0-9a-f]{64}$/.test(uri)) return uri;
  return withoutCredentials(uri);
}

/** A URI without credentials, query and fragment; those can carry secrets. */
export function withoutCredentials(uri: string): string {
  return uri.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/?#]*@/i, '$1').replace(/[?#].*$/s, '');
}
