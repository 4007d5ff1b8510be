// How a blob gets into a registry: at once, in one stream, in parts, and on from where it broke.
import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { sha256Digest } from '../../../src/codec/digest.ts';
import { AddressFence } from '../../../src/net/address-fence.ts';
import { HttpClient } from '../../../src/net/http.ts';
import { Credentials } from '../../../src/places/registry/auth/credentials.ts';
import { Repository } from '../../../src/places/registry/repository.ts';
import { upload } from '../../../src/places/registry/uploads.ts';
import { failing } from '../../fixtures/failing.ts';
import {
  type Asked,
  MemoryRegistry,
  type RegistryHabits,
} from '../../fixtures/servers/registries/memory-registry.ts';
import { sourceOfBytes } from '../sample-snapshot.ts';
import { passwordOf, QUICK } from './registry-place.ts';

const MIB = 1024 * 1024;

function repositoryAt(registry: MemoryRegistry, logins: object = {}): Repository {
  const credentials = new Credentials({ inline: JSON.stringify(logins), files: [] });
  const http = new HttpClient(AddressFence.open, QUICK);
  return new Repository({ host: registry.address, repository: 'r' }, 'write', http, credentials);
}

async function uploaded(bytes: Buffer, habits: RegistryHabits, named?: string): Promise<MemoryRegistry> {
  const registry = await MemoryRegistry.start(habits);
  await upload(repositoryAt(registry), sourceOfBytes(bytes, named), null, undefined);
  expect(registry.blobs.get(`r:${sha256Digest(bytes)}`)?.equals(bytes)).toBe(true);
  expect(registry.unfinishedUploads).toBe(0);
  return registry;
}

/** What was sent, request by request, in MiB. */
function sizes({ asked }: MemoryRegistry): string[] {
  return asked.map(({ method, bodyBytes }) => `${method} ${bodyBytes / MIB}`);
}

it('one that is not large is sent with the request that makes it a blob', async () => {
  expect(sizes(await uploaded(randomBytes(MIB), {}))).toEqual(['POST 0', 'PUT 1']);
});

it('a large one is sent in one stream', async () => {
  expect(sizes(await uploaded(randomBytes(17 * MIB), {}))).toEqual(['POST 0', 'PATCH 17', 'PUT 0']);
});

it('one that is too much at a time is sent in parts', async () => {
  const registry = await uploaded(randomBytes(20 * MIB), { maxBodyBytes: 8 * MIB });
  expect(sizes(registry)).toEqual([
    'POST 0',
    'PATCH 20', // refused with 413
    'GET 0',
    'PATCH 8',
    'PATCH 8',
    'PATCH 4',
    'PUT 0',
  ]);
});

it('one goes on where the connection broke', async () => {
  let broken = 0;
  const registry = await uploaded(randomBytes(18 * MIB), {
    intercept: ({ method }, response) => {
      if (method !== 'PATCH' || broken++ > 0) return false;
      response.socket!.resetAndDestroy();
      return true;
    },
  });
  // All of it had arrived, and nothing was kept: it is sent again.
  expect(sizes(registry)).toEqual(['POST 0', 'PATCH 18', 'GET 0', 'PATCH 18', 'PUT 0']);
});

it('what has arrived is not sent again, also where the answer did not', async () => {
  let lost = 0;
  const registry = await uploaded(randomBytes(18 * MIB), {
    lose: ({ method }: Asked) => method === 'PATCH' && lost++ === 0,
  });
  expect(sizes(registry)).toEqual(['POST 0', 'PATCH 18', 'GET 0', 'PUT 0']);
});

it('an upload that the registry has forgotten is begun anew', async () => {
  let forgotten = 0;
  const registry = await uploaded(randomBytes(MIB), {
    intercept: ({ method }, response) => {
      if (method !== 'PUT' || forgotten++ > 0) return false;
      response.writeHead(404).end();
      return true;
    },
  });
  expect(sizes(registry)).toEqual(['POST 0', 'PUT 1', 'DELETE 0', 'HEAD 0', 'POST 0', 'PUT 1']);
});

it('a blob that is there, although the answer that said so was lost, is not sent anew', async () => {
  let lost = 0;
  const registry = await uploaded(randomBytes(MIB), {
    lose: ({ method }: Asked) => method === 'PUT' && lost++ === 0,
  });
  // The same request again finds no upload any more.
  expect(sizes(registry)).toEqual(['POST 0', 'PUT 1', 'PUT 1', 'DELETE 0', 'HEAD 0']);
});

it.each([1, 17])('one of %i MiB that is not what it is called makes no blob', async (size) => {
  const wrong = uploaded(randomBytes(size * MIB), {}, '0'.repeat(64));
  await expect(wrong).rejects.toEqual(failing('VERIFY_DIGEST_MISMATCH'));
});

it('an upload may go to another server, which is not told the login', async () => {
  const bytes = randomBytes(MIB);
  const storage = await MemoryRegistry.start();
  const registry = await MemoryRegistry.start({
    intercept: ({ method, authorization }, response) => {
      if (authorization === undefined)
        response.writeHead(401, { 'www-authenticate': 'Basic realm="r"' }).end();
      else if (method === 'POST')
        response.writeHead(202, { location: `http://${storage.address}/v2/s/blobs/uploads/1` }).end();
      else response.writeHead(405).end();
      return true;
    },
  });
  storage.habits.intercept = (_asked, response) => {
    response.writeHead(201).end();
    return true;
  };
  await upload(
    repositoryAt(registry, { auths: { [registry.address]: passwordOf('me', 'secret') } }),
    sourceOfBytes(bytes),
    null,
    undefined,
  );
  expect(storage.asked).toMatchObject([{ method: 'PUT', bodyBytes: MIB, authorization: undefined }]);
  expect(registry.asked.map(({ authorization }) => authorization?.slice(0, 6))).toEqual([
    undefined,
    'Basic ',
  ]);
});

it.each(['http://registry.example/upload', 'ftp://127.0.0.1/x', 'http://me:secret@127.0.0.1/', ''])(
  'an upload does not go to "%s"',
  async (location) => {
    const registry = await MemoryRegistry.start({
      intercept: (_asked, response) => {
        response.writeHead(202, location === '' ? {} : { location }).end();
        return true;
      },
    });
    const sent = upload(repositoryAt(registry), sourceOfBytes(randomBytes(9)), null, undefined);
    await expect(sent).rejects.toEqual(failing('STORE_UNREACHABLE'));
    expect(registry.asked).toHaveLength(1);
  },
);
