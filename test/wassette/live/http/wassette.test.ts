import { createServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type HttpWassette, openHttpWassette } from '../../../../src/wassette/live/http/wassette.ts';
import { failing } from '../../../fixtures/failing.ts';
import { holdTimeouts } from '../../../fixtures/held-timeouts.ts';
import {
  type Handler,
  type Received,
  sendJson,
  sendResult,
  serve,
  serveSessions,
  toolResult,
} from '../../../fixtures/http-server.ts';

const LOCAL = { allowRemote: false };

async function open(url: string): Promise<HttpWassette> {
  const wassette = await openHttpWassette(url, LOCAL);
  onTestFinished(() => wassette.close());
  return wassette;
}

/** `said` is what the server said: it is not in the message, which an agent gets. */
function unreachable(message: RegExp, said?: string): unknown {
  return failing('STORE_UNREACHABLE', {
    message: expect.stringMatching(message),
    hint: expect.stringMatching(/./),
    ...(said === undefined ? {} : { said }),
  });
}

/** A server without sessions whose tool calls `onCall` answers. */
function serveStateless(onCall: Handler): Promise<string> {
  return serve((received, response) => {
    if (received.rpc.method === 'tools/call') return onCall(received, response);
    sendResult(response, received, {
      resultType: 'complete',
      supportedVersions: ['2025-11-25', '2026-07-28'],
    });
  });
}

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
    const wassette = await openHttpWassette(`${url}/mcp/`, LOCAL);
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

