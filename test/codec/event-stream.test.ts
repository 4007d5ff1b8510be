import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eventData } from '../../src/codec/event-stream.ts';

async function* chunked(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function dataOf(text: string | Uint8Array, size = 1_000): Promise<string[]> {
  const bytes = typeof text === 'string' ? Buffer.from(text) : text;
  const found: string[] = [];
  for await (const data of eventData(chunked(bytes, size))) found.push(data);
  return found;
}

describe('the data of an event stream', () => {
  it.each([
    ['of one event', 'data: a\n\n', ['a']],
    ['of a field without a space', 'data:a\n\n', ['a']],
    ['of lines that end with CR LF', 'data: a\r\n\r\ndata: b\r\n\r\n', ['a', 'b']],
    ['of lines that end with CR', 'data: a\r\rdata: b\r\r', ['a', 'b']],
    ['of an event of several lines', 'data: a\ndata: b\n\n', ['a\nb']],
    [
      'of an event with id, name, comment and delay',
      ': ping\nevent: message\nid: 1/0\nretry: 3000\ndata: a\n\n',
      ['a'],
    ],
    ['of events that carry nothing', 'data: \nid: 0\nretry: 3000\n\n: ping\n\n\n\ndata: a\n\n', ['a']],
    ['of an event behind a byte-order mark', '\ufeffdata: a\n\n', ['a']],
    ['of an event that was cut off', 'data: a\n\ndata: b\n', ['a']],
    ['of no event', '', []],
  ])('is read: %s', async (_, text, expected) => {
    expect(await dataOf(text)).toEqual(expected);
    expect(await dataOf(text, 1)).toEqual(expected);
  });

  it('is the same in chunks of any size, also within characters and line ends', async () => {
    const line = fc.stringMatching(/^[^\r\n]*$/).filter((text) => text.isWellFormed());
    await fc.assert(
      fc.asyncProperty(
        fc.array(line.filter((text) => text !== '')),
        fc.constantFrom('\n', '\r\n', '\r'),
        fc.integer({ min: 1, max: 9 }),
        async (texts, end, size) => {
          const stream = texts.map((text) => `: ü\u{1f600}${end}data: ${text}${end}${end}`).join('');
          expect(await dataOf(stream, size)).toEqual(texts);
        },
      ),
    );
  });

  it('is read in one go over the chunks of a long line', async () => {
    const long = 'x'.repeat(8 * 1024 * 1024);
    expect(await dataOf(`data: ${long}\n\n`, 512)).toEqual([long]);
  });

  it('is refused when it is not UTF-8', async () => {
    await expect(dataOf(Uint8Array.of(0x64, 0xff, 0x0a))).rejects.toThrow(TypeError);
  });
});
