// A connection that fails in every way that was thought of: what is asked for is done in the end, or there is a clear error; and
// whoever follows the tag finds a whole snapshot, or none.
import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { collected } from '../../../src/codec/bytes.ts';
import { verified } from '../../../src/disk/blobs/blob.ts';
import { StateError } from '../../../src/errors.ts';
import type { OpenSnapshot } from '../../../src/places/place.ts';
import type { Signer } from '../../../src/snapshot/signatures/signing.ts';
import { failing } from '../../fixtures/failing.ts';
import { FaultyProxy, type Passing } from '../../fixtures/servers/faulty-proxy.ts';
import {
  type Registry,
  startCurrentRegistry,
  startDebianRegistry,
} from '../../fixtures/servers/registries/registries.ts';
import { testKey } from '../../fixtures/signing.ts';
import { sampleSnapshot } from '../sample-snapshot.ts';
import { registryPlace } from './registry-place.ts';

const MIB = 1024 * 1024;
/** One is sent at once, one in a stream. */
const SIZES = { small: MIB, large: 17 * MIB };
const signers: Signer[] = [{ key: testKey('ed25519') }];
const PARTS = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];

function sample() {
  const wasm = Buffer.from([0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0]);
  const bytes = new Map(
    Object.entries(SIZES).map(([id, size]) => [id, Buffer.concat([wasm, randomBytes(size - wasm.length)])]),
  );
  const { content, blobs } = sampleSnapshot(Object.keys(SIZES), { code: (id) => bytes.get(id)! });
  return [content, blobs] as const;
}

async function assertWhole({ content, blobs }: OpenSnapshot): Promise<void> {
  for (const { artifact } of content.tree.components)
    await collected(verified(artifact, blobs.source(artifact).open()));
}

