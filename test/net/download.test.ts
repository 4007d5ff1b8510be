import { randomBytes } from 'node:crypto';
import { describe, expect, it, test } from 'vitest';
import { collected } from '../../src/codec/bytes.ts';
import { download } from '../../src/net/download.ts';
import type { HttpSettings } from '../../src/net/settings.ts';
import { failing } from '../fixtures/failing.ts';
import { fileServer, type ServedFile } from '../fixtures/servers/file-server.ts';
import { client, quickClock, webServer } from '../fixtures/servers/web-server.ts';

const FILE = randomBytes(1_000_000);
const always = () => FILE;

async function fetched(served: Partial<ServedFile>, settings: Partial<HttpSettings> = {}) {
  const { url, asked } = await fileServer({ bytes: always, ...served });
  const { bytes, size } = await download(client(settings), url);
  return { bytes: await collected(bytes), size, asked };
}

const tenths = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
const at = (tenth: number) => (attempt: number, size: number) =>
  attempt === 0 ? Math.floor((size * tenth) / 10) : null;

describe('a download whose connection breaks', () => {
  it.each(tenths)('after %i tenths goes on where it was', async (tenth) => {
    const { bytes, size, asked } = await fetched({ breaksAfter: at(tenth) });
    expect(bytes.equals(FILE)).toBe(true);
    expect(size).toBe(FILE.length);
    expect(asked).toHaveLength(2);
    if (tenth > 0)
      expect(asked[1]!.headers).toMatchObject({ range: expect.any(String), 'if-range': '"one"' });
  });

  it.each(tenths)(
    'after %i tenths begins anew at a server without ranges, and takes what it lacks',
    async (tenth) => {
      const { bytes } = await fetched({ breaksAfter: at(tenth), hasRanges: false });
      expect(bytes.equals(FILE)).toBe(true);
    },
  );

  it.each([null, 'W/"weak"'])('begins anew where nothing says that the file is the same: %s', async (tag) => {
    const { bytes, asked } = await fetched({ breaksAfter: at(5), tag: () => tag });
    expect(bytes.equals(FILE)).toBe(true);
    expect(asked[1]!.headers.range).toBeUndefined();
  });

  test('at every tenth comes to its end', async () => {
    const { bytes, asked } = await fetched({
      breaksAfter: (_attempt, size) => Math.min(FILE.length / 10, size),
    });
    expect(bytes.equals(FILE)).toBe(true);
    expect(asked.length).toBeGreaterThanOrEqual(10);
  });

  test('without a length that was told comes to its end', async () => {
    const { bytes, size } = await fetched({ breaksAfter: at(5), tellsLength: false });
    expect(bytes.equals(FILE)).toBe(true);
    expect(size).toBe(null);
  });

  test('again and again without getting further fails, and says how far it came', async () => {
    const clock = quickClock();
    const broken = fetched({ breaksAfter: (attempt) => (attempt === 0 ? 500_000 : 0) }, { clock });
    await expect(broken).rejects.toEqual(
      failing('STORE_UNREACHABLE', { message: expect.stringContaining('of 1000000 bytes') }),
    );
    expect(clock.now()).toBeLessThan(60_000);
  });

  test('after a few bytes each time is not tried without end', async () => {
    await expect(fetched({ breaksAfter: () => 1 })).rejects.toEqual(failing('STORE_UNREACHABLE'));
  });
});

describe('a file that changes during its download', () => {
  const other = randomBytes(FILE.length);
  const swapped = (attempt: number) => (attempt === 0 ? FILE : other);

  it.each([
    ['and its tag with it', { tag: (attempt: number) => `"${attempt}"` }],
    [
      'and its tag with it, at a server without ranges',
      { tag: (attempt: number) => `"${attempt}"`, hasRanges: false },
    ],
    ['without a tag', { tag: () => null }],
    ['with a weak tag', { tag: () => 'W/"weak"' }],
    [
      'and becomes shorter',
      { bytes: (attempt: number) => FILE.subarray(0, attempt === 0 ? undefined : 10), tag: () => null },
    ],
    [
      'and becomes shorter, which is not told',
      {
        bytes: (attempt: number) => FILE.subarray(0, attempt === 0 ? undefined : 10),
        tag: () => null,
        tellsLength: false,
      },
    ],
  ])('%s, is not put together from two', async (_how, served) => {
    await expect(fetched({ bytes: swapped, breaksAfter: at(5), ...served })).rejects.toEqual(
      failing('STORE_CHANGING'),
    );
  });

  it.each(['bytes 0-999999/1000000', 'bytes 500000-999999/2000000', 'nonsense', ''])(
    'which another part shows, "%s", is not put together',
    async (range) => {
      const { url } = await webServer((_asked, response, attempt) => {
        if (attempt > 0) return response.writeHead(206, { etag: '"one"', 'content-range': range }).end(FILE);
        response.writeHead(200, { etag: '"one"', 'content-length': FILE.length });
        response.write(FILE.subarray(0, 500_000), () => setImmediate(() => response.socket!.destroy()));
      });
      const { bytes } = await download(client(), url);
      await expect(collected(bytes)).rejects.toEqual(failing('STORE_CHANGING'));
    },
  );
});

describe('instead of a file', () => {
  it.each([
    [404, 'STORE_NOT_FOUND'],
    [410, 'STORE_NOT_FOUND'],
    [401, 'STORE_DENIED'],
    [403, 'STORE_DENIED'],
    [204, 'STORE_UNREACHABLE'],
    [206, 'STORE_UNREACHABLE'],
    [400, 'STORE_UNREACHABLE'],
    [418, 'STORE_UNREACHABLE'],
  ])('%i is %s', async (status, code) => {
    const { url } = await webServer((_asked, response) => response.writeHead(status).end());
    await expect(download(client(), url)).rejects.toEqual(failing(code));
  });

  test('a refusal in the middle is a refusal', async () => {
    const { url } = await webServer((_asked, response, attempt) => {
      if (attempt > 0) return response.writeHead(403).end();
      response.writeHead(200, { etag: '"one"', 'content-length': 10 });
      response.write('12345', () => setImmediate(() => response.socket!.destroy()));
    });
    const { bytes } = await download(client(), url);
    await expect(collected(bytes)).rejects.toEqual(failing('STORE_DENIED'));
  });
});
