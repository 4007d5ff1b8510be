import { GcsDriver } from '../../../../src/places/oci/drivers/gcs.ts';
import { serverForAll } from '../../../fixtures/servers/bucket-server.ts';
import { startGcs } from '../../../fixtures/servers/gcs.ts';
import { testObjectDriver } from './contract.ts';

const TWO_HOURS = 2 * 60 * 60 * 1000;
const now = () => Date.now() + TWO_HOURS;
const server = serverForAll(startGcs);
let made = 0;

testObjectDriver(
  'the driver of Google Cloud Storage',
  async () => {
    const bucket = await server().makeBucket(`contract-${++made}`);
    const driver = new GcsDriver(bucket, 'a/prefix', { now });
    return { driver, leftovers: () => server().unfinished(bucket) };
  },
  1_500,
);