describe.each([
  ['docker-registry of Debian', startDebianRegistry],
  ['distribution', startCurrentRegistry],
])('before %s', (_name, start) => {
  let registry: Registry;
  let proxy: FaultyProxy;
  let count = 0;
  let repository: string;

  beforeAll(async () => {
    registry = await start();
  });
  afterAll(() => registry.stop());
  beforeEach(async () => {
    proxy = await FaultyProxy.start(registry.address);
    repository = `team/t${++count}`;
  });
  afterEach(() => proxy.stop());

  const faulty = () => registryPlace(`oci://${proxy.address}/${repository}:1`);
  const direct = () => registryPlace(`oci://${registry.address}/${repository}:1`);

  /** The first of each, and none of the others. */
  const once = (which: (passing: Passing) => boolean) => {
    let done = false;
    return (passing: Passing) => {
      if (done || !which(passing)) return false;
      done = true;
      return true;
    };
  };

  const isCodeUpload = ({ method, headers }: Passing) =>
    (method === 'PATCH' || method === 'PUT') && Number(headers['content-length'] ?? 0) >= SIZES.small;
  const isCodeDownload = ({ method, path }: Passing) => method === 'GET' && path.includes('/blobs/sha256:');

  it.each(PARTS)('a push goes on where the connection broke after %d of an upload', async (part) => {
    const broken = new Set<number>();
    proxy.fault = (passing) => {
      const size = Number(passing.headers['content-length'] ?? 0);
      if (!isCodeUpload(passing) || broken.has(size)) return null;
      broken.add(size);
      return { do: 'reset', on: 'request', after: Math.floor(size * part) };
    };
    const [content, blobs] = sample();
    await faulty().write(content, blobs, { signers });
    expect(broken.size).toBeGreaterThanOrEqual(2);
    const opened = await direct().open({});
    expect(opened.content.digest).toBe(content.digest);
    expect(opened.signatures).toHaveLength(2);
    await assertWhole(opened);
  });

  it.each(PARTS)('a pull goes on where the connection broke after %d of each blob', async (part) => {
    const [content, blobs] = sample();
    await direct().write(content, blobs, {});
    const seen = new Set<string>();
    proxy.fault = (passing) => {
      if (!isCodeDownload(passing) || seen.has(passing.path)) return null;
      seen.add(passing.path);
      const artifact = content.tree.components.find(({ artifact: { sha256 } }) =>
        passing.path.includes(sha256),
      );
      const size = artifact?.artifact.size ?? content.bytes.length;
      return { do: 'reset', on: 'answer', after: Math.floor(size * part) };
    };
    await assertWhole(await faulty().open({}));
    expect(seen.size).toBe(3);
    // The rest is asked for, and not all of it again.
    expect(proxy.passed.filter(({ headers }) => headers.range !== undefined).length).toBeGreaterThan(0);
  });

  it.each(['HEAD', 'POST', 'PATCH', 'PUT', 'GET'])(
    'a lost answer to the first %s does no harm',
    async (method) => {
      const first = once((passing) => passing.method === method);
      proxy.fault = (passing) => (first(passing) ? { do: 'lose-answer' } : null);
      const [content, blobs] = sample();
      await faulty().write(content, blobs, { signers });
      await assertWhole(await direct().open({}));
    },
  );

  it.each([429, 500, 502, 503])(
    '%i with Retry-After is waited for, at every third request',
    async (status) => {
      const headers = { 'retry-after': '0', 'content-type': 'application/json' };
      proxy.fault = ({ count: number, method }) =>
        number % 3 === 0 && (method !== 'PATCH' || status === 429)
          ? { do: 'answer', status, headers, body: '{"errors":[{"code":"TOOMANYREQUESTS"}]}' }
          : null;
      const [content, blobs] = sample();
      await faulty().write(content, blobs, { signers });
      await assertWhole(await faulty().open({}));
    },
  );

  it('a registry that stays busy, or has gone, is an error, and nothing is to be seen', async () => {
    for (const from of [1, 5, 9, 13]) {
      proxy.passed.length = 0;
      proxy.fault = () => (proxy.passed.length >= from ? { do: 'answer', status: 503 } : null);
      const [content, blobs] = sample();
      await expect(faulty().write(content, blobs, {})).rejects.toEqual(failing('STORE_UNREACHABLE'));
      await expect(direct().open({})).rejects.toEqual(failing('STORE_NOT_FOUND'));
    }
  });

  it('whichever request of a push is the last to come through, the tag names a whole snapshot or nothing', async () => {
    const [content, blobs] = sample();
    await faulty().write(content, blobs, { signers });
    const all = proxy.passed.length;
    for (let last = 1; last < all; last++) {
      repository = `team/t${++count}`;
      proxy.passed.length = 0;
      proxy.fault = () => (proxy.passed.length > last ? { do: 'answer', status: 403 } : null);
      const failure = await faulty()
        .write(content, blobs, { signers })
        .then(
          () => null,
          (error: unknown) => error,
        );
      if (failure !== null) expect(failure).toBeInstanceOf(StateError);
      const opened = await direct()
        .open({})
        .catch((error: unknown) => error);
      if (opened instanceof Error) expect(opened).toEqual(failing('STORE_NOT_FOUND'));
      else {
        await assertWhole(opened as OpenSnapshot);
        expect((opened as OpenSnapshot).signatures).toHaveLength(2);
      }
    }
  });

  it('a slow drip brings it in the end', async () => {
    await direct().write(...sample(), {});
    proxy.fault = (passing) =>
      isCodeDownload(passing) ? { do: 'drip', bytes: 64 * 1024, everyMs: 1 } : null;
    await assertWhole(await faulty().open({}));
  });

  it('a body that is cut off or altered is never taken', async () => {
    const [content, blobs] = sample();
    await direct().write(content, blobs, {});
    const [artifact] = content.tree.components.map((component) => component.artifact);
    const isCode = ({ path }: Passing) => path.includes(artifact!.sha256);
    const opened = await faulty().open({});
    const read = () => collected(verified(artifact!, opened.blobs.source(artifact!).open()));
    proxy.fault = (passing) => (isCode(passing) ? { do: 'alter', at: 100_000 } : null);
    await expect(read()).rejects.toEqual(failing('VERIFY_DIGEST_MISMATCH'));
    proxy.fault = (passing) => (isCode(passing) ? { do: 'cut', after: 1000, claims: 1000 } : null);
    await expect(read()).rejects.toEqual(failing('VERIFY_DIGEST_MISMATCH'));
    // One that says how much it should have been goes on.
    const first = once(isCode);
    proxy.fault = (passing) => (first(passing) ? { do: 'cut', after: 500_000 } : null);
    await read();
    for (const fault of [
      { do: 'alter', at: 20 },
      { do: 'cut', after: 50, claims: 50 },
    ] as const) {
      proxy.fault = ({ path }) => (path.includes('/manifests/') ? fault : null);
      await expect(faulty().open({})).rejects.toEqual(failing('VERIFY_DIGEST_MISMATCH'));
      proxy.fault = ({ path }) => (path.includes(content.digest) ? fault : null);
      await expect(faulty().open({})).rejects.toEqual(failing('VERIFY_DIGEST_MISMATCH'));
    }
  });

  it('a circle of redirects is an error, and one to another server brings the blob', async () => {
    const [content, blobs] = sample();
    await direct().write(content, blobs, {});
    proxy.fault = (passing) =>
      isCodeDownload(passing)
        ? { do: 'answer', status: 307, headers: { location: `http://${registry.address}${passing.path}` } }
        : null;
    await assertWhole(await faulty().open({}));
    proxy.fault = ({ path }) => ({ do: 'answer', status: 307, headers: { location: path } });
    await expect(faulty().open({})).rejects.toEqual(failing('STORE_UNREACHABLE'));
    await expect(faulty().write(content, blobs, {})).rejects.toEqual(failing('STORE_UNREACHABLE'));
  });
});
