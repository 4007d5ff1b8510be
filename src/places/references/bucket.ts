// Reads and writes references to a snapshot in a bucket of S3, Google Cloud Storage or Azure Blob Storage.
import { beginningOfDigest } from '../../codec/digest.ts';
import type { RemoteName } from '../../net/remote-fence.ts';
import { isObjectKey } from '../oci/object-key.ts';
import { isSnapshotName } from '../snapshot-name.ts';
import { badReference } from './problem.ts';
import type { RemotePlace } from './remote-place.ts';

/** Whose bucket it is: Amazon S3 or what speaks its protocol, Google Cloud Storage, Azure Blob Storage. */
export type BucketService = 's3' | 'gs' | 'azblob';

/** A snapshot in the OCI image layout below a prefix of a bucket. */
export interface BucketReference extends RemotePlace {
  readonly kind: 'bucket';
  readonly service: BucketService;
  /** For Azure `account/container`. */
  readonly bucket: string;
  /** Segments joined by `/`, without one at either end; empty for the bucket itself. */
  readonly prefix: string;
  /** A name or the beginning of a snapshot's digest; null for the whole layout, of which `latest` is opened. */
  readonly name: string | null;
}

type BucketLayout = Pick<BucketReference, 'service' | 'bucket' | 'prefix'>;

const FORMS: Record<BucketService, string> = {
  s3: 's3://BUCKET[/PREFIX][:NAME or @sha256:<hex>]',
  gs: 'gs://BUCKET[/PREFIX][:NAME or @sha256:<hex>]',
  azblob: 'azblob://ACCOUNT/CONTAINER[/PREFIX][:NAME or @sha256:<hex>]',
};
const WHOLE = /^([a-z0-9]+):\/\/([^:@?#]+?)\/?(?::([^:@?#/]*)|@(sha256:[^@?#/]*))?$/i;
// As each vendor has them.
const BUCKETS: Record<BucketService, RegExp> = {
  s3: /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
  gs: /^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$/,
  azblob: /^[a-z0-9]{3,24}\/[a-z0-9](?:-?[a-z0-9]){2,62}$/,
};
const MAX_PREFIX = 512;

/** @throws UsageError USAGE_BAD_ARGUMENT */
export function parseBucketReference(service: BucketService, text: string): BucketReference {
  const form = FORMS[service];
  const [, , path = '', name, digest] = WHOLE.exec(text) ?? [];
  const segments = path.split('/');
  const bucket = segments.splice(0, service === 'azblob' ? 2 : 1).join('/');
  if (!BUCKETS[service].test(bucket)) throw badReference(text, form);
  const prefix = segments.join('/');
  if ((segments.length > 0 && !isObjectKey(prefix)) || prefix.length > MAX_PREFIX)
    throw badReference(text, form, 'the prefix');
  if (name !== undefined && !isSnapshotName(name)) throw badReference(text, form, 'the name');
  if (digest !== undefined && beginningOfDigest(digest) === null)
    throw badReference(text, form, 'the digest');
  return bucketReference({ service, bucket, prefix }, name ?? digest ?? null);
}

/** A snapshot of a layout, by its name or digest; null for the layout as a whole. */
export function bucketReference(layout: BucketLayout, name: string | null): BucketReference {
  const isPinned = name?.startsWith('sha256:') ?? false;
  const text = `${layoutText(layout)}${name === null ? '' : `${isPinned ? '@' : ':'}${name}`}`;
  return { kind: 'bucket', text, remote: remoteNameOf(layout), isPinned, ...layout, name };
}

function remoteNameOf({ service, bucket, prefix }: BucketLayout): RemoteName {
  const [host, ...container] = bucket.split('/');
  return { scheme: service, host: host!, path: [...container, prefix].join('/') };
}

function layoutText({ service, bucket, prefix }: BucketLayout) {
  return `${service}://${bucket}${prefix === '' ? '' : `/${prefix}`}`;
}
