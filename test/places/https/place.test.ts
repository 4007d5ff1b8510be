import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeEach, describe, expect, it, onTestFinished, test, vi } from 'vitest';
import { collected } from '../../../src/codec/bytes.ts';
import { compressed } from '../../../src/codec/compression/streams.ts';
import { verifyBlobs } from '../../../src/disk/blobs/blobs.ts';
import type { Progress } from '../../../src/disk/progress.ts';
import { saidAbout } from '../../../src/errors.ts';
import { AddressFence } from '../../../src/net/address-fence.ts';
import { RemoteFence } from '../../../src/net/remote-fence.ts';
import { HTTP_SETTINGS, type HttpSettings } from '../../../src/net/settings.ts';
import { openSnapshot } from '../../../src/open.ts';
import { HttpsPlace } from '../../../src/places/https/place.ts';
import { artifactsOf } from '../../../src/snapshot/schema.ts';
import { fileWithCode } from '../../fixtures/document.ts';
import { failing } from '../../fixtures/failing.ts';
import { withLimits } from '../../fixtures/limits.ts';
import { fileServer } from '../../fixtures/servers/file-server.ts';
import { quickClock, testAuthority, webServer } from '../../fixtures/servers/web-server.ts';
import { chunksOf } from '../sample-snapshot.ts';

const SNAPSHOT = Buffer.from(fileWithCode([{ id: 'other' }, { id: 'tool' }]));

const zstd = await collected(compressed(chunksOf(SNAPSHOT), { codec: 'zstd' }));

let temporary: string;
beforeEach(() => {
  temporary = mkdtempSync(path.join(tmpdir(), 'wassette-state-test-'));
  onTestFinished(() => {
    vi.unstubAllEnvs();
    rmSync(temporary, { recursive: true });
  });
  vi.stubEnv('TMPDIR', temporary);
});

function placeAt(url: URL, settings: Partial<HttpSettings> = {}, fence = AddressFence.open): HttpsPlace {
  return new HttpsPlace(url, fence, { ...HTTP_SETTINGS, clock: quickClock(), ...settings });
}

const tenths = [1, 2, 3, 4, 5, 6, 7, 8, 9];

describe('a snapshot on a web server', () => {
  test('opens with its code, which stays after the server is gone and is in no directory', async () => {
    const authority = await testAuthority();
    const { url, asked } = await fileServer({ bytes: () => SNAPSHOT, tls: authority });
    const opened = await placeAt(new URL('/x.json', url), { ca: authority.ca }).open({});
    expect(opened.content.tree.components.map(({ component_id }) => component_id)).toEqual(['other', 'tool']);
    expect(opened.carriesBinaries).toBe(true);
    expect(readdirSync(temporary)).toEqual([]);
    expect(asked).toHaveLength(1);
    expect(await verifyBlobs(opened.blobs, artifactsOf(opened.content.tree))).toBeGreaterThan(0);
    expect(asked).toHaveLength(1);
  });

  test('opens by its address, as everything does', async () => {
    const { url } = await fileServer({ bytes: () => SNAPSHOT });
    const snapshot = await openSnapshot(`${url.href}x.json?token=hunter2`);
    expect(await snapshot.validate()).toBeGreaterThan(0);
    expect(snapshot.openedAs).toBe(`${url.href}x.json`);
    expect(JSON.stringify(snapshot)).not.toContain('hunter2');
  });

  it.each(tenths)('opens although the connection breaks after %i tenths', async (tenth) => {
    const { url, asked } = await fileServer({
      bytes: () => SNAPSHOT,
      breaksAfter: (attempt, size) => (attempt === 0 ? Math.floor((size * tenth) / 10) : null),
    });
    expect((await placeAt(url).open({})).carriesBinaries).toBe(true);
    expect(asked).toHaveLength(2);
  });

  test('tells how far it has come', async () => {
    const { url } = await fileServer({ bytes: () => SNAPSHOT });
    const reports: Progress[] = [];
    await placeAt(url).open({ onProgress: (progress) => void reports.push(progress) });
    expect(reports.at(-1)).toEqual({ doing: 'opening', component: null, fraction: 1 });
  });

  it.each([
    ['gzip', gzipSync(SNAPSHOT)],
    ['zstd', zstd],
  ])('opens with its code where it is compressed with %s', async (_codec, bytes) => {
    const { url, asked } = await fileServer({
      bytes: () => bytes,
      breaksAfter: (attempt, size) => (attempt === 0 ? Math.floor(size / 2) : null),
    });
    const opened = await placeAt(url).open({});
    expect(await verifyBlobs(opened.blobs, artifactsOf(opened.content.tree))).toBeGreaterThan(0);
    expect(asked).toHaveLength(2);
    expect(readdirSync(temporary)).toEqual([]);
  });

  test('is used with the credentials and the query of its address, which no error shows', async () => {
    const { url, asked } = await webServer((_asked, response) =>
      response.writeHead(403).end('token hunter2'),
    );
    const secret = new URL('/x.json?sig=hunter2', url);
    [secret.username, secret.password] = ['user', 'hunter3'];
    const error = await placeAt(secret)
      .open({})
      .catch((caught: unknown) => caught);
    expect(asked[0]).toMatchObject({
      path: '/x.json?sig=hunter2',
      headers: { authorization: expect.stringMatching(/^Basic /) },
    });
    expect(error).toEqual(failing('STORE_DENIED'));
    const { stack } = error as Error;
    expect(`${JSON.stringify(error)} ${stack} ${saidAbout(error)}`).not.toMatch(/hunter[23]/);
  });
});

