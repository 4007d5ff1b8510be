import type { LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { describe, expect, it, test } from 'vitest';
import { AddressFence } from '../../src/net/address-fence.ts';
import { RemoteFence } from '../../src/net/remote-fence.ts';
import { failing } from '../fixtures/failing.ts';
import { client, testAuthority, webServer } from '../fixtures/servers/web-server.ts';

const others = (...prefixes: string[]) => AddressFence.forOthers(RemoteFence.of(prefixes));

/** A name server that gives the answers one after the other, and the last one for ever. */
function answering(...answers: string[][]): LookupFunction & { asked: string[] } {
  const asked: string[] = [];
  const lookup: LookupFunction = (hostname, _options, callback) => {
    const addresses = answers[Math.min(asked.length, answers.length - 1)]!;
    asked.push(hostname);
    const found = addresses.map(
      (address): LookupAddress => ({ address, family: address.includes(':') ? 6 : 4 }),
    );
    setImmediate(() => callback(null, found));
  };
  return Object.assign(lookup, { asked });
}

describe('what an agent or a snapshot names may not lead to', () => {
  it.each([
    'https://127.0.0.1',
    'https://127.1',
    'https://2130706433',
    'https://0x7f000001',
    'https://0177.0.0.1',
    'https://127.0.0.1.',
    'https://0',
    'https://localhost',
    'https://LOCALHOST',
    'https://ⓛocalhost',
    'https://１２７.0.0.1',
    'https://[::1]',
    'https://[::]',
    'https://[::ffff:127.0.0.1]',
    'https://[::ffff:7f00:1]',
    'https://[64:ff9b::7f00:1]',
    'https://[2002:7f00:1::]',
    'https://10.1.2.3',
    'https://169.254.169.254/latest/meta-data/',
    'https://[fd00:ec2::254]/latest/meta-data/',
    'http://127.0.0.1',
    'http://localhost',
  ])('this machine or a network around it: %s', async (url) => {
    await expect(client({}, others()).send(new URL(url))).rejects.toEqual(failing('POLICY_OUTSIDE_FENCE'));
  });

  it.each([
    ['a private address', ['10.0.0.7']],
    ['this machine', ['::1']],
    ['metadata', ['169.254.169.254']],
    ['a private address among others', ['3ffe::1', '192.168.1.1']],
    ['a private address behind NAT64', ['64:ff9b::c0a8:101']],
    ['a link-local address with its zone', ['fe80::1%lo']],
  ])('a name for %s', async (_what, addresses) => {
    const lookup = answering(addresses);
    await expect(client({ lookup }, others()).send(new URL('https://files.example'))).rejects.toEqual(
      failing('POLICY_OUTSIDE_FENCE'),
    );
    expect(lookup.asked).toEqual(['files.example']);
  });

  test('a server that is not this machine over HTTP without encryption, as a person may not, either', async () => {
    for (const fence of [others(), AddressFence.open]) {
      await expect(client({}, fence).send(new URL('http://files.example'))).rejects.toEqual(
        failing('POLICY_OUTSIDE_FENCE'),
      );
    }
  });
});

describe('a refusal', () => {
  test('says what kind of address it is, and the address itself only to the operator', async () => {
    const lookup = answering(['10.9.8.7']);
    const error = await client({ lookup }, others())
      .send(new URL('https://files.example'))
      .catch((caught: unknown) => caught);
    expect(JSON.stringify(error)).toContain('private');
    expect(JSON.stringify(error)).not.toContain('10.9.8.7');
    expect(error).toMatchObject({ said: expect.stringContaining('10.9.8.7') });
  });
});

describe('a name that means another address when it is asked for again', () => {
  /** On the internet, and given to nobody. */
  const NOWHERE = '3ffe::1';

  test('is looked up once for a connection, which goes to the address that was checked', async () => {
    const { url, asked } = await webServer(
      (_asked, response) => response.end('reached'),
      await testAuthority(),
    );
    const lookup = answering([NOWHERE], ['127.0.0.1']);
    const ours = client({ lookup, attempts: 1, connectMs: 50 }, others());
    const rebinding = new URL(`https://rebinding.example:${url.port}`);
    await expect(ours.send(rebinding)).rejects.toEqual(failing('STORE_UNREACHABLE'));
    expect(lookup.asked).toHaveLength(1);
    await expect(ours.send(rebinding)).rejects.toEqual(failing('POLICY_OUTSIDE_FENCE'));
    expect(lookup.asked).toHaveLength(2);
    expect(asked).toEqual([]);
  });

  test('is no way to this machine for `localhost` without encryption', async () => {
    const lookup = answering([NOWHERE]);
    await expect(client({ lookup }).send(new URL('http://localhost:80'))).rejects.toEqual(
      failing('POLICY_OUTSIDE_FENCE'),
    );
  });
});

describe('what the operator has permitted', () => {
  test('is reached wherever it is, below the path that was named', async () => {
    const authority = await testAuthority();
    const { url, asked } = await webServer((_asked, response) => response.end('reached'), authority);
    const permitted = client({ ca: authority.ca }, others(`${url.origin}/team`));
    expect((await permitted.send(new URL('/team/x.json', url))).status).toBe(200);
    for (const path of ['/other/x.json', '/teams/x.json', '/team/..%2fother']) {
      await expect(permitted.send(new URL(path, url))).rejects.toEqual(failing('POLICY_OUTSIDE_FENCE'));
    }
    expect(asked.map(({ path }) => path)).toEqual(['/team/x.json']);
  });

  test('is the whole host where it is a registry, also on this machine without encryption', async () => {
    const { url } = await webServer((_asked, response) => response.end('reached'));
    const permitted = client({}, others(`oci://${url.host}/team`));
    expect((await permitted.send(new URL('/v2/team/manifests/latest', url))).status).toBe(200);
    const another = new URL(url);
    another.hostname = 'localhost';
    await expect(permitted.send(another)).rejects.toEqual(failing('POLICY_OUTSIDE_FENCE'));
  });

  test('is not what it redirects to', async () => {
    const secret = await webServer((_asked, response) => response.end('secret'));
    const { url } = await webServer((_asked, response) =>
      response.writeHead(302, { location: secret.url.href }).end(),
    );
    await expect(client({}, others(url.href)).send(url)).rejects.toEqual(failing('POLICY_OUTSIDE_FENCE'));
    expect(secret.asked).toEqual([]);
  });
});
