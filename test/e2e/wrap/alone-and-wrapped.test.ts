// Our server alone and inside the wrap, before the same client: whatever that sends is answered, and by both in the same way.
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test, vi } from 'vitest';
import { PROGRAM } from '../../../examples/agent.ts';
import { makeHost } from '../../fixtures/host.ts';
import { INITIALIZE, RawSession } from '../../fixtures/servers/raw-session.ts';

const SERVER = fileURLToPath(new URL('../../fixtures/servers/scripted-server.mjs', import.meta.url));

const SERVED: [how: string, command: string[]][] = [
  ['alone', []],
  ['wrapped', ['--', process.execPath, SERVER]],
];

function serve(command: readonly string[]): RawSession {
  const { componentDir, secretsDir, stateDir } = makeHost().locations;
  const folder = path.dirname(componentDir);
  const env = { WASSETTE_COMPONENT_DIR: componentDir, WASSETTE_SECRETS_DIR: secretsDir, HOME: folder };
  const args = [PROGRAM, 'serve', '--state-dir', stateDir, ...command];
  return RawSession.start([process.execPath, ...args], env, folder);
}

const list = (more: string) => `{"name":"list_snapshot_components"${more === '' ? '' : `,${more}`}}`;
const call = (params: string, id = '1') =>
  `{"jsonrpc":"2.0","id":${id},"method":"tools/call","params":${params}}`;
const request = (method: string, params: string) =>
  `{"jsonrpc":"2.0","id":1,"method":"${method}","params":${params}}`;

/** Each with the id of its answer, and its code; 'is called' where the tool answers. */
const ODD: [what: string, line: string, id: unknown, answer: number | 'is called' | 'has a result'][] = [
  ['no arguments', call(list('')), 1, 'is called'],
  ['arguments that are null', call(list('"arguments":null')), 1, 'is called'],
  ['arguments that are an empty text', call(list('"arguments":""')), 1, 'is called'],
  ['arguments that are JSON text', call(list('"arguments":"{\\"page\\":1}"')), 1, 'is called'],
  ['an empty list of arguments', call(list('"arguments":[]')), 1, 'is called'],
  ['_meta that is null', call(list('"_meta":null')), 1, 'is called'],
  ['a progress token that is null', call(list('"_meta":{"progressToken":null}')), 1, 'is called'],
  ['all that can be null', call(list('"_meta":null,"arguments":null')), 1, 'is called'],
  ['a member that JSON-RPC does not know', call(list('')).replace('{', '{"extra":1,'), 1, 'is called'],
  ['a request that is an answer, too', call(list('')).replace('{', '{"result":{},'), 1, 'is called'],
  ['an id with more digits than a double', call(list(''), '99999999999999999999'), 1e20, 'is called'],
  ['an id that is an empty text', call(list(''), '""'), '', 'is called'],
  ['params that are null', request('ping', 'null'), 1, 'has a result'],
  ['a cursor that is null', request('tools/list', '{"cursor":null}'), 1, 'has a result'],
  ['a cursor that is an empty text', request('tools/list', '{"cursor":""}'), 1, 'has a result'],
  ['a list whose _meta is null', request('tools/list', '{"_meta":null}'), 1, 'has a result'],
  ['an unknown method', request('server/discover', '{}'), 1, -32601],
  ['params that are a list', request('server/discover', '[]'), 1, -32600],
  ['_meta that is a text', request('server/discover', '{"_meta":"x"}'), 1, -32600],
  ['a progress token that is an object', call(list('"_meta":{"progressToken":{}}')), 1, -32600],
  ['a task that is none', call(list('"_meta":{"io.modelcontextprotocol/related-task":5}')), 1, -32600],
  ['a call without a name', call('{}'), 1, -32600],
  ['a call without params', '{"jsonrpc":"2.0","id":1,"method":"tools/call"}', 1, -32600],
  ['two names', call('{"name":"a","name":"list_snapshot_components"}'), 1, -32600],
  ['half a surrogate pair', call(list('"arguments":{"snapshot":"\\ud800"}')), 1, -32600],
  ['nesting without end', call(list(`"arguments":${'['.repeat(5_000)}${']'.repeat(5_000)}`)), 1, -32600],
  ['no version', '{"id":1,"method":"ping"}', 1, -32600],
  ['a fraction as id', call(list(''), '1.5'), 1.5, -32600],
  ['an id that is null', call(list(''), 'null'), null, -32600],
  ['an id that is an object', call(list(''), '{}'), null, -32600],
  ['two ids', '{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}', null, -32600],
  ['a batch', `[${call(list(''))}]`, 1, 'is called'],
  ['a batch of nothing that is a message', '[1, [2]]', null, -32600],
  ['no JSON', '{"jsonrpc":', null, -32600],
  ['an answer that nobody waits for', '{"jsonrpc":"2.0","id":77}', 77, -32600],
];

