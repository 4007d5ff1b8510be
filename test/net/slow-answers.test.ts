// Servers that take their time, or never end. No test waits: limits are short, or the clock is the test's.
import { createServer, type Socket } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { collected } from '../../src/codec/bytes.ts';
import { failing } from '../fixtures/failing.ts';
import { client, quickClock, webServer } from '../fixtures/servers/web-server.ts';

/** Takes connections and does with each what `onConnection` does. */
async function tcpServer(onConnection: (socket: Socket) => void): Promise<URL> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    onConnection(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return new URL(`http://127.0.0.1:${(server.address() as { port: number }).port}/`);
}

describe('a server that', () => {
  test('takes the connection and never answers is given up', async () => {
    const url = await tcpServer(() => undefined);
    await expect(client({ headersMs: 20, attempts: 1 }).send(url)).rejects.toEqual(
      failing('STORE_UNREACHABLE', {
        details: expect.objectContaining({ system_code: 'UND_ERR_HEADERS_TIMEOUT' }),
      }),
    );
  });

  test('never ends the handshake of TLS is given up', async () => {
    const url = await tcpServer(() => undefined);
    url.protocol = 'https:';
    const tls = new URL(url.href.replace('http:', 'https:'));
    await expect(client({ connectMs: 20, attempts: 1 }).send(tls)).rejects.toEqual(
      failing('STORE_UNREACHABLE', {
        details: expect.objectContaining({ system_code: 'UND_ERR_CONNECT_TIMEOUT' }),
      }),
    );
  });

  test('does not listen is asked once', async () => {
    const url = await tcpServer(() => undefined);
    const clock = quickClock();
    url.port = '1';
    await expect(client({ clock }).send(url)).rejects.toEqual(
      failing('STORE_UNREACHABLE', { details: expect.objectContaining({ system_code: 'ECONNREFUSED' }) }),
    );
    expect(clock.pauses).toEqual([]);
  });

  test('answers with something that is not HTTP is given up at once', async () => {
    const url = await tcpServer((socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n'));
    const clock = quickClock();
    await expect(client({ clock }).send(url)).rejects.toEqual(failing('STORE_UNREACHABLE'));
    expect(clock.pauses).toEqual([]);
  });

  test('sends headers without end is given up', async () => {
    const url = await tcpServer((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n');
      const more = () => socket.write(`x-more: ${'x'.repeat(4096)}\r\n`, () => setImmediate(more));
      more();
    });
    await expect(client().send(url)).rejects.toEqual(failing('STORE_UNREACHABLE'));
  });

  test('stops in the middle of the body is given up', async () => {
    const { url } = await webServer((_asked, response) => {
      response.writeHead(200, { 'content-length': 100 }).write('some');
    });
    const answer = await client({ idleMs: 20 }).send(url);
    await expect(collected(answer.bytes)).rejects.toEqual(failing('STORE_UNREACHABLE'));
  });

  test('drips is given up once too little has come in a minute of waiting', async () => {
    const { url } = await webServer((_asked, response) => {
      const drip = () => response.write('.', () => setImmediate(drip));
      drip();
    });
    // By this clock each chunk takes ten seconds.
    let now = 0;
    const clock = { ...quickClock(), now: () => (now += 10_000) };
    const answer = await client({ clock }).send(url);
    await expect(collected(answer.bytes)).rejects.toEqual(failing('STORE_UNREACHABLE'));
  });

  test('is slow but steady is not given up, however long its reader takes', async () => {
    const { url } = await webServer((_asked, response) => void response.end(Buffer.alloc(1024 * 1024)));
    let now = 0;
    const clock = { ...quickClock(), now: () => now };
    const answer = await client({ clock }).send(url);
    let bytes = 0;
    for await (const chunk of answer.bytes) {
      bytes += chunk.length;
      now += 3_600_000;
    }
    expect(bytes).toBe(1024 * 1024);
  });

  test('breaks off before the length it has told is an error', async () => {
    const { url } = await webServer((_asked, response) => {
      response.writeHead(200, { 'content-length': 100 }).write('some', () => response.socket!.end());
    });
    const answer = await client().send(url);
    await expect(collected(answer.bytes)).rejects.toEqual(failing('STORE_UNREACHABLE'));
  });

  test('sends more than the length it has told gives that many bytes, and its connection is not used again', async () => {
    let connections = 0;
    const url = await tcpServer((socket) => {
      connections++;
      socket.on('data', () =>
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nsome more HTTP/1.1 200 OK'),
      );
    });
    const ours = client();
    for (let asked = 1; asked <= 2; asked++) {
      expect(`${await collected((await ours.send(url)).bytes)}`).toBe('some');
      expect(connections).toBe(asked);
    }
  });

  test('breaks off between its chunks is an error', async () => {
    const { url } = await webServer((_asked, response) => {
      response.write('some', () => response.socket!.end());
    });
    const answer = await client().send(url);
    await expect(collected(answer.bytes)).rejects.toEqual(failing('STORE_UNREACHABLE'));
  });
});

describe('a request that is stopped by its signal', () => {
  test('before it is sent is not sent', async () => {
    const { url, asked } = await webServer((_asked, response) => void response.end());
    const signal = AbortSignal.abort(new Error('stopped'));
    await expect(client().send(url, { signal })).rejects.toThrow('stopped');
    expect(asked).toEqual([]);
  });

  test('while it waits for an answer ends with the reason', async () => {
    const stop = new AbortController();
    const { url } = await webServer(() => stop.abort(new Error('stopped')));
    await expect(client().send(url, { signal: stop.signal })).rejects.toThrow('stopped');
  });

  test('while the body comes ends with the reason', async () => {
    const { url } = await webServer((_asked, response) => void response.write('some'));
    const stop = new AbortController();
    const answer = await client().send(url, { signal: stop.signal });
    const read = async () => {
      for await (const _chunk of answer.bytes) stop.abort(new Error('stopped'));
    };
    await expect(read()).rejects.toThrow('stopped');
  });

  test('between two attempts ends with the reason', async () => {
    const { url } = await webServer((_asked, response) => void response.writeHead(503).end());
    const stop = new AbortController();
    const clock = {
      ...quickClock(),
      pause: async (_ms: number, signal: AbortSignal | undefined) => {
        stop.abort(new Error('stopped'));
        signal?.throwIfAborted();
      },
    };
    await expect(client({ clock }).send(url, { signal: stop.signal })).rejects.toThrow('stopped');
  });
});