describe('a call that cannot be read', () => {
  const event = (data: string): Handler => {
    return (_, response) =>
      response.writeHead(200, { 'content-type': 'text/event-stream' }).end(`data: ${data}\n\n`);
  };
  const result = toolResult('x');
  it.each<[string, Handler, RegExp, string?]>([
    [
      'has another id',
      (_, r) => sendJson(r, { jsonrpc: '2.0', id: 99, result }),
      /answers with another id, expected .* 1$/,
    ],
    ['has another id in a stream', event(JSON.stringify({ jsonrpc: '2.0', id: 'y', result })), /another id/],
    ['has no id', (_, r) => sendJson(r, { jsonrpc: '2.0', result }), /another id/],
    [
      'has no result',
      (received, r) => sendJson(r, { jsonrpc: '2.0', id: received.rpc.id }),
      /answers with no result/,
    ],
    [
      'is no tool result',
      (received, r) => sendResult(r, received, { tools: [] }),
      /answers a tool call with something else/,
    ],
    [
      'asks back',
      (received, r) => sendResult(r, received, { resultType: 'input_required', ...result }),
      /something else/,
    ],
    ['is junk in a stream', event('{"jsonrpc":'), /not JSON$/],
    [
      'is no UTF-8 in a stream',
      (_, r) => r.writeHead(200, { 'content-type': 'text/event-stream' }).end(Buffer.of(0xff, 0x0a)),
      /broke off/,
    ],
    ['is JSON of something else', (_, r) => sendJson(r, ['hello']), /JSON that is not JSON-RPC/],
    [
      'is a page',
      (_, r) => r.writeHead(200, { 'content-type': 'text/html' }).end('<p>hello'),
      /answers in a type that is not MCP/,
      'text/html',
    ],
    ['is nothing', (_, r) => r.writeHead(200).end(), /answers in a type that is not MCP/, 'nothing'],
    [
      'is an error',
      (received, r) =>
        sendJson(r, {
          jsonrpc: '2.0',
          id: received.rpc.id,
          error: { code: -32601, message: 'no\u001b[2J such' },
        }),
      /refuses the call \(-32601\)$/,
      'no\\u{1b}[2J such',
    ],
    [
      'is an error without an id',
      (_, r) => sendJson(r, { jsonrpc: '2.0', id: null, error: { code: -32700, message: 'eh' } }),
      /refuses the call \(-32700\)$/,
      'eh',
    ],
    [
      'is refused',
      (_, r) => r.writeHead(403, { 'content-type': 'text/plain' }).end('Forbidden: Host'),
      /answers 403$/,
      'Forbidden: Host',
    ],
    [
      'is refused with a page',
      (_, r) => r.writeHead(502, { 'content-type': 'text/html' }).end('<p>bad'),
      /answers 502$/,
    ],
    ['is refused at length', (_, r) => r.writeHead(500).end('x'.repeat(1_000_000)), /answers 500$/],
    [
      'goes elsewhere',
      (_, r) => r.writeHead(307, { location: 'http://127.0.0.1:1/' }).end(),
      /redirects \(307\)/,
    ],
    [
      'ends a stream early',
      (_, r) => r.writeHead(200, { 'content-type': 'text/event-stream' }).end('data: {"js'),
      /ended its answer half way/,
    ],
    [
      'breaks off in a stream',
      (_, r) => {
        r.writeHead(200, { 'content-type': 'text/event-stream' });
        r.write('data: {"js', () => r.destroy());
      },
      /broke off/,
    ],
    [
      'breaks off in JSON',
      (_, r) => {
        r.writeHead(200, { 'content-type': 'application/json', 'content-length': 100 });
        r.write('{"js', () => r.destroy());
      },
      /broke off/,
    ],
    ['breaks off before it began', (_, r) => void r.destroy(), /broke off/],
  ])('because it %s is a StoreError', async (_, handler, message, said) => {
    const wassette = await open(await serveStateless(handler));
    await expect(wassette.callTool('list-components', {})).rejects.toThrow(unreachable(message, said));
  });

  it('because it is too large is a StoreError, in JSON and in a stream', async () => {
    let type = 'application/json';
    const url = await serveStateless((_, response) => {
      response.writeHead(200, { 'content-type': type });
      const chunk = Buffer.alloc(1024 * 1024, 'data: x');
      const send = (left: number): void => {
        if (left > 0 && !response.destroyed) response.write(chunk, () => send(left - 1));
      };
      send(80);
    });
    const wassette = await open(url);
    for (type of ['application/json', 'text/event-stream']) {
      await expect(wassette.callTool('list-components', {})).rejects.toThrow(
        unreachable(/more than 67108864 bytes/),
      );
    }
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
      /in a type that is not MCP/,
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
    await expect(open(`http://127.0.0.1:${port}`)).rejects.toThrow(unreachable(/broke off \(HPE_/));
    await expect(open(`https://127.0.0.1:${port}`)).rejects.toThrow(unreachable(/broke off \(ERR_SSL/));
    await new Promise((resolve) => server.close(resolve));
    await expect(open(`http://127.0.0.1:${port}`)).rejects.toThrow(unreachable(/nothing listens there/));
    await expect(open(`http://localhost:${port}`)).rejects.toThrow(unreachable(/nothing listens there/));
  });
});

describe('the address of a Wassette', () => {
  it.each([
    '10.0.0.1',
    '0.0.0.0',
    '169.254.169.254',
    '[::2]',
    'example.com',
    '127.0.0.1.example.com',
    'localhost.',
  ])('of another machine, %s, is refused unless it is allowed', async (host) => {
    await expect(open(`http://${host}:9001`)).rejects.toThrow(failing('POLICY_OUTSIDE_FENCE'));
  });

  it.each(['127.0.0.1', '127.1', '[::1]', '[::ffff:127.0.0.1]', 'localhost', 'LOCALHOST'])(
    'may be of this machine: %s',
    async (host) => {
      await expect(open(`http://${host}:1`)).rejects.toThrow(failing('STORE_UNREACHABLE'));
    },
  );

  it('may be of any machine where that is allowed', async () => {
    const refused = openHttpWassette('http://name.invalid:9001', { allowRemote: true });
    await expect(refused).rejects.toThrow(
      unreachable(/cannot be reached, or broke off \((ENOTFOUND|EAI_AGAIN)\)/),
    );
  });

  it.each([
    '',
    'localhost:9001',
    'ftp://localhost',
    'http://user:hunter2@localhost',
    'http://localhost/?key=hunter2',
    'http://localhost/#hunter2',
  ])('that is none, "%s", is refused and a secret in it not repeated', async (url) => {
    const error = await open(url).catch((caught) => caught);
    expect(error).toMatchObject({ name: 'UsageError', code: 'USAGE_BAD_ARGUMENT' });
    expect(JSON.stringify(error)).not.toContain('hunter2');
  });

  it('with a path is taken as it is', async () => {
    const paths: string[] = [];
    const url = await serve((received, response) => {
      paths.push(received.path);
      sendResult(response, received, { supportedVersions: ['2026-07-28'] });
    });
    await open(`${url}/tools/mcp`);
    expect(paths).toEqual(['/tools/mcp']);
  });
});
