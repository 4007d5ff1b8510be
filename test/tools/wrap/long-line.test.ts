import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { LongLine, MessageLines } from '../../../tools/messages/lines.ts';
import { wired } from '../../fixtures/servers/multiplexed.ts';

describe('a line that is too long', () => {
  /** What is found of a line that arrives in pieces of this size. */
  function found(line: string, size: number) {
    const long = new LongLine();
    const bytes = Buffer.from(line);
    for (let at = 0; at < bytes.length; at += size) long.push(bytes.subarray(at, at + size));
    return { id: long.id, hasMethod: long.hasMethod };
  }

  it.each([
    ['{"jsonrpc":"2.0","result":{"id":1,"method":"x"},"id":7}', '7', false],
    ['{"jsonrpc":"2.0","id":"a\\u00e4\\"\\n","method":"x"}', '"aä\\"\\n"', true],
    ['{"id":1,"result":["}]{[\\"id\\":2"],"id" : 12e2 , "x":3}', '1200', false],
    ['{"i\\u0064":"ä","result":"\\ud800 \\\\"}', '"ä"', false],
    ['{"method":"notifications/x","params":{"id":1}}', null, true],
    ['{"id":null,"id":{"id":3},"result":[]}', null, false],
    [`{"id":"${'x'.repeat(20_000)}","result":[]}`, null, false],
    ['{"result":"x" oops "id":5}', null, false],
    ['[{"id":1,"method":"x"}]', null, false],
    ['"id":1', null, false],
  ])('has its id found wherever it stands: %s', (line, id, hasMethod) => {
    for (const size of [1, 3, 7, line.length]) expect(found(line, size)).toEqual({ id, hasMethod });
  });

  it('ends one request, of whichever side, and the lines after it are read', async () => {
    const input = new PassThrough();
    const seen: string[] = [];
    const lines = new MessageLines(input, new PassThrough(), {
      onLine: (line) => seen.push(line),
      onTooLong: ({ id }) => seen.push(`too long: ${id}`),
      onEnd: () => seen.push('end'),
    });
    expect(lines).toBeDefined();
    const piece = Buffer.alloc(1024 * 1024, 'x');
    input.write('first\n{"jsonrpc":"2.0","result":"');
    for (let written = 0; written <= 64 * 1024 * 1024; written += piece.length) input.write(piece);
    input.end('","id":5}\nlast\n');
    await new Promise((resolve) => input.once('close', resolve));
    expect(seen.slice(0, 3)).toEqual(['first', 'too long: 5', 'last']);
  });

  const line = (text: string) => {
    const long = new LongLine();
    long.push(Buffer.from(text));
    return long;
  };

  it('of the client is answered -32600 under its id, or under none', () => {
    const { multiplexer, take, sent } = wired();
    multiplexer.receiveTooLong('client', line('{"id":5,"method":"tools/call"}'));
    expect(take('client').value).toMatchObject({ id: 5, error: { code: -32600 } });
    multiplexer.receiveTooLong('client', line('junk'));
    expect(take('client').value).toMatchObject({ id: null, error: { code: -32600 } });
    multiplexer.receiveTooLong('client', line('{"method":"notifications/x"}'));
    expect(sent).toEqual([]);
  });

  it('of Wassette ends the request that it answers, or the only one that waits', () => {
    const { multiplexer, take, sent } = wired();
    const ask = (id: number) => {
      multiplexer.receive(
        'client',
        `{"jsonrpc":"2.0","id":${id},"method":"tools/call","params":{"name":"a"}}`,
      );
      return take('child').value.id as number;
    };
    const [first, second] = [ask(1), ask(2)];
    multiplexer.receiveTooLong('child', line(`{"result":"","id":${second}}`));
    expect(take('client').value).toMatchObject({ id: 2, error: { code: -32000 } });
    multiplexer.receiveTooLong('child', line('{"method":"notifications/message"}'));
    expect(sent).toEqual([]);
    multiplexer.receiveTooLong('child', line('junk'));
    expect(take('client').value).toMatchObject({ id: 1, error: { code: -32000 } });
    multiplexer.receive('child', `{"jsonrpc":"2.0","id":${first},"result":{}}`);
    expect(sent).toEqual([]);
  });
});

it('what is written last, without an end of line, is a line when no more is expected', async () => {
  const input = new PassThrough();
  const seen: string[] = [];
  const lines = new MessageLines(input, new PassThrough(), {
    onLine: (line) => seen.push(line),
    onTooLong: () => seen.push('too long'),
    onEnd: () => undefined,
  });
  input.write('first\nPass');
  input.end('word: ');
  await new Promise((resolve) => input.once('end', resolve));
  expect(seen).toEqual(['first']);
  lines.takeRest();
  lines.takeRest();
  expect(seen).toEqual(['first', 'Password: ']);
});
