import { randomBytes } from 'node:crypto';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { StoreError } from '../../../src/errors.ts';
import { BucketPlace, openBucket } from '../../../src/places/oci/bucket-place.ts';
import { type BucketReference, parseBucketReference } from '../../../src/places/references/bucket.ts';
import { failing } from '../../fixtures/failing.ts';
import { serverForAll } from '../../fixtures/servers/buckets/bucket-server.ts';
import { BUCKET_SERVERS } from '../../fixtures/servers/buckets/bucket-servers.ts';
import { FaultyProxy } from '../../fixtures/servers/faulty-proxy.ts';
import { sampleSnapshot } from '../sample-snapshot.ts';

const MEGABYTE = 1024 * 1024;
const DAY_MS = 24 * 60 * 60 * 1000;
const LARGE = randomBytes(20 * MEGABYTE);
/** What a request is signed with, and what its address and headers hold. */
const SECRETS = /not-a-secret|bm90IGEgc2VjcmV0|signature|authorization|credential=|https?:\/\/|\?/i;

describe.each(BUCKET_SERVERS)('a bucket of $name that fails', ({ service, start }) => {
  const server = serverForAll(start);
  let made = 0;

  async function fresh(): Promise<BucketReference> {
    return at(await server().makeBucket(`failing-${++made}`));
  }
  const at = (bucket: string) => parseBucketReference(service, `${service}://${bucket}/team`);

  const large = () => sampleSnapshot(['large'], { code: () => LARGE });
  const write = (reference: BucketReference, { content, blobs } = sampleSnapshot(['a'])) =>
    new BucketPlace(reference).write(content, blobs, {});
  const open = (reference: BucketReference) => new BucketPlace(reference).open({});

  /** What `work` fails with, which tells no secret. */
  async function failureOf(work: Promise<unknown>): Promise<StoreError> {
    const error = await work.then(
      () => new Error('it did not fail'),
      (failure: unknown) => failure,
    );
    if (!(error instanceof StoreError)) throw error;
    expect(JSON.stringify(error)).not.toMatch(SECRETS);
    expect([error.cause, error.said]).toEqual([undefined, undefined]);
    expect(error.hint).toBeTruthy();
    return error;
  }

  /** Has all variables that name the server name a proxy instead, until the test ends. */
  async function throughProxy(): Promise<FaultyProxy> {
    const { origin, env } = server();
    const proxy = await FaultyProxy.start(new URL(origin).host);
    for (const [name, value] of Object.entries(env))
      vi.stubEnv(name, value.replace(new URL(origin).host, proxy.address));
    onTestFinished(async () => {
      for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
      await proxy.stop();
    });
    return proxy;
  }

  async function expectNothingOf(reference: BucketReference): Promise<void> {
    await expect(open(reference)).rejects.toThrow(failing('STORE_NOT_FOUND'));
    expect(await server().unfinished(reference.bucket)).toEqual([]);
  }

  it.each([401, 403])('with %i says what it was denied, and not by whom', async (status) => {
    const reference = await fresh();
    const proxy = await throughProxy();
    proxy.fault = () => ({ do: 'answer', status });
    for (const use of [() => open(reference), () => write(reference)]) {
      const error = await failureOf(use());
      expect(error).toMatchObject({ code: 'STORE_DENIED', details: { status } });
    }
  });

  it('with 503 each time is asked a few times and then told of', async () => {
    const reference = await fresh();
    const proxy = await throughProxy();
    proxy.fault = () => ({ do: 'answer', status: 503 });
    expect(await failureOf(open(reference))).toMatchObject({ code: 'STORE_UNREACHABLE' });
    expect(proxy.passed.length).toBeGreaterThan(1);
    expect(proxy.passed.length).toBeLessThan(12);
  });

  // Azure answers 503 where others answer 429.
  it.each(service === 'azblob' ? [500, 503] : [429, 500, 503])(
    'with %i once does not fail',
    async (status) => {
      const reference = await fresh();
      const proxy = await throughProxy();
      proxy.fault = ({ count }) => (count % 3 === 2 ? { do: 'answer', status } : null);
      const { digest } = await write(reference);
      expect((await open(reference)).content.digest).toBe(digest);
    },
  );

  it('while an index is put is read again: the snapshot is there once', async () => {
    const reference = await fresh();
    const proxy = await throughProxy();
    let lost = 0;
    proxy.fault = ({ path, method }) => {
      const isIndex = /index\.json/.test(decodeURIComponent(path)) && ['PUT', 'POST'].includes(method);
      return isIndex && ++lost <= 2 ? { do: 'lose-answer' } : null;
    };
    const { digest } = await write(reference);
    expect(lost).toBeGreaterThan(0);
    expect((await (await openBucket(reference)).list()).map((each) => each.digest)).toEqual([digest]);
  });

  it('in the middle of a download is told of, and nothing cut off is taken for whole', async () => {
    const reference = await fresh();
    const { content } = large();
    await write(reference, large());
    const proxy = await throughProxy();
    const opened = await open(reference);
    const [{ artifact }] = content.tree.components as [(typeof content.tree.components)[0]];
    const take = async () => {
      let size = 0;
      for await (const chunk of opened.blobs.source(artifact).open()) size += chunk.length;
      if (size !== artifact.size) throw new StoreError('STORE_IO', 'it was taken for whole', { hint: 'no' });
    };
    proxy.fault = () => ({ do: 'reset', on: 'answer', after: 3 * MEGABYTE });
    expect(await failureOf(take())).toMatchObject({ code: 'STORE_UNREACHABLE' });
    proxy.fault = () => null;
    await take();
  });

  it('in the middle of an upload leaves nothing, neither seen nor unfinished', async () => {
    const reference = await fresh();
    const proxy = await throughProxy();
    let sent = 0;
    proxy.fault = ({ method, headers }) => {
      const isPart =
        ['PUT', 'POST'].includes(method) && Number(headers['content-length'] ?? MEGABYTE) >= MEGABYTE;
      return isPart && ++sent > 1 ? { do: 'reset', on: 'request', after: 2 * MEGABYTE } : null;
    };
    expect(await failureOf(write(reference, large()))).toMatchObject({ code: 'STORE_UNREACHABLE' });
    expect(sent).toBeGreaterThan(1);
    proxy.fault = () => null;
    await expectNothingOf(reference);
    await write(reference, large());
  });

  it('by crashing in the middle of an upload has no half snapshot, and what is left is pruned', async () => {
    const reference = await fresh();
    const { content, blobs } = large();
    let isDown = false;
    const crashing = {
      ...blobs,
      source: (blob: Parameters<typeof blobs.source>[0]) => ({
        ...blob,
        async *open() {
          yield LARGE.subarray(0, 18 * MEGABYTE);
          if (!isDown) await server().crash();
          isDown = true;
          yield LARGE.subarray(18 * MEGABYTE);
        },
      }),
    };
    const writing = new BucketPlace(reference).write(content, crashing, {});
    expect(await failureOf(writing)).toMatchObject({ code: 'STORE_UNREACHABLE' });
    await server().restart();
    await expect(open(reference)).rejects.toThrow(failing('STORE_NOT_FOUND'));
    await (await openBucket(reference)).prune({ now: Date.now() + 2 * DAY_MS });
    await expectNothingOf(reference);
    const { digest } = await write(reference, large());
    expect((await open(reference)).content.digest).toBe(digest);
  });

  it('to be there at all is not found, also where something is to be written', async () => {
    const missing = at((await fresh()).bucket.replace(/[^/]*$/, 'never-made'));
    for (const use of [() => open(missing), () => write(missing)])
      expect(await failureOf(use())).toMatchObject({ code: 'STORE_NOT_FOUND' });
  });
});

