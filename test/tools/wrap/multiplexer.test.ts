// What passes between the agent and the wrapped server: everything, as it came, but for the ids.
import { describe, expect, it } from 'vitest';
import { OWN_TOOLS, settled, unopened, wired } from '../../fixtures/servers/multiplexed.ts';

/** The same text but for the id. */
function withId(text: string, id: unknown): string {
  return text.replace(/"id": ?("(?:[^"\\]|\\.)*"|[\d.eE+-]+)/, `"id":${JSON.stringify(id)}`);
}

describe('a request of the agent', () => {
  it.each([
    ['prompts/list', '{"jsonrpc":"2.0","id":7,"method":"prompts/list"}'],
    [
      'a prompt',
      '{"jsonrpc":"2.0","id":"x-1","method":"prompts/get","params":{"name":"p","arguments":{"a":"\\u00e4\\n"}}}',
    ],
    [
      'an unknown method',
      '{"method":"x/new","id":0,"jsonrpc":"2.0","params":{"a":[1,2.50,1e300,12345678901234567890]},"extra":null}',
    ],
    [
      'a call',
      '{"jsonrpc":"2.0","id":99999999999999999999,"method":"tools/call","params":{"name":"get-env","_meta":{"progressToken":5},"arguments":{"id":3}}}',
    ],
  ])(
    '%s reaches Wassette byte for byte but for its id, and the answer comes back under the old one',
    (_, line) => {
      const { multiplexer, take, sent } = wired();
      multiplexer.receive('client', line);
      const { text, value } = take('child');
      const id = /.*"id":\s*("[^"]*"|\d+)/.exec(line.replace(/"arguments":.*$/, ''))![1]!;
      expect(text).toBe(replaceLast(line, `"id":${id}`, `"id":${value.id}`));
      const answer = `{"jsonrpc":"2.0","id":${value.id},"result":{"n":1.0,"big":9007199254740993,"_meta":{}}}`;
      multiplexer.receive('child', answer);
      expect(take('client').text).toBe(answer.replace(`"id":${value.id}`, `"id":${id}`));
      expect(sent).toEqual([]);
    },
  );

  it('is answered with an error of Wassette as it is', () => {
    const { multiplexer, take } = wired();
    multiplexer.receive('client', '{"jsonrpc":"2.0","id":1,"method":"nothing"}');
    const { value } = take('child');
    multiplexer.receive(
      'child',
      `{"jsonrpc":"2.0","id":${value.id},"error":{"code":-32601,"message":"no","data":[1]}}`,
    );
    expect(take('client').text).toBe(
      '{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"no","data":[1]}}',
    );
  });

  it('for server/discover is answered by us, so that both sides stay with one revision', () => {
    const { multiplexer, take, sent } = wired();
    multiplexer.receive('client', '{"jsonrpc":"2.0","id":"d","method":"server/discover"}');
    expect(take('client').value).toMatchObject({ id: 'd', error: { code: -32601 } });
    expect(sent).toEqual([]);
  });

  it('for one of our tools goes to us alone, whatever Wassette has under that name', () => {
    const { multiplexer, take, sent } = wired();
    multiplexer.receive(
      'client',
      '{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"import_state"}}',
    );
    const { value } = take('own');
    multiplexer.receive('own', JSON.stringify({ jsonrpc: '2.0', id: value.id, result: { ok: true } }));
    expect(take('client').value).toEqual({ jsonrpc: '2.0', id: 3, result: { ok: true } });
    expect(sent).toEqual([]);
  });

  it('that is no JSON-RPC message is refused, and the next one is served', () => {
    const { multiplexer, take, problems } = wired();
    for (const junk of ['{', '[]', '"x"', '[5]']) {
      multiplexer.receive('client', junk);
      expect(take('client').value).toMatchObject({ id: null, error: { code: -32600 } });
    }
    expect(problems).toHaveLength(4);
    multiplexer.receive('client', '{"jsonrpc":"2.0","id":1,"method":"ping"}');
    take('child');
  });
});

