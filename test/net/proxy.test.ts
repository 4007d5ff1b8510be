import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { AddressFence } from '../../src/net/address-fence.ts';
import { RemoteFence } from '../../src/net/remote-fence.ts';
import { failing } from '../fixtures/failing.ts';
import { client, testAuthority, type WebServer, webServer } from '../fixtures/servers/web-server.ts';

interface Proxy {
  url: string;
  /** What it was asked to connect to. */
  tunnels: string[];
  credentials: (string | undefined)[];
}

/** Connects to this machine, whatever host it is asked for; with `status` it refuses. */
async function proxy(status?: number): Promise<Proxy> {
  const tunnels: string[] = [];
  const credentials: (string | undefined)[] = [];
  const server = createServer((_request, response) => response.writeHead(500).end());
  server.on('connect', (request, socket, head) => {
    tunnels.push(request.url!);
    credentials.push(request.headers['proxy-authorization']);
    socket.on('error', () => undefined);
    if (status !== undefined) return socket.end(`HTTP/1.1 ${status} No\r\n\r\n`);
    const onward = connect(Number(request.url!.split(':').at(-1)), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      onward.write(head);
      socket.pipe(onward).pipe(socket);
    });
    onward.on('error', () => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, tunnels, credentials };
}

const authority = await testAuthority();

/** A server, and its address by a name that this machine cannot look up. */
async function serverFarAway(): Promise<{ server: WebServer; url: URL }> {
  const server = await webServer((_asked, response) => response.end('reached'), authority);
  return { server, url: new URL(`https://files.example:${server.url.port}/x.json`) };
}

beforeEach(() => {
  for (const name of ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY']) {
    vi.stubEnv(name, undefined);
    vi.stubEnv(name.toLowerCase(), undefined);
  }
});
afterEach(() => void vi.unstubAllEnvs());

describe('a proxy that the environment names', () => {
  test('carries what a person asks for, encrypted to the end, with the credentials of the proxy', async () => {
    const { server, url } = await serverFarAway();
    const { url: address, tunnels, credentials } = await proxy();
    vi.stubEnv('HTTPS_PROXY', address.replace('//', '//me:hunter2@'));
    expect((await client({ ca: authority.ca }).send(url)).status).toBe(200);
    expect(tunnels).toEqual([url.host]);
    expect(credentials).toEqual([`Basic ${Buffer.from('me:hunter2').toString('base64')}`]);
    expect(JSON.stringify(server.asked)).not.toContain('proxy');
  });

  test('is passed by for the hosts of NO_PROXY', async () => {
    const { url } = await serverFarAway();
    const { url: address, tunnels } = await proxy();
    vi.stubEnv('HTTPS_PROXY', address);
    vi.stubEnv('NO_PROXY', 'other.example,.example');
    const lookup = vi.fn((_host, _options, callback) =>
      callback(null, [{ address: '127.0.0.1', family: 4 }]),
    );
    expect((await client({ ca: authority.ca, lookup }).send(url)).status).toBe(200);
    expect(tunnels).toEqual([]);
    expect(lookup).toHaveBeenCalledOnce();
  });

  test('is passed by for this machine', async () => {
    const here = await webServer((_asked, response) => response.end('reached'));
    const secure = await webServer((_asked, response) => response.end('reached'), authority);
    const { url: address, tunnels } = await proxy();
    vi.stubEnv('HTTP_PROXY', address);
    vi.stubEnv('HTTPS_PROXY', address);
    const ours = client({ ca: authority.ca });
    for (const { url } of [here, secure]) expect((await ours.send(url)).status).toBe(200);
    expect(tunnels).toEqual([]);
  });

  test('is never asked for what somebody else names, because it hides which address is reached', async () => {
    const { url } = await serverFarAway();
    const { url: address, tunnels } = await proxy();
    vi.stubEnv('HTTPS_PROXY', address);
    const lookup = vi.fn((_host, _options, callback) =>
      callback(null, [{ address: '127.0.0.1', family: 4 }]),
    );
    const settings = { ca: authority.ca, lookup };
    const others = AddressFence.forOthers(RemoteFence.closed);
    await expect(client(settings, others).send(url)).rejects.toEqual(failing('POLICY_OUTSIDE_FENCE'));
    expect(tunnels).toEqual([]);
    const permitted = AddressFence.forOthers(RemoteFence.of([url.origin]));
    expect((await client(settings, permitted).send(url)).status).toBe(200);
    expect(tunnels).toEqual([url.host]);
  });

  test('that refuses is an error which shows none of its credentials', async () => {
    const { url } = await serverFarAway();
    const { url: address } = await proxy(407);
    vi.stubEnv('HTTPS_PROXY', address.replace('//', '//me:hunter2@'));
    const error = await client({ ca: authority.ca })
      .send(url)
      .catch((caught: unknown) => caught);
    expect(error).toEqual(failing('STORE_UNREACHABLE', { message: expect.stringContaining('proxy') }));
    expect(`${JSON.stringify(error)} ${(error as Error).stack}`).not.toContain('hunter2');
  });
});

test('a program that uses the library keeps its own `fetch`', async () => {
  const dispatcher = () => (globalThis as Record<symbol, unknown>)[Symbol.for('undici.globalDispatcher.2')];
  const { url } = await webServer((_asked, response) => response.end('reached'));
  await client().send(url);
  expect(dispatcher()).toBeUndefined();
});