describe.each(SERVED)('our server %s', (_, command) => {
  test('answers every request, however odd it is, and goes on', async () => {
    const session = serve(command);
    await session.open();
    for (const [what, line, id, expected] of ODD) {
      const answered = session.answerTo(id);
      session.send(line);
      const { result, error } = await answered;
      const answer = error?.code ?? (result.structuredContent === undefined ? 'has a result' : 'is called');
      expect([what, answer]).toEqual([what, expected]);
      expect(JSON.stringify(error ?? null).length).toBeLessThan(300);
    }
    expect(session.received).toHaveLength(ODD.length + 1);
    expect((await session.request('ping')).result).toEqual({});
  });

  test('answers a line that is too long, under its id where that is found', async () => {
    const session = serve(command);
    await session.open();
    const long = 'x'.repeat(65 * 1024 * 1024);
    const [found, none] = [session.answerTo('long'), session.answerTo(null)];
    session.send(call(list(`"arguments":{"snapshot":"${long}"}`), '"long"'));
    expect((await found).error).toMatchObject({ code: -32600, message: expect.stringContaining('64 MiB') });
    session.send(long);
    expect((await none).error.code).toBe(-32600);
    expect((await session.request('ping')).result).toEqual({});
  });

  test('takes a line of some megabytes', async () => {
    const session = serve(command);
    await session.open();
    const { result } = await session.call('list_snapshot_components', {
      snapshot: 'x'.repeat(20 * 1024 * 1024),
    });
    expect(result.isError).toBe(true);
  });

  test('answers a wrong initialize in short words, and takes the right one after it', async () => {
    const session = serve(command);
    for (const params of [
      {},
      { ...INITIALIZE, capabilities: { roots: 5 } },
      { ...INITIALIZE, clientInfo: { name: 'raw', version: null } },
    ]) {
      const { error } = await session.request('initialize', params);
      expect(error.code).toBe(-32600);
      expect(error.message.length).toBeLessThan(200);
    }
    await session.open();
    expect((await session.call('list_snapshot_components')).result.structuredContent).toBeDefined();
  });

  test('takes an initialize with nulls for what the client has not, and one with more than MCP knows', async () => {
    for (const params of [
      { ...INITIALIZE, capabilities: { elicitation: {}, roots: null, sampling: null, experimental: null } },
      { ...INITIALIZE, clientInfo: { ...INITIALIZE.clientInfo, title: null, icons: null, websiteUrl: '' } },
      { ...INITIALIZE, clientInfo: { ...INITIALIZE.clientInfo, icons: 5 } },
    ]) {
      const session = serve(command);
      expect((await session.request('initialize', params)).error).toBeUndefined();
      expect((await session.call('list_snapshot_components')).result.structuredContent).toBeDefined();
    }
  });

  test('refuses a second request under an id that is open', async () => {
    const session = serve(command);
    await session.open();
    const line = call(list(''), '"twice"');
    session.send(`${line}\n${line}`);
    const answers = () => session.received.filter(({ id }) => id === 'twice');
    await vi.waitFor(() => expect(answers()).toHaveLength(2), { timeout: 20_000 });
    const codes = answers().map(({ error }) => error?.code ?? null);
    expect(codes.sort()).toEqual([-32600, null]);
  });
});

test('what the MCP library would answer with a dump of its own is answered in our words', async () => {
  const session = serve([]);
  await session.open();
  for (const params of [undefined, {}, { uri: 5 }]) {
    const { error } = await session.request('resources/read', params);
    expect(error).toEqual({ code: -32602, message: expect.stringMatching(/uri is to be a text$/) });
  }
  for (const method of ['resources/list', 'resources/templates/list'])
    expect((await session.request(method, { cursor: 5 })).error).toBeUndefined();
});
