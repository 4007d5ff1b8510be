import { describe, expect, it, test } from 'vitest';
import { collected } from '../../src/codec/bytes.ts';
import { failing } from '../fixtures/failing.ts';
import { type Answerer, client, testAuthority, webServer } from '../fixtures/servers/web-server.ts';

const SECRETS = {
  authorization: 'Bearer hunter2',
  cookie: 'session=hunter2',
  'proxy-authorization': 'Basic hunter2',
  'x-api-key': 'hunter2',
};

function to(location: string | URL, status = 302): Answerer {
  return (_asked, response) => response.writeHead(status, { location: `${location}` }).end('moved');
}

const here: Answerer = (_asked, response) => response.end('here');

describe('a redirect', () => {
  test('to another path of the server is followed with all headers', async () => {
    const { url, asked } = await webServer((request, response, attempt) =>
      attempt === 0 ? to('/there?a=b')(request, response, attempt) : response.end('there'),
    );
    const answer = await client().send(url, { headers: SECRETS });
    expect(answer.url.href).toBe(`${url.origin}/there?a=b`);
    expect(`${await collected(answer.bytes)}`).toBe('there');
    expect(asked[1]!.headers).toMatchObject(SECRETS);
  });

  test('to another origin tells it no credentials, and no header that may be one', async () => {
    const other = await webServer(here);
    const { url, asked } = await webServer(to(other.url));
    const withPassword = new URL(url);
    [withPassword.username, withPassword.password] = ['user', 'hunter2'];
    const headers = { ...SECRETS, range: 'bytes=3-', accept: 'text/plain' };
    await client().send(withPassword, { headers });
    expect(asked[0]!.headers.authorization).toBe(SECRETS.authorization);
    expect(JSON.stringify(other.asked)).not.toContain('hunter2');
    expect(other.asked[0]!.headers).toMatchObject({ range: 'bytes=3-', accept: 'text/plain' });
  });

  test('back to the first origin does not bring the credentials back', async () => {
    const first = await webServer((request, response, attempt) =>
      attempt === 0 ? to(other.url)(request, response, attempt) : response.end('back'),
    );
    const other = await webServer(to(new URL('/back', first.url)));
    await client().send(first.url, { headers: SECRETS });
    expect(JSON.stringify(first.asked[1])).not.toContain('hunter2');
  });

  test('with credentials in its location is followed without them', async () => {
    const other = await webServer(here);
    const { url } = await webServer(to(`http://user:hunter2@${other.url.host}/`));
    await client().send(url);
    expect(other.asked[0]!.headers.authorization).toBeUndefined();
  });

  test('from HTTPS to HTTP is not followed', async () => {
    const authority = await testAuthority();
    const other = await webServer(here);
    const { url } = await webServer(to(other.url), authority);
    await expect(client({ ca: authority.ca }).send(url)).rejects.toEqual(failing('STORE_UNREACHABLE'));
    expect(other.asked).toEqual([]);
  });

  test('from this machine to HTTP elsewhere is not followed', async () => {
    const { url } = await webServer(to('http://files.example/x.json'));
    await expect(client().send(url)).rejects.toEqual(failing('POLICY_OUTSIDE_FENCE'));
  });

  it.each(['', 'file:///etc/passwd', 'data:text/plain,x', 'http://', 'gopher://files.example'])(
    'to %j, which is nothing on the web or where it came from, is not followed',
    async (location) => {
      const { url, asked } = await webServer(to(location));
      await expect(client().send(url)).rejects.toEqual(failing('STORE_UNREACHABLE'));
      expect(asked).toHaveLength(1);
    },
  );

  test('in a circle ends', async () => {
    const { url, asked } = await webServer((request, response, attempt) =>
      to(request.path === '/a' ? '/b' : '/a')(request, response, attempt),
    );
    await expect(client().send(new URL('/a', url))).rejects.toEqual(failing('STORE_UNREACHABLE'));
    expect(asked.map(({ path }) => path)).toEqual(['/a', '/b']);
  });

  test('is followed five times and not more', async () => {
    const counting: Answerer = (request, response, attempt) =>
      to(`/${Number(request.path.slice(1)) + 1}`)(request, response, attempt);
    const { url, asked } = await webServer(counting);
    await expect(client().send(new URL('/0', url))).rejects.toEqual(failing('STORE_UNREACHABLE'));
    expect(asked).toHaveLength(6);
    const few = await webServer((request, response, attempt) =>
      attempt === 5 ? response.end('at last') : counting(request, response, attempt),
    );
    expect((await client().send(new URL('/0', few.url))).status).toBe(200);
  });

  it.each([
    [301, 'GET', ''],
    [302, 'GET', ''],
    [303, 'GET', ''],
    [307, 'POST', 'body'],
    [308, 'POST', 'body'],
  ])('with %i repeats a POST as %s', async (status, method, body) => {
    const { url, asked } = await webServer((request, response, attempt) =>
      attempt === 0 ? to('/there', status)(request, response, attempt) : response.end('there'),
    );
    const bytes = async function* () {
      yield Buffer.from('body');
    };
    await client().send(url, {
      method: 'POST',
      body: bytes,
      bodyBytes: 4,
      headers: { 'content-type': 'a/b' },
    });
    expect(asked[1]).toMatchObject({ method, body });
    expect(asked[1]!.headers['content-type']).toBe(body === '' ? undefined : 'a/b');
  });

  test('names its target without the query, which can be a secret', async () => {
    const authority = await testAuthority();
    const { url } = await webServer(to('http://files.example/x.json?signature=hunter2'), authority);
    const error = await client({ ca: authority.ca })
      .send(new URL('?token=hunter3', url))
      .catch((caught: unknown) => caught);
    expect(error).toEqual(failing('STORE_UNREACHABLE'));
    expect(`${JSON.stringify(error)} ${(error as Error).stack}`).not.toMatch(/hunter[23]/);
  });
});

test('credentials in a URL become a header, and are not in what is asked for', async () => {
  const { url, asked } = await webServer(here);
  const secret = new URL(url);
  [secret.username, secret.password] = ['us%er', 'p:ä'];
  const answer = await client().send(secret);
  const expected = Buffer.from('us%er:p:ä').toString('base64');
  expect(asked[0]).toMatchObject({ path: '/', headers: { authorization: `Basic ${expected}` } });
  expect(answer.url.href).not.toContain('us');
});
