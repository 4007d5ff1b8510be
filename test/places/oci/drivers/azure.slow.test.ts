import { AzureDriver } from '../../../../src/places/oci/drivers/azure.ts';
import { startAzure } from '../../../fixtures/servers/azure.ts';
import { serverForAll } from '../../../fixtures/servers/bucket-server.ts';
import { testObjectDriver } from './contract.ts';

const TWO_HOURS = 2 * 60 * 60 * 1000;
const now = () => Date.now() + TWO_HOURS;
const server = serverForAll(startAzure);
let made = 0;

testObjectDriver(
  'the driver of Azure Blob Storage',
  async () => {
    const bucket = await server().makeBucket(`contract-${++made}`);
    const [account, container] = bucket.split('/');
    const driver = new AzureDriver(account!, container!, 'a/prefix', { environment: process.env, now });
    return { driver, leftovers: () => server().unfinished(bucket) };
  },
  1_500,
);