describe('a bucket of S3', () => {
  const server = serverForAll(BUCKET_SERVERS[0]!.start);
  const reference = parseBucketReference('s3', 's3://of-s3/team');
  const tried = async (env: Record<string, string>) => {
    await server()
      .makeBucket('of-s3')
      .catch(() => undefined);
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
    try {
      return await new BucketPlace(reference).open({}).catch((error: unknown) => error as StoreError);
    } finally {
      for (const [name, value] of Object.entries(server().env)) vi.stubEnv(name, value);
    }
  };

  it('in another region is told apart from one that is denied', async () => {
    expect(await tried({ AWS_REGION: 'eu-west-1' })).toMatchObject({
      code: 'STORE_UNREACHABLE',
      hint: 'set AWS_REGION to the region of the bucket',
    });
    expect(await tried({ AWS_SECRET_ACCESS_KEY: 'another' })).toMatchObject({ code: 'STORE_DENIED' });
  });

  it('says where credentials are looked for when there are none', async () => {
    const none = { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '', AWS_PROFILE: '', HOME: '/nowhere' };
    expect(await tried(none)).toMatchObject({
      code: 'STORE_DENIED',
      message: 's3://of-s3: no credentials were found',
    });
  });
});

describe('a container of Azure', () => {
  const server = serverForAll(BUCKET_SERVERS[1]!.start);
  const reference = parseBucketReference('azblob', 'azblob://testaccount/of-azure/team');
  const tried = (env: Record<string, string>) =>
    openBucket(reference, {}, env)
      .then((layout) => layout.open('latest'))
      .catch((error: unknown) => error as StoreError);

  it('is reached with a key or a token, and says where credentials are looked for when there are none', async () => {
    await server().makeBucket('of-azure');
    const endpoint = { AZURE_STORAGE_SERVICE_ENDPOINT: `${server().origin}/testaccount` };
    expect(await tried({ ...endpoint, AZURE_STORAGE_KEY: 'bm90IGEgc2VjcmV0' })).toMatchObject({
      code: 'STORE_NOT_FOUND',
    });
    expect(await tried({ ...endpoint, AZURE_STORAGE_KEY: 'YW5vdGhlcg==' })).toMatchObject({
      code: 'STORE_DENIED',
    });
    expect(await tried(endpoint)).toMatchObject({
      code: 'STORE_DENIED',
      message: 'azblob://testaccount/of-azure: no credentials were found',
    });
  });

  it('is not opened with the connection string of another account', async () => {
    const { AZURE_STORAGE_CONNECTION_STRING = '' } = server().env;
    const other = AZURE_STORAGE_CONNECTION_STRING.replace('AccountName=testaccount', 'AccountName=another');
    for (const text of [other, 'nonsense'])
      expect(await tried({ AZURE_STORAGE_CONNECTION_STRING: text })).toMatchObject({
        code: 'USAGE_BAD_ARGUMENT',
      });
  });
});
