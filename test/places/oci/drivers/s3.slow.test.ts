import { S3Driver } from '../../../../src/places/oci/drivers/s3.ts';
import { serverForAll } from '../../../fixtures/servers/bucket-server.ts';
import { startS3 } from '../../../fixtures/servers/s3.ts';
import { testObjectDriver } from './contract.ts';

const TWO_HOURS = 2 * 60 * 60 * 1000;
const server = serverForAll(startS3);
let made = 0;

testObjectDriver(
  'the driver of S3',
  async () => {
    const bucket = await server().makeBucket(`contract-${++made}`);
    const driver = new S3Driver(bucket, 'a/prefix', { isElsewhere: true, now: () => Date.now() + TWO_HOURS });
    return { driver, leftovers: () => server().unfinished(bucket) };
  },
  1_500,
);
