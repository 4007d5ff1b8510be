// Messages that are none, from both sides: each is answered where somebody can wait for it, and the session goes on.
import { describe, expect, it } from 'vitest';
import { settled, unopened, wired } from '../../fixtures/servers/multiplexed.ts';

const LOAD = '"method":"tools/call","params":{"name":"load-component","arguments":{"path":"file:///x.wasm"}}';

describe('a message of the client that cannot be used', () => {
  it.each([
    ['not JSON', '{"jsonrpc":"2.0","id":1,', null],
    ['a text', '"ping"', null],
    ['an empty batch', '[]', null],
    ['a batch of what is no message', `[1, [{"jsonrpc":"2.0","id":1,${LOAD}}]]`, null],
    ['a batch of what cannot be used', `[{"jsonrpc":"1.0","id":1,${LOAD}}]`, 1],
    ['an empty object', '{}', null],
    ['nothing but a version', '{"jsonrpc":"2.0"}', null],
    ['no version', `{"id":1,${LOAD}}`, 1],
    ['another version', `{"jsonrpc":"1.0","id":1,${LOAD}}`, 1],
    ['a version that is a number', `{"jsonrpc":2.0,"id":"a",${LOAD}}`, 'a'],
    ['an id that is null', `{"jsonrpc":"2.0","id":null,${LOAD}}`, null],
    ['an id that is a fraction', `{"jsonrpc":"2.0","id":1.5,${LOAD}}`, 1.5],
    ['an id that is an object', `{"jsonrpc":"2.0","id":{"a":1},${LOAD}}`, null],
    ['an id that is an array', `{"jsonrpc":"2.0","id":[1],${LOAD}}`, null],
    ['an id that is true', `{"jsonrpc":"2.0","id":true,${LOAD}}`, null],
    ['an id that is very long', `{"jsonrpc":"2.0","id":"${'x'.repeat(2000)}",${LOAD}}`, null],
    ['two ids', `{"jsonrpc":"2.0","id":1,"id":2,${LOAD}}`, null],
    ['two methods', `{"jsonrpc":"2.0","id":1,"method":"ping",${LOAD}}`, 1],
    ['two names', '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","na\\u006de":"b"}}', 1],
    ['a method that is a number', '{"jsonrpc":"2.0","id":1,"method":5}', 1],
    ['params that are a number', '{"jsonrpc":"2.0","id":1,"method":"tools/list","params":5}', 1],
    ['params that are an array', '{"jsonrpc":"2.0","id":1,"method":"tools/list","params":[]}', 1],
    ['no tool', '{"jsonrpc":"2.0","id":1,"method":"tools/call"}', 1],
    ['a tool that is a number', '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":5}}', 1],
    [
      'arguments that are a text',
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","arguments":"x"}}',
      1,
    ],
    [
      'a progress token that is an object',
      '{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":{"progressToken":{}}}}',
      1,
    ],
    ['half a surrogate pair', '{"jsonrpc":"2.0","id":1,"method":"x","params":{"a":"\\ud800"}}', 1],
    ['a number beyond every double', '{"jsonrpc":"2.0","id":1,"method":"x","params":{"a":1e400}}', 1],
    [
      'nesting that Wassette does not read',
      `{"jsonrpc":"2.0","id":1,"method":"x","params":{"a":${'['.repeat(200)}${']'.repeat(200)}}}`,
      1,
    ],
    ['an initialize without params', '{"jsonrpc":"2.0","id":1,"method":"initialize"}', 1],
    ['an answer without result or error', '{"jsonrpc":"2.0","id":77}', 77],
    ['a notification that has no method', '{"jsonrpc":"2.0","params":{}}', null],
    ['a notification of another version', '{"jsonrpc":"1.0","method":"notifications/x"}', null],
  ])('%s is answered -32600, reaches nobody, and no import waits for it', async (_, line, id) => {
    const { multiplexer, take, sent } = wired();
    multiplexer.receive('client', line);
    expect(take('client').value).toMatchObject({ jsonrpc: '2.0', id, error: { code: -32600 } });
    expect(sent).toEqual([]);
    expect(await multiplexer.hold.holdChanges(async () => 'done')).toBe('done');
  });

  it('in a batch keeps nothing else in it from being served, each under its id', () => {
    const { multiplexer, take, answer, sent } = wired();
    multiplexer.receive(
      'client',
      ` [{"jsonrpc":"2.0","id":500,"method":"ping"}, {"jsonrpc":"2.0","id":501,"method":5} ,{"jsonrpc":"2.0","id":502,"method":"tools/call","params":{"name":"x","arguments":null}}]`,
    );
    expect(take('client').value).toMatchObject({ id: 501, error: { code: -32600 } });
    const [ping, call] = [take('child'), take('child')];
    expect(call.value.params.arguments).toEqual({});
    answer(call, { n: 2 });
    answer(ping, { n: 1 });
    expect([take('client').value, take('client').value]).toMatchObject([
      { id: 502, result: { n: 2 } },
      { id: 500, result: { n: 1 } },
    ]);
    expect(sent).toEqual([]);
  });

  it.each(['""', '"{}"', '[]', '5', '"x"'])(
    'of our tools the arguments %s are passed on, of others not',
    (given) => {
      const { multiplexer, take, sent } = wired();
      const called = (name: string) =>
        multiplexer.receive(
          'client',
          `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"${name}","arguments":${given}}}`,
        );
      called('export_state');
      expect(take('own').text).toContain(`"arguments":${given}}`);
      called('weather');
      expect(take('client').value).toMatchObject({ error: { code: -32600 } });
      expect(sent).toEqual([]);
    },
  );

  it.each([
    ['{"name":"a","_meta":null}', '{"name":"a"}'],
    ['{"_meta" : null , "name":"a"}', '{"name":"a"}'],
    ['{"name":"a","_meta":{"progressToken":null,"b":1.0}}', '{"name":"a","_meta":{"b":1.0}}'],
    [
      '{"_meta":{"a":1,"progressToken":null,"progressToken":null},"name":"a"}',
      '{"_meta":{"a":1},"name":"a"}',
    ],
    ['{"name":"a","arguments":{"_meta":null,"x":1.50}}', '{"name":"a","arguments":{"_meta":null,"x":1.50}}'],
  ])('of the params %s what is null and names nothing is left out', (params, passed) => {
    const { multiplexer, take } = wired();
    multiplexer.receive('client', `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":${params}}`);
    expect(take('child').text).toContain(`"params":${passed}}`);
  });

  it.each([
    [
      '{"roots":null,"elicitation":{}}',
      '{"name":"x","version":"1"}',
      '{"elicitation":{}}',
      '{"name":"x","version":"1"}',
    ],
    [
      '{"roots":{"listChanged":null},"elicitation":{"form":null,"url":{}}}',
      '{"name":"x","title" : null,"version":"1.0","icons":[null]}',
      '{"roots":{},"elicitation":{"url":{}}}',
      '{"name":"x","version":"1.0","icons":[null]}',
    ],
  ])(
    'of an initialize with %s and %s what is null is left out at any depth, and the rest is passed on',
    (capabilities, clientInfo, passed, info) => {
      const { multiplexer, take } = unopened();
      const params = (...[can, is]: string[]) =>
        `{"protocolVersion":"2025-06-18","capabilities":${can},"clientInfo":${is}}`;
      multiplexer.receive(
        'client',
        `{"jsonrpc":"2.0","id":1,"method":"initialize","params":${params(capabilities, clientInfo)}}`,
      );
      expect(take('child').text).toContain(`"params":${params(passed, info)}}`);
    },
  );

  it.each(['null', '""'])(
    'of a list the cursor %s is none: it is passed on without, and has our tools',
    async (cursor) => {
      const { multiplexer, take, answer } = wired();
      multiplexer.receive(
        'client',
        `{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"cursor":${cursor}}}`,
      );
      const asked = take('child');
      expect(asked.value.params).toEqual({});
      answer(asked, { tools: [] });
      await settled();
      expect(take('client').value.result.tools).toHaveLength(2);
    },
  );

  it.each([
    ['"result":{"_meta":null,"action":"accept"},"error":null', '"result":{"action":"accept"}'],
    ['"result":null,"error":{"code":1,"message":"x"}', '"error":{"code":1,"message":"x"}'],
  ])('an answer to a question of ours keeps what it says without its nulls: %s', (given, passed) => {
    const { multiplexer, take } = wired();
    multiplexer.receive('own', '{"jsonrpc":"2.0","id":1,"method":"elicitation/create","params":{}}');
    const { id } = take('client').value;
    multiplexer.receive('client', `{"jsonrpc":"2.0","id":${id},${given}}`);
    expect(take('own').text).toBe(`{"jsonrpc":"2.0","id":1,${passed}}`);
  });

  it('a second request under an id that waits is refused, and the first is answered', () => {
    const { multiplexer, take, answer, sent } = wired();
    const line = '{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"slow"}}';
    multiplexer.receive('client', line);
    multiplexer.receive('client', line.replace('slow', 'other'));
    expect(take('client').value).toMatchObject({ id: 7, error: { code: -32600 } });
    answer(take('child'), { n: 1 });
    expect(take('client').value).toEqual({ jsonrpc: '2.0', id: 7, result: { n: 1 } });
    expect(sent).toEqual([]);
  });

  it('an answer to a question of ours that is none ends that question with an error', async () => {
    const { multiplexer, take } = wired();
    multiplexer.receive('own', '{"jsonrpc":"2.0","id":1,"method":"elicitation/create","params":{}}');
    const { id } = take('client').value;
    multiplexer.receive(
      'client',
      `{"jsonrpc":"2.0","id":${id},"result":{},"error":{"code":1,"message":"x"}}`,
    );
    expect(take('own').value).toMatchObject({ id: 1, error: { code: -32000 } });
  });

  it('a cancellation of any shape cancels nothing but what it names', () => {
    const { multiplexer, sent, take } = wired();
    multiplexer.receive('client', '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"slow"}}');
    take('child');
    for (const params of ['null', '{}', '{"requestId":{}}', '{"requestId":null}', '{"requestId":"1"}'])
      multiplexer.receive(
        'client',
        `{"jsonrpc":"2.0","method":"notifications/cancelled","params":${params}}`,
      );
    expect(sent).toEqual([]);
  });
});