function replaceLast(text: string, from: string, to: string): string {
  const at = text.lastIndexOf(
    from,
    text.indexOf('"arguments"') < 0 ? undefined : text.indexOf('"arguments"'),
  );
  return text.slice(0, at) + to + text.slice(at + from.length);
}

describe('what Wassette sends', () => {
  it('notifications pass in their order, byte for byte', () => {
    const { multiplexer, sent } = wired();
    const lines = [
      '{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":"t","progress":0.10}}',
      '{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":{"a":[1]}}}',
      '{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}',
      '{"jsonrpc":"2.0","method":"notifications/unknown","x":1}',
    ];
    for (const line of lines) multiplexer.receive('child', line);
    expect(sent.map(({ to, text }) => [to, text])).toEqual(lines.map((line) => ['client', line]));
  });

  it('requests (sampling, elicitation, roots) reach the agent under an id of their own, and its answers the right server', () => {
    const { multiplexer, take } = wired();
    multiplexer.receive(
      'child',
      '{"jsonrpc":"2.0","id":1,"method":"sampling/createMessage","params":{"x":1}}',
    );
    multiplexer.receive('own', '{"jsonrpc":"2.0","id":1,"method":"elicitation/create","params":{"y":2}}');
    const [sampling, elicitation] = [take('client'), take('client')];
    expect(sampling.value).toMatchObject({ method: 'sampling/createMessage', params: { x: 1 } });
    expect(elicitation.value.id).not.toBe(sampling.value.id);
    multiplexer.receive(
      'client',
      JSON.stringify({ jsonrpc: '2.0', id: elicitation.value.id, result: { action: 'accept' } }),
    );
    expect(take('own').value).toEqual({ jsonrpc: '2.0', id: 1, result: { action: 'accept' } });
    multiplexer.receive('client', JSON.stringify({ jsonrpc: '2.0', id: sampling.value.id, result: {} }));
    expect(take('child').value).toEqual({ jsonrpc: '2.0', id: 1, result: {} });
  });

  it('junk and answers to nothing are left out and logged', () => {
    const { multiplexer, sent, problems } = wired();
    for (const line of [
      'Starting up…',
      '{"jsonrpc":"2.0","id":55,"result":{}}',
      '{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"x"}}',
    ])
      multiplexer.receive('child', line);
    expect(sent).toEqual([]);
    expect(problems).toHaveLength(3);
  });
});

describe('a cancellation', () => {
  it('reaches the server that has the request, under the id that it knows', () => {
    const { multiplexer, take, sent } = wired();
    multiplexer.receive(
      'client',
      '{"jsonrpc":"2.0","id":"a","method":"tools/call","params":{"name":"slow"}}',
    );
    multiplexer.receive(
      'client',
      '{"jsonrpc":"2.0","id":"b","method":"tools/call","params":{"name":"export_state"}}',
    );
    const [slow, ours] = [take('child'), take('own')];
    multiplexer.receive(
      'client',
      '{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"b","reason":"r"}}',
    );
    expect(take('own').value.params).toEqual({ requestId: ours.value.id, reason: 'r' });
    multiplexer.receive(
      'client',
      '{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"a"}}',
    );
    expect(take('child').value.params).toEqual({ requestId: slow.value.id });
    multiplexer.receive(
      'client',
      '{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"never asked"}}',
    );
    expect(sent).toEqual([]);
  });
});

