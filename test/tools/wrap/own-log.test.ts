// What the wrap tells the agent without being asked: a client that asks for a log level is answered, and has it.
import { describe, expect, it } from 'vitest';
import { unopened, wired } from '../../fixtures/servers/multiplexed.ts';

const setLevel = (level: unknown, id: unknown = 1) =>
  JSON.stringify({ jsonrpc: '2.0', id, method: 'logging/setLevel', params: { level } });

it('a client is told that there is a log, whatever the other has', () => {
  for (const [capabilities, logging] of [
    [{}, {}],
    [{ logging: { of: 'its own' } }, { of: 'its own' }],
  ]) {
    const { multiplexer, take, answer } = unopened();
    multiplexer.receive(
      'client',
      '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"x","version":"1"}}}',
    );
    const serverInfo = { name: 'a', version: '1' };
    answer(take('child'), { protocolVersion: '2025-06-18', capabilities, serverInfo });
    expect(take('client').value.result.capabilities).toMatchObject({ logging });
  }
});

describe.each([
  ['knows nothing of levels', { name: 'rmcp', version: '3.5.0' }],
  ['would end at the question', { name: 'rmcp', version: '0.9.1' }],
])('beside a server that %s', (_, serverInfo) => {
  it.each([
    ['debug', true],
    ['notice', true],
    ['warning', false],
    ['emergency', false],
  ])('the level %s is set for what is told from here: it is heard: %s', (level, isHeard) => {
    const { multiplexer, take, sent } = wired(serverInfo);
    multiplexer.receive('client', setLevel(level));
    expect(take('client').value).toEqual({ jsonrpc: '2.0', id: 1, result: {} });
    multiplexer.log('news');
    expect(sent.map(({ value }) => value.params)).toEqual(
      isHeard ? [{ level: 'notice', logger: 'wassette-state', data: 'news' }] : [],
    );
  });

  it.each(['loud', 5, null])('%s is no level', (level) => {
    const { multiplexer, take } = wired(serverInfo);
    multiplexer.receive('client', setLevel(level));
    expect(take('client').value).toMatchObject({ id: 1, error: { code: -32602 } });
  });
});

it('a server that has a log is asked for the level, too', () => {
  const { multiplexer, take, answer, sent } = wired(undefined, { logging: {} });
  multiplexer.receive('client', setLevel('error'));
  answer(take('child'), { its: 'answer' });
  expect(take('client').value.result).toEqual({ its: 'answer' });
  multiplexer.log('news');
  expect(sent).toEqual([]);
});