describe('a message of Wassette that cannot be used', () => {
  const asked = () => {
    const wires = wired();
    wires.multiplexer.receive('client', `{"jsonrpc":"2.0","id":"q",${LOAD}}`);
    return { ...wires, number: wires.take('child').value.id as number };
  };

  it.each([
    ['an answer of another version', (n: number) => `{"jsonrpc":"1.0","id":${n},"result":{}}`],
    ['an answer that is neither', (n: number) => `{"jsonrpc":"2.0","id":${n}}`],
    ['an answer that is both', (n: number) => `{"jsonrpc":"2.0","id":${n},"result":{},"error":{"code":1}}`],
    [
      'an error without an id, where one waits',
      () => '{"jsonrpc":"2.0","error":{"code":-32600,"message":"x"}}',
    ],
  ])('%s ends the wait of the agent, and of the next import', async (_, line) => {
    const { multiplexer, take, number, sent } = asked();
    multiplexer.receive('child', line(number));
    expect(take('client').value).toMatchObject({ id: 'q', error: { code: -32000 } });
    expect(sent).toEqual([]);
    expect(await multiplexer.hold.holdChanges(async () => 'done')).toBe('done');
  });

  it.each(['Starting up…', '{', '"x"', '7', '[1]', '{}', '{"jsonrpc":"2.0","method":7}'])(
    '%s answers nothing: the agent gets the answer that comes later',
    (junk) => {
      const { multiplexer, take, number, sent } = asked();
      multiplexer.receive('child', junk);
      expect(sent).toEqual([]);
      multiplexer.receive('child', `{"jsonrpc":"2.0","id":"${number}","result":{"n":1}}`);
      expect(take('client').value).toEqual({ jsonrpc: '2.0', id: 'q', result: { n: 1 } });
    },
  );

  it('a batch of answers is taken apart', () => {
    const { multiplexer, take, number } = asked();
    multiplexer.receive('child', ` [ {"jsonrpc":"2.0","id":${number},"result":{"n":1}}, 5 ]`);
    expect(take('client').value).toEqual({ jsonrpc: '2.0', id: 'q', result: { n: 1 } });
  });

  it('a request with an odd id is answered with an error where it can be', () => {
    const { multiplexer, take } = wired();
    multiplexer.receive('child', '{"jsonrpc":"2.0","id":1.5,"method":"sampling/createMessage","params":{}}');
    expect(take('child').value).toMatchObject({ id: 1.5, error: { code: -32600 } });
  });
});

