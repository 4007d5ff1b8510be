// Reads and writes references to a snapshot file on a web server.
import { withoutCredentials } from '../../codec/shown-uri.ts';
import { remoteNameOf } from '../../net/remote-fence.ts';
import { isSnapshotFile } from '../file-name.ts';
import { badReference } from './problem.ts';
import type { RemotePlace } from './remote-place.ts';

/** A snapshot file on a web server. */
export interface HttpsReference extends RemotePlace {
  readonly kind: 'https';
  /** As it is asked for: it may hold credentials, in the query too, and is not to be shown. */
  readonly url: string;
}

const FORM = 'https://HOST[:PORT]/PATH ending in .json, .json.gz or .json.zst';

/** @throws UsageError USAGE_BAD_ARGUMENT */
export function parseHttpsReference(written: string): HttpsReference {
  const url = URL.canParse(written) ? new URL(written) : null;
  if (url === null || url.hash !== '') throw badReference(written, FORM);
  if (!isSnapshotFile(url.pathname)) throw badReference(written, FORM, 'the path');
  const text = withoutCredentials(url.href);
  return { kind: 'https', text, remote: remoteNameOf(url), isPinned: false, url: url.href };
}
