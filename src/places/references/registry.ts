// Reads and writes `oci://` references to what a repository of an OCI registry holds.
import { quoted } from '../../codec/safe-text.ts';
import { withoutCredentials } from '../../codec/shown-uri.ts';
import { UsageError } from '../../errors.ts';
import { badReference } from './problem.ts';
import type { RemotePlace } from './remote-place.ts';

/** By its digest where there is one, else by its tag. */
export interface RegistryReference extends RemotePlace {
  readonly kind: 'registry';
  /** Lower case, with its port where one is given. */
  readonly host: string;
  readonly repository: string;
  /** Null only beside a digest. */
  readonly tag: string | null;
  /** `sha256:<64 hex>` of the manifest. */
  readonly digest: string | null;
}

const FORM = 'oci://HOST[:PORT]/REPOSITORY[:TAG][@sha256:<64 hex>]';
const WHOLE = /^oci:\/\/([^/@?#]+)\/([^:@?#]+)(?::([^@?#/]*))?(?:@([^@?#/]*))?$/i;
const HOST = /^(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::[1-9]\d{0,4})?$/;
// These two as the specification of OCI distribution has them.
const REPOSITORY = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const TAG = /^\w[\w.-]{0,127}$/;
const DIGEST = /^sha256:[0-9a-f]{64}$/;
/** More than other programs take. */
const MAX_REPOSITORY = 255;

/** Without a tag or digest it is the tag `latest`. @throws UsageError USAGE_BAD_ARGUMENT */
export function parseRegistryReference(text: string): RegistryReference {
  const [, named = '', repository = '', tag, digest] = WHOLE.exec(text) ?? [];
  const host = named.toLowerCase();
  if (!HOST.test(host)) throw badReference(text, FORM);
  if (!REPOSITORY.test(repository) || repository.length > MAX_REPOSITORY)
    throw badReference(text, FORM, 'the repository');
  if (tag !== undefined && !isTag(tag)) throw badReference(text, FORM, 'the tag');
  if (/^sha256:[0-9a-f]{6,63}$/.test(digest ?? '')) throw beginning(text);
  if (digest !== undefined && !DIGEST.test(digest)) throw badReference(text, FORM, 'the digest');
  const isUnnamed = tag === undefined && digest === undefined;
  return registryReference(host, repository, isUnnamed ? 'latest' : (tag ?? null), digest ?? null);
}

/** Other places list what they have; a registry lists its tags alone. */
function beginning(text: string): UsageError {
  const shown = quoted(withoutCredentials(text));
  return new UsageError(
    'USAGE_BAD_ARGUMENT',
    `cannot use ${shown}: a registry finds nothing by the beginning of a digest`,
    { hint: 'give the whole digest, or a tag', details: { reference: shown } },
  );
}

export function isTag(text: string): boolean {
  return TAG.test(text);
}

/** All parts as they are written in a reference. */
export function registryReference(
  host: string,
  repository: string,
  tag: string | null,
  digest: string | null,
): RegistryReference {
  const text = `oci://${host}/${repository}${tag === null ? '' : `:${tag}`}${digest === null ? '' : `@${digest}`}`;
  const remote = { scheme: 'oci', host, path: repository };
  return { kind: 'registry', text, remote, isPinned: digest !== null, host, repository, tag, digest };
}