describe('the list of tools', () => {
  async function list(params: string, result: string) {
    const { multiplexer, take } = wired();
    multiplexer.receive('client', `{"jsonrpc":"2.0","id":1,"method":"tools/list"${params}}`);
    const { value } = take('child');
    multiplexer.receive('child', `{"jsonrpc":"2.0","id":${value.id},${result}}`);
    await settled();
    return take('client');
  }

  it('has those of Wassette as they are, and ours behind them', async () => {
    const { text } = await list(
      '',
      '"result":{"tools":[{"name":"a","inputSchema":{"x":1.0}} , {"name":"b"}],"nextCursor":"c"}',
    );
    expect(text).toBe(
      '{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"a","inputSchema":{"x":1.0}},{"name":"b"},{"name":"export_state"},{"name":"import_state"}],"nextCursor":"c"}}',
    );
  });

  it('has ours on the first page only', async () => {
    const { value } = await list(',"params":{"cursor":"c"}', '"result":{"tools":[{"name":"z"}]}');
    expect(value.result.tools).toEqual([{ name: 'z' }]);
  });

  it('has ours alone when Wassette knows no tools', async () => {
    const { value } = await list('', '"error":{"code":-32601,"message":"no"}');
    expect(value.result.tools).toEqual(OWN_TOOLS);
  });

  it('shows a component tool that has the name of ours under an alias, by which it can be called', async () => {
    const { value } = await list(
      '',
      '"result":{"tools":[{"name":"import_state"},{"name":"component_import_state"}]}',
    );
    expect(value.result.tools.map(({ name }: { name: string }) => name)).toEqual([
      'component_import_state',
      'component_component_import_state',
      'export_state',
      'import_state',
    ]);
    const { multiplexer, take, answered } = wired();
    for (const [called, own] of [
      ['component_import_state', 'import_state'],
      ['component_component_import_state', 'component_import_state'],
      ['component_other', 'component_other'],
    ]) {
      multiplexer.receive(
        'client',
        `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"${called}"}}`,
      );
      const call = take('child').value;
      expect(call.params.name).toBe(own);
      multiplexer.receive('child', `{"jsonrpc":"2.0","id":${call.id},"result":{}}`);
      expect(answered.pop()).toBe(own);
      take('client');
    }
  });
});

describe('initialize', () => {
  it("is answered with Wassette's protocol version and capabilities, our name, and the instructions of both", () => {
    const { multiplexer, take } = unopened();
    const line =
      '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{"elicitation":{}},"clientInfo":{"name":"x","version":"1"}}}';
    multiplexer.receive('client', line);
    expect(withId(take('own').text, 1)).toBe(line);
    const { text, value } = take('child');
    expect(withId(text, 1)).toBe(line);
    multiplexer.receive(
      'child',
      JSON.stringify({
        jsonrpc: '2.0',
        id: value.id,
        result: {
          protocolVersion: '2025-03-26',
          capabilities: { tools: { listChanged: true }, prompts: {} },
          serverInfo: { name: 'rmcp', version: '3' },
          instructions: 'Use the tools.',
          more: 1,
        },
      }),
    );
    const { result } = take('client').value;
    expect(result).toMatchObject({
      protocolVersion: '2025-03-26',
      capabilities: { tools: { listChanged: true }, prompts: {} },
      serverInfo: { name: 'wassette-state' },
      more: 1,
    });
    expect(result.instructions).toMatch(/import_state[\s\S]*\n\nUse the tools\.$/);
    expect(Buffer.byteLength(result.instructions)).toBeLessThan(2_000);
  });
});

it('when Wassette ends, whoever waits for it is told', async () => {
  const { multiplexer, take } = wired();
  multiplexer.receive('client', '{"jsonrpc":"2.0","id":"x","method":"ping"}');
  const own = multiplexer.request('child', 'tools/call', { name: 'a' });
  multiplexer.failChild('Wassette has ended: it exited with code 1');
  expect(take('client').value).toEqual({
    jsonrpc: '2.0',
    id: 'x',
    error: { code: -32000, message: 'Wassette has ended: it exited with code 1' },
  });
  await expect(own).rejects.toMatchObject({
    code: 'STORE_UNREACHABLE',
    said: 'Wassette has ended: it exited with code 1',
  });
});

describe('a message of MCP 2026-07-28', () => {
  it('passes where Wassette speaks it: what it asks in its result, and what the client answers in its next call', () => {
    const { multiplexer, take } = wired();
    const call = (id: number, more: string) =>
      `{"jsonrpc":"2.0","id":${id},"method":"tools/call","params":{"name":"x","arguments":{}${more}}}`;
    multiplexer.receive('client', call(1, ''));
    const { value } = take('child');
    const asking =
      '{"resultType":"input_required","inputRequests":{"a":{"method":"elicitation/create","params":{"n":1.0}}},"requestState":"s"}';
    multiplexer.receive('child', `{"jsonrpc":"2.0","id":${value.id},"result":${asking}}`);
    expect(take('client').text).toBe(`{"jsonrpc":"2.0","id":1,"result":${asking}}`);
    const answers = ',"inputResponses":{"a":{"action":"accept","content":{"n":1.0}}},"requestState":"s"';
    multiplexer.receive('client', call(2, answers));
    expect(take('child').text).toContain(answers);
  });
});

