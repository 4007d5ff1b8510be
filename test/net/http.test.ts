import { describe, expect, test } from 'vitest';
import { collected } from '../../src/codec/bytes.ts';
import { failing } from '../fixtures/failing.ts';
import {
  type Answerer,
  client,
  quickClock,
  testAuthority,
  webServer,
} from '../fixtures/servers/web-server.ts';

const says =
  (text: string): Answerer =>
  (_asked, response) =>
    response.end(text);

async function textOf(answer: { bytes: AsyncIterable<Uint8Array> }): Promise<string> {
  return (await collected(answer.bytes)).toString('utf8');
}

describe('a request', () => {
  test('is answered with status, headers and bytes', async () => {
    const { url, asked } = await webServer((_asked, response) =>
      response.writeHead(201, { 'x-kind': 'one' }).end('hello'),
    );
    const answer = await client().send(new URL('a/b?c=d', url), { headers: { Accept: 'text/plain' } });
    expect(answer.status).toBe(201);
    expect(answer.headers.get('x-kind')).toBe('one');
    expect(answer.url.href).toBe(`${url.href}a/b?c=d`);
    expect(await textOf(answer)).toBe('hello');
    expect(asked).toMatchObject([{ method: 'GET', path: '/a/b?c=d', headers: { accept: 'text/plain' } }]);
  });

  test('has a body of a length that the server is told', async () => {
    const { url, asked } = await webServer(says('taken'));
    const body = async function* () {
      yield Buffer.from('12');
      yield Buffer.from('345');
    };
    await (await client().send(url, { method: 'PUT', body, bodyBytes: 5 })).discard();
    expect(asked).toMatchObject([{ method: 'PUT', body: '12345', headers: { 'content-length': '5' } }]);
  });

  test('to a server with a certificate of an authority that is not known fails and names the certificate', async () => {
    const { url } = await webServer(says('hello'), await testAuthority());
    await expect(client().send(url)).rejects.toEqual(failing('STORE_UNREACHABLE'));
  });

  test('to a server with a certificate of a known authority is answered', async () => {
    const authority = await testAuthority();
    const { url } = await webServer(says('hello'), authority);
    expect(await textOf(await client({ ca: authority.ca }).send(url))).toBe('hello');
  });
});

describe('a request that failed', () => {
  for (const status of [429, 500, 502, 503, 504]) {
    test(`with ${status} is sent again, with its body`, async () => {
      const { url, asked } = await webServer((_asked, response, attempt) =>
        response.writeHead(attempt === 0 ? status : 200).end(`answer ${attempt}`),
      );
      const body = async function* () {
        yield Buffer.from('body');
      };
      expect(await textOf(await client().send(url, { method: 'PUT', body, bodyBytes: 4 }))).toBe('answer 1');
      expect(asked.map((each) => each.body)).toEqual(['body', 'body']);
    });
  }

  test('with a connection that was reset is sent again', async () => {
    const { url, asked } = await webServer((_asked, response, attempt) =>
      attempt < 2 ? response.socket!.resetAndDestroy() : response.end('at last'),
    );
    expect(await textOf(await client().send(url))).toBe('at last');
    expect(asked).toHaveLength(3);
  });

  test('is not sent for longer than a minute, by the clock', async () => {
    const { url, asked } = await webServer((_asked, response) => response.writeHead(503).end());
    const clock = quickClock();
    await expect(client({ clock, attempts: 1000 }).send(url)).rejects.toEqual(failing('STORE_UNREACHABLE'));
    expect(clock.now()).toBeLessThanOrEqual(60_000);
    expect(asked.length).toBeGreaterThan(4);
  });
});
