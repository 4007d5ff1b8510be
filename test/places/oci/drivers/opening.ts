// A driver over a bucket of a test server, to which nothing is young.
import { AzureDriver } from '../../../../src/places/oci/drivers/azure.ts';
import type { BucketOptions } from '../../../../src/places/oci/drivers/bucket-space.ts';
import { GcsDriver } from '../../../../src/places/oci/drivers/gcs.ts';
import { S3Driver } from '../../../../src/places/oci/drivers/s3.ts';
import type { ObjectDriver } from '../../../../src/places/oci/object-driver.ts';
import type { BucketServer } from '../../../fixtures/servers/buckets/bucket-server.ts';

const TWO_HOURS = 2 * 60 * 60 * 1000;
const PREFIX = 'a/prefix';

/** @param bucket as `makeBucket` has it */
export function driverOver(
  { service, env }: Pick<BucketServer, 'service' | 'env'>,
  bucket: string,
  options: BucketOptions = {},
): ObjectDriver {
  const all = { now: () => Date.now() + TWO_HOURS, ...options };
  if (service === 's3') return new S3Driver(bucket, PREFIX, { ...all, isElsewhere: true });
  if (service === 'gs') return new GcsDriver(bucket, PREFIX, all);
  const [account, container] = bucket.split('/');
  return new AzureDriver(account!, container!, PREFIX, { ...all, environment: env });
}
