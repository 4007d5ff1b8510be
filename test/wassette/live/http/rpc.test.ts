import { describe, expect, it } from 'vitest';
import { type Handler, sendJson, sendResult, toolResult } from '../../../fixtures/servers/http-server.ts';
import { open, serveStateless, unreachable } from './opened.ts';

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
      /answers a tool call in an unknown form/,
    ],
    [
      'asks back',
      (received, r) => sendResult(r, received, { resultType: 'input_required', ...result }),
      /in an unknown form/,
    ],
    ['is junk in a stream', event('{"jsonrpc":'), /not JSON$/],
    [
      'is no UTF-8 in a stream',
      (_, r) => r.writeHead(200, { 'content-type': 'text/event-stream' }).end(Buffer.of(0xff, 0x0a)),
      /connection broke/,
    ],
    ['is JSON of something else', (_, r) => sendJson(r, ['hello']), /JSON that is not JSON-RPC/],
    [
      'is a page',
      (_, r) => r.writeHead(200, { 'content-type': 'text/html' }).end('<p>hello'),
      /answers with a content type that MCP does not use/,
      'text/html',
    ],
    [
      'is nothing',
      (_, r) => r.writeHead(200).end(),
      /answers with a content type that MCP does not use/,
      'nothing',
    ],
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
      /ended its answer halfway/,
    ],
    [
      'breaks off in a stream',
      (_, r) => {
        r.writeHead(200, { 'content-type': 'text/event-stream' });
        r.write('data: {"js', () => r.destroy());
      },
      /connection broke/,
    ],
    [
      'breaks off in JSON',
      (_, r) => {
        r.writeHead(200, { 'content-type': 'application/json', 'content-length': 100 });
        r.write('{"js', () => r.destroy());
      },
      /connection broke/,
    ],
    ['breaks off before it began', (_, r) => void r.destroy(), /connection broke/],
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