describe('what is no snapshot on a web server', () => {
  it.each([
    ['a web page', '\n <!doctype html><title>Log in</title>', 'FORMAT_NOT_A_SNAPSHOT'],
    ['nothing', '', 'FORMAT_NOT_A_SNAPSHOT'],
    ['other JSON', '{"a": 1}', 'FORMAT_UNSUPPORTED_VERSION'],
    ['half a snapshot, of a length that is right', SNAPSHOT.subarray(0, 100), 'FORMAT_INVALID'],
    ['a snapshot with garbage behind it', Buffer.concat([SNAPSHOT, Buffer.from('}')]), 'FORMAT_INVALID'],
    ['another version', '{"version": 9}', 'FORMAT_UNSUPPORTED_VERSION'],
  ])('%s, is refused, and nothing is left behind', async (_what, content, code) => {
    const { url } = await fileServer({ bytes: () => Buffer.from(content) });
    await expect(placeAt(url).open({})).rejects.toEqual(
      failing(code, { message: expect.stringContaining(url.href) }),
    );
    expect(readdirSync(temporary)).toEqual([]);
  });

  test('a file that has no end, is read no further than a snapshot may be long', async () => {
    const { url } = await webServer((_asked, response) => {
      response.write('{ "version": 1, "metadata": { "description": "');
      const more = () => response.write('x'.repeat(16_384), (error) => error ?? setImmediate(more));
      more();
    });
    await withLimits({ documentBytes: 1_000_000 }, async () => {
      await expect(placeAt(url).open({})).rejects.toEqual(failing('FORMAT_LIMIT_EXCEEDED'));
    });
    expect(readdirSync(temporary)).toEqual([]);
  });

  test('one that the server compresses although it was asked not to, is not inflated without a bound', async () => {
    const text = `{ "version": 1, "metadata": { "description": "${'x'.repeat(8 * 1024 * 1024)}`;
    const bomb = gzipSync(text);
    const { url, asked } = await fileServer({ bytes: () => bomb, headers: { 'content-encoding': 'gzip' } });
    await withLimits({ documentBytes: 1_000_000 }, async () => {
      await expect(placeAt(url).open({})).rejects.toEqual(failing('FORMAT_LIMIT_EXCEEDED'));
    });
    expect(asked[0]!.headers['accept-encoding']).toBe('identity');
  });

  test('a file that breaks off each time, is an error, and nothing is left behind', async () => {
    const { url } = await fileServer({ bytes: () => SNAPSHOT, breaksAfter: () => 0 });
    await expect(placeAt(url).open({})).rejects.toEqual(failing('STORE_UNREACHABLE'));
    expect(readdirSync(temporary)).toEqual([]);
  });

  test('a file that changes while it is read, is an error', async () => {
    const { url } = await fileServer({
      bytes: () => SNAPSHOT,
      tag: (attempt) => `"${attempt}"`,
      breaksAfter: (attempt) => (attempt === 0 ? 100 : null),
    });
    await expect(placeAt(url).open({})).rejects.toEqual(failing('STORE_CHANGING'));
  });
});

test('a snapshot on a web server that somebody else names is not read from this machine', async () => {
  const { url, asked } = await fileServer({ bytes: () => SNAPSHOT });
  const others = AddressFence.forOthers(RemoteFence.closed);
  await expect(placeAt(url, {}, others).open({})).rejects.toEqual(failing('POLICY_OUTSIDE_FENCE'));
  const permitted = AddressFence.forOthers(RemoteFence.of([url.origin]));
  expect((await placeAt(url, {}, permitted).open({})).carriesBinaries).toBe(true);
  expect(asked).toHaveLength(1);
});

test('opening a snapshot on a web server stops with its signal', async () => {
  const stop = new AbortController();
  const { url } = await webServer((_asked, response) => {
    response.write('{ "version": 1', () => stop.abort(new Error('stopped')));
  });
  await expect(placeAt(url).open({ signal: stop.signal })).rejects.toThrow('stopped');
  expect(readdirSync(temporary)).toEqual([]);
});

test('nothing is written to a web server, nor signed there', async () => {
  const place = placeAt(new URL('https://files.example/x.json?sig=hunter2'));
  for (const refused of [place.assertTakes(), place.write(), place.sign()]) {
    const error = await refused.catch((caught: unknown) => caught);
    expect(error).toEqual(failing('USAGE_NOT_AVAILABLE'));
    expect(JSON.stringify(error)).not.toContain('hunter2');
  }
});
