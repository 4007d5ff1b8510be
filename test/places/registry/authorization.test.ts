// How we are let in: what a registry asks for is answered with its own login, told to nobody else.
import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { failing } from '../../fixtures/failing.ts';
import { sendJson } from '../../fixtures/servers/http-server.ts';
import { type Asked, MemoryRegistry } from '../../fixtures/servers/registries/memory-registry.ts';
import { sampleSnapshot } from '../sample-snapshot.ts';
import { type Logins, passwordOf, registryPlace } from './registry-place.ts';

interface TokenService {
  url: string;
  /** In the order in which they came. */
  asked: { method: string; scopes: string[]; authorization: string | undefined; body: string }[];
}

/** Gives a new token at each request: the number of it. */
async function tokenService(answer: object = {}, status = 200): Promise<TokenService> {
  const asked: TokenService['asked'] = [];
  const origin = await serveRaw((method, path, authorization, body, response) => {
    const scopes = new URL(path, 'http://x').searchParams.getAll('scope');
    asked.push({ method, scopes, authorization, body });
    sendJson(response, { token: `T${asked.length}`, expires_in: 300, ...answer }, status);
  });
  return { url: `${origin}/token`, asked };
}

async function serveRaw(
  answer: (
    method: string,
    path: string,
    authorization: string | undefined,
    body: string,
    response: ServerResponse,
  ) => void,
): Promise<string> {
  const registry = await MemoryRegistry.start({
    intercept: ({ method, path, authorization }, response, body) => {
      answer(method, path, authorization, body.toString(), response);
      return true;
    },
  });
  return `http://${registry.address}`;
}

/** A registry that takes only what `accepts` says, and asks for a token otherwise. */
async function guarded(realm: string, accepts: (token: string, asked: Asked) => boolean) {
  const registry = await MemoryRegistry.start({
    intercept: (asked, response) => {
      const token = /^Bearer (.+)$/.exec(asked.authorization ?? '')?.[1];
      if (token !== undefined && accepts(token, asked)) return false;
      const wants = asked.method === 'GET' || asked.method === 'HEAD' ? 'pull' : 'pull,push';
      response
        .writeHead(401, {
          'www-authenticate': `Bearer realm="${realm}",service="reg",scope="repository:team/tools:${wants}"`,
        })
        .end();
      return true;
    },
  });
  const at = (logins?: Logins) => registryPlace(`oci://${registry.address}/team/tools:1`, logins);
  const login = (entry: Logins[string]) => ({ [registry.address]: entry });
  return { registry, at, login };
}

function sample(ids: string[] = ['a', 'b', 'c']) {
  const { content, blobs } = sampleSnapshot(ids);
  return [content, blobs] as const;
}

