import { describe, expect, it, test } from 'vitest';
import { Retries, retryAfterMs } from '../../src/net/retries.ts';
import { HTTP_SETTINGS } from '../../src/net/settings.ts';
import { failing } from '../fixtures/failing.ts';
import { client, quickClock, webServer } from '../fixtures/servers/web-server.ts';

const asking = (retryAfter: string) => new Headers({ 'retry-after': retryAfter });

describe('the pauses between attempts', () => {
  test('double, with up to half of each left to chance', async () => {
    const clock = quickClock();
    const retries = new Retries({ ...HTTP_SETTINGS, clock });
    while (await retries.another(null, undefined));
    expect(clock.pauses).toHaveLength(HTTP_SETTINGS.attempts - 1);
    for (const [index, pause] of clock.pauses.entries()) {
      const most = HTTP_SETTINGS.pauseMs * 2 ** index;
      expect(pause).toBeGreaterThanOrEqual(most / 2);
      expect(pause).toBeLessThanOrEqual(most);
    }
  });

  test('are as long as the server asks', async () => {
    const clock = quickClock();
    const retries = new Retries({ ...HTTP_SETTINGS, clock });
    expect(await retries.another(asking('7'), undefined)).toBe(true);
    expect(clock.pauses).toEqual([7_000]);
  });

  test('do not begin where the server asks for more time than there is', async () => {
    const clock = quickClock();
    const retries = new Retries({ ...HTTP_SETTINGS, clock });
    expect(await retries.another(asking('40'), undefined)).toBe(true);
    expect(await retries.another(asking('40'), undefined)).toBe(false);
    expect(clock.pauses).toEqual([40_000]);
  });

  test('are counted from the first failure where much is sent', async () => {
    const clock = quickClock();
    const retries = new Retries({ ...HTTP_SETTINGS, clock }, true);
    await clock.pause(3_600_000, undefined);
    expect(await retries.another(null, undefined)).toBe(true);
  });
});

describe('what a server asks for', () => {
  const now = Date.parse('2026-10-21T07:28:00Z');
  it.each([
    ['in seconds', '120', 120_000],
    ['at once', '0', 0],
    ['as a date', 'Wed, 21 Oct 2026 07:28:30 GMT', 30_000],
    ['as a date that is over', 'Wed, 21 Oct 2026 07:00:00 GMT', 0],
    ['as something else', 'soon', null],
    ['as a negative number', '-5', null],
    ['as a number beyond all measure', '99999999999999', null],
  ])('%s is understood', (_how, text, expected) => {
    expect(retryAfterMs(text, now)).toBe(expected);
  });
});

describe('a request is sent again', () => {
  test('when the server has said it may be', async () => {
    const clock = quickClock();
    const { url } = await webServer((_asked, response, attempt) => {
      if (attempt === 0) response.writeHead(503, { 'retry-after': '12' }).end();
      else response.end('at last');
    });
    expect((await client({ clock }).send(url)).status).toBe(200);
    expect(clock.pauses).toEqual([12_000]);
  });

  test('not, where the server wants more time than anybody has, which it is told', async () => {
    const { url, asked } = await webServer((_asked, response) =>
      response.writeHead(429, { 'retry-after': '86400' }).end(),
    );
    await expect(client().send(url)).rejects.toEqual(
      failing('STORE_UNREACHABLE', {
        details: expect.objectContaining({ status: 429, retry_after_seconds: 86400 }),
      }),
    );
    expect(asked).toHaveLength(1);
  });

  it.each([400, 401, 403, 404, 409, 412, 416])('not for %i, which is the answer', async (status) => {
    const { url, asked } = await webServer((_asked, response) => response.writeHead(status).end('why'));
    expect((await client().send(url)).status).toBe(status);
    expect(asked).toHaveLength(1);
  });

  test('not where its own bytes cannot be read', async () => {
    const { url, asked } = await webServer((_asked, response) => response.end());
    const body = async function* () {
      yield Buffer.from('some');
      throw new RangeError('cannot be read');
    };
    await expect(client().send(url, { method: 'PUT', body, bodyBytes: 10 })).rejects.toThrow(RangeError);
    expect(asked).toEqual([]);
  });

  describe('with PATCH, of which half may count', () => {
    test('not after a break or a 503', async () => {
      const { url, asked } = await webServer((_asked, response, attempt) =>
        attempt === 0 ? response.socket!.resetAndDestroy() : response.writeHead(503).end(),
      );
      const request = { method: 'PATCH', body: async function* () {}, bodyBytes: 0 };
      await expect(client().send(url, request)).rejects.toEqual(failing('STORE_UNREACHABLE'));
      await expect(client().send(url, request)).rejects.toEqual(failing('STORE_UNREACHABLE'));
      expect(asked).toHaveLength(2);
    });

    test('after a 429', async () => {
      const { url } = await webServer((_asked, response, attempt) =>
        response.writeHead(attempt === 0 ? 429 : 202).end(),
      );
      const request = { method: 'PATCH', body: async function* () {}, bodyBytes: 0 };
      expect((await client().send(url, request)).status).toBe(202);
    });
  });
});
