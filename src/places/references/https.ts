// Reads and writes references to a snapshot file on a web server.
import { withoutCredentials } from '../../codec/shown-uri.ts';
import { badReference } from './problem.ts';
import type { RemotePlace } from './remote-place.ts';

/** A snapshot file on a web server. */
export interface HttpsReference extends RemotePlace {
  readonly kind: 'https';
  /** As it is asked for: it may hold credentials, in the query too, and is not to be shown. */
  readonly url: string;
}

const FORM = 'https://HOST[:PORT]/PATH ending in .json, .json.gz or .json.zst';
const SNAPSHOT_FILE = /\.json(?:\.gz|\.zst)?$/i;

/** @throws UsageError USAGE_BAD_ARGUMENT */
export function parseHttpsReference(text: string): HttpsReference {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || url.hash !== '') throw badReference(text, FORM);
  if (!SNAPSHOT_FILE.test(url.pathname)) throw badReference(text, FORM, 'the path');
  return { kind: 'https', text: withoutCredentials(url.href), isPinned: false, url: url.href };
}