describe('the order of a session', () => {
  const INITIALIZE =
    '{"jsonrpc":"2.0","id":"i","method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"x","version":"1"}}}';
  const opened = {
    protocolVersion: '2025-06-18',
    capabilities: {},
    serverInfo: { name: 'rmcp', version: '3.5.0' },
  };

  it('before initialize a ping is answered, everything else is refused, and Wassette hears of nothing', () => {
    const { multiplexer, take, sent } = unopened();
    multiplexer.receive('client', '{"jsonrpc":"2.0","id":1,"method":"ping"}');
    expect(take('client').value).toEqual({ jsonrpc: '2.0', id: 1, result: {} });
    multiplexer.receive('client', '{"jsonrpc":"2.0","id":2,"method":"tools/list"}');
    expect(take('client').value).toMatchObject({ id: 2, error: { code: -32600 } });
    multiplexer.receive('client', '{"jsonrpc":"2.0","method":"notifications/initialized"}');
    multiplexer.receive('client', '{"jsonrpc":"2.0","id":3,"method":"initialize","params":{}}');
    expect(take('client').value).toMatchObject({ id: 3, error: { code: -32600 } });
    expect(sent).toEqual([]);
    multiplexer.receive('client', INITIALIZE);
    expect(take('child').value.method).toBe('initialize');
  });

  it('what comes before the answer waits for it, in its order, behind the word that the client is ready', async () => {
    const { multiplexer, take, answer, sent } = unopened();
    multiplexer.receive('client', INITIALIZE);
    take('own');
    const asked = take('child');
    multiplexer.receive('client', '{"jsonrpc":"2.0","id":1,"method":"tools/list"}');
    multiplexer.receive('client', '{"jsonrpc":"2.0","id":2,"method":"prompts/list"}');
    multiplexer.receive('client', '{"jsonrpc":"2.0","id":3,"method":"ping"}');
    expect(take('client').value).toEqual({ jsonrpc: '2.0', id: 3, result: {} });
    expect(sent).toEqual([]);
    answer(asked, opened);
    expect(take('client').value.id).toBe('i');
    const methods = sent.filter(({ to }) => to === 'child').map(({ value }) => value.method);
    expect(methods).toEqual(['notifications/initialized', 'tools/list', 'prompts/list']);
    sent.length = 0;
    multiplexer.receive('client', '{"jsonrpc":"2.0","method":"notifications/initialized"}');
    await settled();
    expect(sent).toEqual([]);
  });

  it('an initialize that Wassette refuses may be tried again', () => {
    const { multiplexer, take } = unopened();
    multiplexer.receive('client', INITIALIZE);
    const { value } = take('child');
    multiplexer.receive('child', `{"jsonrpc":"2.0","id":${value.id},"error":{"code":-32602,"message":"no"}}`);
    expect(take('client').value).toMatchObject({ id: 'i', error: { code: -32602 } });
    multiplexer.receive('client', INITIALIZE);
    expect(take('child').value.method).toBe('initialize');
  });
});

