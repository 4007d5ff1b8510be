// Removes from a URI what must not be shown. In a file of its own because the server loads little else when it starts.
import { withoutUserInfo } from '../errors/user-info.ts';

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
  return withoutUserInfo(uri).replace(/[?#].*$/s, '');
}

// Each takes time in proportion to the text, whatever is in it.
const SLIPS = [
  /[a-z][a-z0-9+.-]{1,20}:\/\//i, // with a blank, a quote or the like in front
  /^\s*[a-z][a-z0-9+.-]{1,20}:\//i, // one slash
  /^\s*(?:https?|oci|s3|gs|azblob):/i,
  /^\s*\/\/[^/:]*:.*@/s, // no scheme
];

/** Whether a text that begins with no scheme was meant as a URI, which it is not: it is no path either, and may hold a password. */
export function isMistakenUri(text: string): boolean {
  return SLIPS.some((slip) => slip.test(text));
}

/** Such a text as it may be shown. */
export function shownMistakenUri(text: string): string {
  return text.slice(text.lastIndexOf('@') + 1).replace(/[?#].*$/s, '');
}
