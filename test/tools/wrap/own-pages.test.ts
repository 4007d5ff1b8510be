// Our page in a session with a wrapped server: it is ours, and shows nothing of the other.
import { describe, expect, it } from 'vitest';
import { settled, unopened, wired } from '../../fixtures/servers/multiplexed.ts';

const OURS = 'ui://wassette-state/review';
const reading = (uri: unknown) =>
  JSON.stringify({ jsonrpc: '2.0', id: 5, method: 'resources/read', params: { uri } });

describe('a page', () => {
  it('of ours is asked of us alone', () => {
    const { multiplexer, take, sent } = wired();
    multiplexer.receive('client', reading(OURS));
    const { value } = take('own');
    expect(value).toMatchObject({ method: 'resources/read', params: { uri: OURS } });
    multiplexer.receive('own', JSON.stringify({ jsonrpc: '2.0', id: value.id, result: { contents: [] } }));
    expect(take('client').value).toEqual({ jsonrpc: '2.0', id: 5, result: { contents: [] } });
    expect(sent).toEqual([]);
  });

  it.each(['ui://weather/forecast', 'file:///a', 7])('of the other, %j, is asked of it', (uri) => {
    const { multiplexer, take } = wired();
    multiplexer.receive('client', reading(uri));
    expect(take('child').value).toMatchObject({ method: 'resources/read' });
  });
});

it('a client is told that there are resources, which the other may have besides', () => {
  for (const [capabilities, resources] of [
    [{}, {}],
    [{ resources: { subscribe: true } }, { subscribe: true }],
  ]) {
    const { multiplexer, take, answer } = unopened();
    multiplexer.receive(
      'client',
      '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"x","version":"1"}}}',
    );
    answer(take('child'), {
      protocolVersion: '2025-06-18',
      capabilities,
      serverInfo: { name: 'a', version: '1' },
    });
    expect(take('client').value.result.capabilities).toMatchObject({ resources });
  }
});

describe.each([
  ['resources/list', { resources: [] }],
  ['resources/templates/list', { resourceTemplates: [] }],
])('%s', (method, empty) => {
  const request = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: {} });

  it('is empty where the other has no resources, and it is not asked: it may answer anything, or end', () => {
    for (const serverInfo of [
      { name: 'rmcp', version: '3.5.0' },
      { name: 'rmcp', version: '0.2.0' },
    ]) {
      const { multiplexer, take, sent } = wired(serverInfo);
      multiplexer.receive('client', request);
      expect(take('client').value).toEqual({ jsonrpc: '2.0', id: 1, result: empty });
      expect(sent).toEqual([]);
    }
  });

  it('is asked of the other where it has some', () => {
    const { multiplexer, take, answer } = wired(undefined, { resources: {} });
    multiplexer.receive('client', request);
    answer(take('child'), { some: 1 });
    expect(take('client').value.result).toEqual({ some: 1 });
  });
});

describe('a tool of the other', () => {
  async function listed(tool: string): Promise<unknown> {
    const { multiplexer, take } = wired();
    multiplexer.receive('client', '{"jsonrpc":"2.0","id":1,"method":"tools/list"}');
    const { id } = take('child').value;
    multiplexer.receive('child', `{"jsonrpc":"2.0","id":${id},"result":{"tools":[${tool}]}}`);
    await settled();
    return take('client').value.result.tools[0];
  }

  it.each([
    [`{"ui":{"resourceUri":"${OURS}"}}`, {}],
    [`{"a":1,"ui":{"resourceUri":"${OURS}","visibility":["app"]}}`, { a: 1 }],
    [`{"ui/resourceUri":"${OURS}"}`, {}],
    ['{"ui":{"resourceUri":"ui:\\u002f/wassette-state/other"}}', {}],
    ['{"ui":{"resourceUri":" UI://Wassette-State/review"}}', {}],
    [`{"ui":{"resourceUri":"ui://own/page"},"ui/resourceUri":"${OURS}"}`, {}],
  ])('is not shown in our page: %s', async (meta, left) => {
    expect(await listed(`{"name":"a","_meta":${meta}}`)).toEqual({ name: 'a', _meta: left });
  });

  it.each([
    `{"name":"a","_meta":{"ui":{"resourceUri":"${OURS}"}},"_meta":{}}`,
    `{"name":"a","_meta":{"ui":{"resourceUri":"${OURS}"},"ui":{}}}`,
    `{"name":"a","_meta":{"ui":{"resourceUri":"${OURS}","resourceUri":"ui://b"}}}`,
  ])('that says it twice, for readers that take the first, loses all of it: %s', async (tool) => {
    expect(await listed(tool)).toEqual({ name: 'a' });
  });

  it.each(['{"ui":{"resourceUri":"ui://own/page"},"b":[1]}', '{"a":1}', '7'])(
    'keeps what is its own: %s',
    async (meta) => {
      expect(await listed(`{"name":"a","_meta":${meta}}`)).toEqual({ name: 'a', _meta: JSON.parse(meta) });
    },
  );
});