describe('arguments that are null', () => {
  it.each(['x', 'import_state'])('are none, for "%s"', (name) => {
    const { multiplexer, take } = wired();
    multiplexer.receive(
      'client',
      `{"jsonrpc":"2.0","id":9007199254740993,"method":"tools/call","params":{"name":"${name}", "arguments":null,"_meta":{"progressToken":1.0}}}`,
    );
    const { text, value } = take(name === 'x' ? 'child' : 'own');
    expect(value.params.arguments).toEqual({});
    expect(text).toContain('"_meta":{"progressToken":1.0}');
  });

  it('are none within them: what they hold is passed on', () => {
    const { multiplexer, take } = wired();
    multiplexer.receive(
      'client',
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"x","arguments":{"a":null,"arguments":null}}}',
    );
    expect(take('child').value.params.arguments).toEqual({ a: null, arguments: null });
  });
});

describe('a list of tools that waits for the start of Wassette', () => {
  const list = (id: number) => `{"jsonrpc":"2.0","id":${id},"method":"tools/list"}`;

  it('is asked for when that has ended, and calls and pings pass meanwhile', async () => {
    const { multiplexer, sent, take, answer, notYetStarted } = wired();
    const start = notYetStarted();
    multiplexer.receive('client', list(1));
    multiplexer.receive('client', list(2));
    expect(sent).toEqual([]);
    multiplexer.receive('client', '{"jsonrpc":"2.0","id":3,"method":"ping"}');
    answer(take('child'), {});
    expect(take('client').value.id).toBe(3);
    start();
    for (const id of [1, 2]) {
      answer(take('child'), { tools: [{ name: 'a' }] });
      await settled();
      const { value } = take('client');
      expect(value.id).toBe(id);
      expect(value.result.tools.map(({ name }: { name: string }) => name)).toContain('a');
    }
  });

  it('has its id taken, and is answered when Wassette ends', async () => {
    const { multiplexer, take, sent, notYetStarted } = wired();
    notYetStarted();
    multiplexer.receive('client', list(1));
    multiplexer.receive('client', list(1));
    expect(take('client').value.error.code).toBe(-32600);
    multiplexer.failChild('Wassette has ended');
    await settled();
    expect(take('client').value).toMatchObject({ id: 1, error: { message: 'Wassette has ended' } });
    expect(sent).toEqual([]);
    multiplexer.receive('client', list(2));
    await settled();
    expect(take('client').value).toMatchObject({ id: 2, error: { message: 'Wassette has ended' } });
  });

  it('may be cancelled: then nothing is said that its client could miss', async () => {
    const { multiplexer, take, sent, notYetStarted } = wired();
    const start = notYetStarted();
    multiplexer.receive('client', list(1));
    multiplexer.receive(
      'client',
      '{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}',
    );
    take('child');
    start();
    await settled();
    expect(sent.filter(({ to }) => to === 'client')).toEqual([]);
  });
});

describe('a call that is looked at before it is passed on', () => {
  const call =
    '{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"load-component","arguments":{}}}';

  it('does not reach Wassette when it was cancelled meanwhile', async () => {
    const { multiplexer, sent, looksAtCalls } = wired();
    const finish = looksAtCalls();
    multiplexer.receive('client', call);
    multiplexer.receive(
      'client',
      '{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":7}}',
    );
    finish();
    await settled();
    expect(sent).toEqual([]);
  });

  it('keeps its id for itself', async () => {
    const { multiplexer, take, looksAtCalls } = wired();
    const finish = looksAtCalls();
    multiplexer.receive('client', call);
    multiplexer.receive('client', call);
    expect(take('client').value).toMatchObject({ id: 7, error: { code: -32600 } });
    finish();
    await settled();
    expect(take('child').value.params.name).toBe('load-component');
  });
});