describe('a Wassette that reads no further after what it does not know', () => {
  const old = () => wired({ name: 'rmcp', version: '0.9.1' });

  it.each(['x/unknown', 'resources/read', 'completion/complete'])(
    'is not asked for %s: the client is told that there is no such method',
    (method) => {
      const { multiplexer, take, sent } = old();
      multiplexer.receive('client', JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: {} }));
      expect(take('client').value).toMatchObject({ id: 1, error: { code: -32601 } });
      multiplexer.receive('client', '{"jsonrpc":"2.0","method":"notifications/unknown","params":{"a":1}}');
      expect(sent).toEqual([]);
      multiplexer.receive('client', '{"jsonrpc":"2.0","id":2,"method":"tools/list"}');
      expect(take('child').value.method).toBe('tools/list');
    },
  );
});

it('cursor: null asks for the first page', async () => {
  const { multiplexer, take, answer } = wired();
  multiplexer.receive('client', '{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"cursor":null}}');
  const asked = take('child');
  expect(asked.value.params).toEqual({});
  answer(asked, { tools: [] });
  await settled();
  expect(take('client').value.result.tools.map(({ name }: { name: string }) => name)).toContain(
    'export_state',
  );
  multiplexer.receive('client', '{"jsonrpc":"2.0","id":2,"method":"prompts/list","params":{"cursor":null}}');
  expect(take('child').value.params).toEqual({});
});
