import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { versionAt } from '../../../../src/wassette/live/http/version.ts';
import { holdTimeouts } from '../../../fixtures/system/held-timeouts.ts';

async function serve(listener: RequestListener, path = '/mcp'): Promise<URL> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close().closeAllConnections());
  await new Promise((resolve) => server.once('listening', resolve));
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`);
}

it('the version of a Wassette over HTTP is what /info beside its endpoint says', async () => {
  const answer: RequestListener = ({ url }, response) =>
    response.end(JSON.stringify({ version: '0.8.0', url }));
  expect((await versionAt(await serve(answer)))?.text).toBe('0.8.0');
  const below: RequestListener = ({ url }, response) =>
    response.end(url === '/wassette/info' ? '{"version":"0.8.1"}' : '{"version":"0.1.0"}');
  expect((await versionAt(await serve(below, '/wassette/mcp')))?.text).toBe('0.8.1');
});

it.each<[string, RequestListener]>([
  ['no JSON', (_, response) => response.end('0.8.0')],
  ['no version', (_, response) => response.end('{"version":8}')],
  ['nonsense', (_, response) => response.end('{"version":"newest"}')],
  [
    'more than anybody asked for',
    (_, response) => response.end(`{"version":"0.8.0","x":"${'x'.repeat(100_000)}"}`),
  ],
  ['to look elsewhere', (_, response) => response.writeHead(302, { location: '/other' }).end()],
])('the version is not known of a server that answers with %s', async (_what, listener) => {
  expect(await versionAt(await serve(listener))).toBeNull();
});

it('the version is not known of a server that does not answer in time', async () => {
  const timeouts = holdTimeouts();
  expect(await versionAt(await serve(() => timeouts.expire()))).toBeNull();
});

it('the version is not known where nobody serves', async () => {
  expect(await versionAt(new URL('http://127.0.0.1:1/mcp'))).toBeNull();
});
