// What is shipped is bundled and made small, and the vendors' clients have to stand that.
import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { verifyBlobs } from '../../../src/disk/blobs/blobs.ts';
import { BucketPlace } from '../../../src/places/oci/bucket-place.ts';
import { parseBucketReference } from '../../../src/places/references/bucket.ts';
import { componentBytes } from '../../fixtures/components/component.ts';
import { makeHost } from '../../fixtures/host.ts';
import { serverForAll } from '../../fixtures/servers/buckets/bucket-server.ts';
import { BUCKET_SERVERS } from '../../fixtures/servers/buckets/bucket-servers.ts';
import { started } from '../../fixtures/servers/ended-program.ts';

const SIZE = 23 * 1024 * 1024;

describe.each(BUCKET_SERVERS)('the program as it is shipped', ({ name, service, start }) => {
  const server = serverForAll(start);

  it(`puts a large component into a bucket of ${name} and reads it again`, async () => {
    const bucket = await server().makeBucket('shipped');
    const reference = `${service}://${bucket}/team`;
    const env = { PATH: process.env.PATH!, HOME: '/nowhere', ...server().env };
    const [here, there] = [makeHost(), makeHost()];
    here.install('large', { code: componentBytes('large', SIZE) });
    here.install('small');
    const exported = await started(['export', '-o', reference, ...here.flags], env, tmpdir());
    expect(exported).toMatchObject({ code: 0 });
    const { content, blobs } = await new BucketPlace(parseBucketReference(service, reference)).open({});
    const wanted = content.tree.components.map(({ artifact }) => artifact);
    expect(await verifyBlobs(blobs, wanted)).toBeGreaterThan(SIZE);
    expect(await server().unfinished(bucket)).toEqual([]);
    const imported = await started(['import', reference, '--yes', ...there.flags], env, tmpdir());
    expect(imported).toMatchObject({ code: 0 });
    expect(there.files()['large.wasm']!.equals(here.files()['large.wasm']!)).toBe(true);
    const denied = { ...env, AWS_SECRET_ACCESS_KEY: 'wrong', STORAGE_EMULATOR_HOST: 'http://127.0.0.1:1' };
    if (service === 'azblob') return;
    const failed = await started(['import', reference, '--yes', ...there.flags], denied, tmpdir());
    expect(failed.code).toBe(7);
    expect(failed.stderr).toMatch(service === 's3' ? /access is denied/ : /cannot be reached/);
  });
});