describe('a token', () => {
  it('is asked for once, for all that is going to be done', async () => {
    const service = await tokenService();
    const { at, login } = await guarded(service.url, () => true);
    await at(login(passwordOf('me', 'secret'))).write(...sample(), {});
    expect(service.asked).toEqual([
      {
        method: 'GET',
        scopes: ['repository:team/tools:pull,push'],
        authorization: `Basic ${Buffer.from('me:secret').toString('base64')}`,
        body: '',
      },
    ]);
  });

  it('is asked for without a login where nobody has logged in', async () => {
    const service = await tokenService();
    const { at } = await guarded(service.url, () => true);
    await expect(at().open({})).rejects.toEqual(failing('STORE_NOT_FOUND'));
    expect(service.asked).toMatchObject([
      { scopes: ['repository:team/tools:pull'], authorization: undefined },
    ]);
  });

  it('is exchanged for an identity token, where that is what the login is', async () => {
    const service = await tokenService({ token: undefined, access_token: 'ACCESS' });
    const { at, login } = await guarded(service.url, (token) => token === 'ACCESS');
    await expect(at(login({ identitytoken: 'ID' })).open({})).rejects.toEqual(failing('STORE_NOT_FOUND'));
    const [{ method, body, authorization }] = service.asked as [TokenService['asked'][0]];
    expect({ method, authorization }).toEqual({ method: 'POST', authorization: undefined });
    expect(Object.fromEntries(new URLSearchParams(body))).toMatchObject({
      grant_type: 'refresh_token',
      refresh_token: 'ID',
      service: 'reg',
      scope: 'repository:team/tools:pull',
    });
  });

  it('that expires in the middle of a push is renewed, and the request sent again', async () => {
    const service = await tokenService();
    let good = 'T1';
    const { at, registry } = await guarded(service.url, (token, { method }) => {
      if (method === 'POST' && good === 'T1') good = 'T2';
      return token === good;
    });
    expect(await at().write(...sample(), {})).toMatchObject({ changed: true });
    expect(service.asked).toHaveLength(2);
    expect(registry.manifests.has('team/tools:1')).toBe(true);
  });

  it('that will have expired soon is renewed before', async () => {
    const service = await tokenService({ expires_in: 1 });
    const { at, registry } = await guarded(service.url, () => true);
    await at().write(...sample(['a']), {});
    expect(registry.asked.filter(({ authorization }) => authorization === undefined)).toHaveLength(1);
    expect(service.asked.length).toBeGreaterThan(5);
  });

  it('that is never taken is an error, and not asked for for ever', async () => {
    const service = await tokenService();
    const { at, login } = await guarded(service.url, () => false);
    for (const place of [at(), at(login(passwordOf('me', 'secret')))]) {
      const error = await place.open({}).catch((failure: unknown) => failure);
      expect(error).toEqual(failing('STORE_DENIED'));
      expect(JSON.stringify(error)).not.toMatch(/secret|T1/);
    }
    expect(service.asked).toHaveLength(2);
  });

  it.each([
    [{}, 401, 'STORE_DENIED'],
    [{}, 403, 'STORE_DENIED'],
    [{}, 404, 'STORE_UNREACHABLE'],
    [{ token: '' }, 200, 'STORE_UNREACHABLE'],
    [{ token: 'a b\r\nx: y' }, 200, 'STORE_UNREACHABLE'],
    [{ token: 7 }, 200, 'STORE_UNREACHABLE'],
  ])('is not had from a service that answers %j with %i', async (answer, status, expected) => {
    const service = await tokenService(answer, status);
    const { at } = await guarded(service.url, () => true);
    await expect(at().open({})).rejects.toEqual(failing(expected));
  });

  it.each(['http://auth.example/token', 'https://me:pw@auth.example/', 'ftp://auth.example', 'token'])(
    'is not asked for at %s',
    async (realm) => {
      const { at, login } = await guarded(realm, () => true);
      await expect(at(login(passwordOf('me', 'secret'))).open({})).rejects.toEqual(failing('STORE_DENIED'));
    },
  );
});

describe('a password', () => {
  const basic = (accepted: string) => (asked: Asked, response: ServerResponse) => {
    if (asked.authorization === accepted) return false;
    response.writeHead(401, { 'www-authenticate': 'Basic realm="Registry"' }).end();
    return true;
  };
  const encoded = `Basic ${Buffer.from('me:secret').toString('base64')}`;

  it('is sent to the registry that asks for it, and only after that', async () => {
    const registry = await MemoryRegistry.start({ intercept: basic(encoded) });
    const logins = { [registry.address]: passwordOf('me', 'secret') };
    await registryPlace(`oci://${registry.address}/team/tools`, logins).write(...sample(), {});
    const [first, ...others] = registry.asked.map(({ authorization }) => authorization);
    expect(first).toBeUndefined();
    expect(new Set(others)).toEqual(new Set([encoded]));
  });

  it('of another registry is not sent', async () => {
    const registry = await MemoryRegistry.start({ intercept: basic(encoded) });
    const logins = { 'registry.example': passwordOf('me', 'secret') };
    const place = registryPlace(`oci://${registry.address}/team/tools`, logins);
    await expect(place.open({})).rejects.toEqual(failing('STORE_DENIED'));
    expect(registry.asked).toMatchObject([{ authorization: undefined }]);
  });

  it('does not go along to where a blob really is', async () => {
    const storage = await serveRaw((_method, path, authorization, _body, response) => {
      expect(authorization).toBeUndefined();
      response.end(registry.blobs.get(`team/tools:${path.split('/').at(-1)}`));
    });
    const registry = await MemoryRegistry.start({ intercept: basic(encoded) });
    const logins = { [registry.address]: passwordOf('me', 'secret') };
    const place = registryPlace(`oci://${registry.address}/team/tools`, logins);
    const { digest } = await place.write(...sample(), {});
    registry.habits.intercept = (asked, response) => {
      if (basic(encoded)(asked, response)) return true;
      if (asked.method !== 'GET' || !asked.path.includes('/blobs/')) return false;
      response.writeHead(307, { location: `${storage}/x/${asked.path.split('/').at(-1)}` }).end();
      return true;
    };
    expect((await place.open({})).content.digest).toBe(digest);
  });
});
