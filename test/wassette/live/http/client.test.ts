import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { openHttpClient } from '../../../../src/wassette/live/http/client.ts';
import {
  type Handler,
  type Received,
  sendResult,
  serve,
  serveSessions,
  toolResult,
} from '../../../fixtures/servers/http-server.ts';
import { holdTimeouts } from '../../../fixtures/system/held-timeouts.ts';
import { LOCAL, open, serveStateless, unreachable } from './opened.ts';

describe('a server without sessions', () => {
  it('gets each call with its revision, in headers and in the message', async () => {
    const calls: Received[] = [];
    const url = await serveStateless((received, response) => {
      calls.push(received);
      sendResult(response, received, { resultType: 'complete', ...toolResult('done') });
    });
    const wassette = await open(url);
    expect(wassette.url.href).toBe(`${url}/mcp`);
    expect(await wassette.callTool('get-policy', { component_id: 'a' })).toEqual({
      isError: false,
      text: 'done',
    });
    expect(await wassette.callTool('list-components', {})).toEqual({ isError: false, text: 'done' });
    expect(calls.map(({ rpc }) => rpc.id)).toEqual([1, 2]);
    expect(calls[0]).toMatchObject({
      path: '/mcp',
      headers: { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/call', 'mcp-name': 'get-policy' },
      rpc: {
        jsonrpc: '2.0',
        params: {
          name: 'get-policy',
          arguments: { component_id: 'a' },
          _meta: {
            'io.modelcontextprotocol/protocolVersion': '2026-07-28',
            'io.modelcontextprotocol/clientCapabilities': {},
          },
        },
      },
    });
    expect(calls[0]!.headers).not.toHaveProperty('mcp-session-id');
  });
});

describe('a server with sessions', () => {
  it('gets one session, and it back at the end', async () => {
    const { url, log } = await serveSessions();
    const wassette = await openHttpClient(`${url}/mcp/`, LOCAL);
    expect(await wassette.callTool('list-components', {})).toEqual({ isError: false, text: 'called' });
    await wassette.close();
    expect(log).toEqual([
      'server/discover',
      'initialize',
      'notifications/initialized',
      'tools/call',
      'DELETE',
    ]);
  });

  it.each([404, 401])('is opened once more when it forgot the session (%d)', async (status) => {
    const { url, log, restart } = await serveSessions(undefined, status);
    const wassette = await open(url);
    restart();
    const both = [wassette.callTool('list-components', {}), wassette.callTool('list-components', {})];
    expect((await Promise.all(both)).map(({ text }) => text)).toEqual(['called', 'called']);
    await wassette.callTool('list-components', {});
    expect(log.filter((method) => method === 'tools/call')).toHaveLength(5);
  });

  it('is given up when it forgets the session again', async () => {
    let calls = 0;
    const { url } = await serveSessions((_, response) => {
      calls += 1;
      response.writeHead(404).end('Session not found');
    });
    const wassette = await open(url);
    await expect(wassette.callTool('list-components', {})).rejects.toThrow(
      unreachable(/answers 404$/, 'Session not found'),
    );
    expect(calls).toBe(2);
  });

  it('may answer in an event stream, in odd chunks, after other messages', async () => {
    const { url } = await serveSessions((received, response) => {
      const answer = { jsonrpc: '2.0', id: received.rpc.id, result: toolResult('\u00fcber\u{1f600}') };
      const notice = { jsonrpc: '2.0', method: 'notifications/tools/list_changed' };
      const question = { jsonrpc: '2.0', id: received.rpc.id, method: 'ping' };
      const bytes = Buffer.from(
        `data: \r\nid: 0\r\nretry: 3000\r\n\r\n: ping\r\n\r\n${[notice, question, answer]
          .map((message) => `data: ${JSON.stringify(message)}\r\n\r\n`)
          .join('')}`,
      );
      response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
      const send = (at: number): void => {
        if (at >= bytes.length) return; // stays open: the answer is there
        response.write(bytes.subarray(at, at + 7));
        setImmediate(send, at + 7);
      };
      send(0);
    });
    expect(await (await open(url)).callTool('x', {})).toEqual({ isError: false, text: '\u00fcber\u{1f600}' });
  });

  it('may answer with an error of the tool, without text, or with text later', async () => {
    const results = [
      { isError: true, content: [{ type: 'text', text: 'Error: no' }] },
      { content: [] },
      {
        content: [
          { type: 'image', data: '' },
          { type: 'text', text: 'b' },
          { type: 'text', text: 'c' },
        ],
      },
    ];
    const { url } = await serveSessions((received, response) =>
      sendResult(response, received, results.shift()),
    );
    const wassette = await open(url);
    expect(await wassette.callTool('x', {})).toEqual({ isError: true, text: 'Error: no' });
    expect(await wassette.callTool('x', {})).toEqual({ isError: false, text: '' });
    expect(await wassette.callTool('x', {})).toEqual({ isError: false, text: 'b' });
  });
});

describe('a slow server', () => {
  it('is waited for, also after the time-out for opening it', async () => {
    const timeouts = holdTimeouts();
    const { url } = await serveSessions((received, response) => {
      timeouts.expire();
      sendResult(response, received, toolResult('at last'));
    });
    expect((await (await open(url)).callTool('load-component', {})).text).toBe('at last');
  });

  it('is left when the caller wants to, before and in the middle of an answer', async () => {
    const reason = new Error('enough');
    const leaving = new AbortController();
    const url = await serveStateless((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(': ping\n\n', () => leaving.abort(reason));
    });
    const wassette = await open(url);
    await expect(wassette.callTool('x', {}, AbortSignal.abort(reason))).rejects.toBe(reason);
    await expect(wassette.callTool('x', {}, leaving.signal)).rejects.toBe(reason);
  });

  it('is not waited for while it is opened', async () => {
    const timeouts = holdTimeouts();
    const url = await serve(() => timeouts.expire()); // takes the request, and that is all
    await expect(open(url)).rejects.toThrow(unreachable(/did not answer within 10 s/));
  });
});

describe('a server that is no Wassette', () => {
  it.each<[string, Handler, RegExp, string?]>([
    ['answers 404', (_, r) => r.writeHead(404).end(), /answers 404$/],
    [
      'answers with a page',
      (_, r) => r.writeHead(200, { 'content-type': 'text/html' }).end('<p>hello'),
      /content type that MCP does not use/,
      'text/html',
    ],
    ['redirects', (_, r) => r.writeHead(302, { location: '/login' }).end(), /redirects \(302\)/],
    ['wants credentials', (_, r) => r.writeHead(401).end('who are you'), /answers 401$/, 'who are you'],
    [
      'answers everything with a strange result',
      (received, r) => sendResult(r, received, { hello: 1 }),
      /does not answer `initialize`/,
    ],
    [
      'refuses `initialized`',
      (received, r) =>
        received.rpc.id === undefined
          ? r.writeHead(500).end()
          : sendResult(r, received, { protocolVersion: '2025-03-26' }),
      /answers 500/,
    ],
  ])('and %s is not opened', async (_, handler, message, said) => {
    await expect(open(await serve(handler))).rejects.toThrow(unreachable(message, said));
  });

  it('and does not even speak HTTP is not opened, nor what is not there', async () => {
    const server = createServer((socket) =>
      socket
        .on('error', () => {})
        .resume()
        .end('SSH-2.0-x\r\n'),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    await expect(open(`http://127.0.0.1:${port}`)).rejects.toThrow(unreachable(/connection broke \(HPE_/));
    await expect(open(`https://127.0.0.1:${port}`)).rejects.toThrow(
      unreachable(/connection broke \(ERR_SSL/),
    );
    await new Promise((resolve) => server.close(resolve));
    await expect(open(`http://127.0.0.1:${port}`)).rejects.toThrow(unreachable(/nothing listens there/));
    await expect(open(`http://localhost:${port}`)).rejects.toThrow(unreachable(/nothing listens there/));
  });
});
