import { describe, expect, it } from 'vitest';
import { type JsonHandler, JsonTokenizer } from '../../../src/codec/json/tokenizer.ts';
import { failing } from '../../fixtures/failing.ts';

const INVALID = failing('FORMAT_INVALID', { hint: expect.any(String) });
const TOO_MUCH = failing('FORMAT_LIMIT_EXCEEDED', { hint: expect.any(String) });
type Cut = (bytes: Buffer) => Buffer[];

/** Every text is read whole, byte by byte and cut at random; the cuts are the same in each run. */
const CUTS: [string, Cut][] = [
  ['whole', (bytes) => [bytes]],
  ['byte by byte', (bytes) => [...bytes].map((byte) => Buffer.from([byte]))],
  ...[1, 2, 3, 4].map((seed): [string, Cut] => [`cut at random (${seed})`, (bytes) => randomly(bytes, seed)]),
];

function randomly(bytes: Buffer, seed: number): Buffer[] {
  const chunks: Buffer[] = [];
  let state = seed;
  for (let at = 0; at < bytes.length; ) {
    state = (state * 48271) % 2147483647;
    const size = state % (seed * 7);
    chunks.push(bytes.subarray(at, at + size));
    at += size;
  }
  return chunks;
}

/** The events, with the pieces of a string joined. */
function events(chunks: readonly Uint8Array[], maxDepth = 64): string[] {
  const seen: string[] = [];
  let pieces: Buffer[] = [];
  const handler: JsonHandler = {
    beginObject: () => seen.push('{'),
    endObject: () => seen.push('}'),
    beginArray: () => seen.push('['),
    endArray: () => seen.push(']'),
    beginString: () => {
      pieces = [];
      return 'text';
    },
    piece: (bytes) => pieces.push(Buffer.from(bytes)),
    endString: (isKey) => seen.push(`${isKey ? 'key' : 'string'} ${Buffer.concat(pieces)}`),
    number: (text) => seen.push(`number ${text}`),
    literal: (value) => seen.push(String(value)),
    path: () => [],
  };
  const tokenizer = new JsonTokenizer(handler, maxDepth);
  for (const chunk of chunks) tokenizer.push(chunk);
  tokenizer.end();
  return seen;
}

function eventsOf(text: string | Buffer, maxDepth = 64): string[] {
  const bytes = Buffer.from(text as string, 'utf8');
  const whole = events([bytes], maxDepth);
  for (const [, cut] of CUTS) expect(events(cut(bytes), maxDepth)).toEqual(whole);
  return whole;
}

function expectRefused(text: string | Buffer, error: unknown, maxDepth = 64): void {
  const bytes = Buffer.from(text as string, 'utf8');
  for (const [name, cut] of CUTS) {
    expect(() => events(cut(bytes), maxDepth), name).toThrowError(error as Error);
  }
}

function offsetOfFault(chunks: readonly Uint8Array[]): number {
  try {
    events(chunks);
  } catch (error) {
    return (error as { details: { offset: number } }).details.offset;
  }
  throw new Error('nothing was thrown');
}

describe('a JSON text', () => {
  it('becomes events in its own order', () => {
    expect(eventsOf(' {"a" : [1, -2.5e+3, true,false,null,"x",{}], "":[]}\r\n\t')).toEqual(
      [
        '{',
        'key a',
        '[',
        'number 1',
        'number -2.5e+3',
        'true',
        'false',
        'null',
        'string x',
        '{',
        '}',
        ']',
      ].concat(['key ', '[', ']', '}']),
    );
  });

  it.each(['0', '-0', '10', '1.5', '0.0', '1e5', '1E-5', '-1.25e+10', '123456789012345678901234567890'])(
    'may be the number %s',
    (text) => {
      expect(eventsOf(text)).toEqual([`number ${text}`]);
      expect(eventsOf(`[${text}]`)).toEqual(['[', `number ${text}`, ']']);
    },
  );

  it.each(['true', 'false', 'null'])('may be %s', (text) => {
    expect(eventsOf(` ${text} `)).toEqual([text]);
  });

  it.each([
    ['empty', ''],
    ['white space', ' \n'],
    ['a value after the value', '{} {}'],
    ['a comma after the value', '1,'],
    ['a colon after the value', '"a":1'],
    ['a bracket after the value', '[]]'],
    ['a byte-order mark', '\ufeff{}'],
    ['a NUL byte', '\0'],
    ['white space that JSON does not know', '[1,\f2]'],
    ['a no-break space', '[1,\u00a02]'],
    ['a comment', '[1]//'],
    ['a trailing comma in an array', '[1,]'],
    ['a trailing comma in an object', '{"a":1,}'],
    ['a leading comma', '[,1]'],
    ['two commas', '[1,,2]'],
    ['a missing comma', '[1 2]'],
    ['a missing comma between members', '{"a":1 "b":2}'],
    ['a missing colon', '{"a" 1}'],
    ['a comma for a colon', '{"a",1}'],
    ['two colons', '{"a"::1}'],
    ['a missing value', '{"a":}'],
    ['a missing key', '{:1}'],
    ['a key alone', '{"a"}'],
    ['a number as key', '{1:1}'],
    ['a literal as key', '{null:1}'],
    ['a container as key', '{[]:1}'],
    ['a colon in an array', '["a":1]'],
    ['the wrong bracket for an object', '{"a":1]'],
    ['the wrong bracket for an array', '[1}'],
    ['a closing bracket alone', '}'],
    ['single quotes', "['a']"],
    ['a word', 'undefined'],
    ['a literal cut short', '[tru]'],
    ['a literal with the wrong letter', '[nuLl]'],
    ['a literal with something attached', '[nullx]'],
    ['two literals in a row', 'nulltrue'],
    ['a number with a literal attached', '[1true]'],
    ['NaN', 'NaN'],
    ['infinity', '-Infinity'],
  ])('may not be or hold %s', (_name, text) => expectRefused(text, INVALID));

  it.each([
    '-',
    '+1',
    '01',
    '-01',
    '00',
    '.5',
    '1.',
    '1.e5',
    '1e',
    '1e+',
    '1e5.5',
    '0x10',
    '1-2',
    '--1',
    '1..2',
    '1_0',
  ])('may not hold the number %s', (text) => {
    expectRefused(text, INVALID);
    expectRefused(`{"a":[${text}]}`, INVALID);
  });

  it.each([
    '{',
    '[',
    '{"a"',
    '{"a":',
    '{"a":1',
    '{"a":1,',
    '[1,',
    '"a',
    '"',
    '"\\',
    '"\\u12',
    '"\\ud83d',
    'tr',
    '"\u00e4',
  ])('is refused where it stops after %s', (text) => expectRefused(text, INVALID));

  it('that is wrong is refused with the byte at which it goes wrong, however it is cut', () => {
    for (const [, cut] of CUTS) {
      expect(offsetOfFault(cut(Buffer.from('{"a": 1, "b": x}')))).toBe(14);
      expect(offsetOfFault(cut(Buffer.from('[  012 ]')))).toBe(3);
      expect(offsetOfFault(cut(Buffer.from('["abc\ndef"]')))).toBe(5);
      expect(offsetOfFault(cut(Buffer.from(`["${'x'.repeat(5000)}\u0001"]`)))).toBe(5002);
    }
  });

  it('is never quoted by the error that refuses it', () => {
    for (const text of ['hunter2', '"hunter2\n"', '[hunter2]', '{"a" hunter2}']) {
      expect(() => events([Buffer.from(text)])).not.toThrowError(/hunter|[\n]/);
      expect(() => events([Buffer.from(text)])).toThrowError();
    }
  });
});

describe('arrays and objects in a JSON text', () => {
  it('may be nested as deep as the limit', () => {
    expect(eventsOf('[[{}]]', 3)).toEqual(['[', '[', '{', '}', ']', ']']);
    expect(eventsOf('[[],[],{"a":[]}]', 3)).toHaveLength(11);
  });

  it('may not be nested deeper than the limit', () => {
    expectRefused('[[[]]]', TOO_MUCH, 2);
    expectRefused('{"a":{"b":{}}}', TOO_MUCH, 2);
    expectRefused('[', TOO_MUCH, 0);
    expect(() => events([Buffer.alloc(1_000_000, '[')])).toThrowError(TOO_MUCH);
  });
});

describe('a number in a JSON text', () => {
  it('may have many digits, but not without end', () => {
    expect(eventsOf(`[1.${'0'.repeat(1000)}]`)).toEqual(['[', `number 1.${'0'.repeat(1000)}`, ']']);
    expectRefused(`[${'1'.repeat(1024)}]`, TOO_MUCH);
    expectRefused('1'.repeat(5000), TOO_MUCH);
  });
});

describe('a string in a JSON text', () => {
  /** Long enough for each way a string is read: byte by byte, gathered, and handed over in place. */
  const LENGTHS = [0, 1, 31, 32, 33, 100, 990, 1000, 1024, 2000, 40_000];

  it.each(LENGTHS)('passes with %i characters around an escape', (length) => {
    for (const filler of ['x', 'ä', '語', '😀']) {
      const text = `${filler.repeat(length)}"${filler.repeat(length)}`;
      expect(events([Buffer.from(JSON.stringify(text))])).toEqual([`string ${text}`]);
      if (length < 2000) expect(eventsOf(JSON.stringify(text))).toEqual([`string ${text}`]);
    }
  });

  it('may be a key of any length', () => {
    for (const length of LENGTHS) {
      const key = 'k'.repeat(length);
      expect(events([Buffer.from(`{"${key}":1}`)])).toEqual(['{', `key ${key}`, 'number 1', '}']);
    }
  });

  it('has its escapes undone', () => {
    expect(eventsOf('"\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\u00e4\\u8A9e\\ud83d\\uDE00\\u0000"')).toEqual([
      'string "\\/\b\f\n\r\tAä語😀\0',
    ]);
  });

  it('does not fall into tiny pieces when it is full of escapes', () => {
    let pieces = 0;
    const ignore = () => {};
    const handler = {
      beginObject: ignore,
      endObject: ignore,
      beginArray: ignore,
      endArray: ignore,
      beginString: () => 'text' as const,
    };
    const tokenizer = new JsonTokenizer(
      {
        ...handler,
        endString: ignore,
        number: ignore,
        literal: ignore,
        path: () => [],
        piece: () => pieces++,
      },
      1,
    );
    tokenizer.push(Buffer.from(`"${'QUJD\\/'.repeat(20_000)}"`));
    tokenizer.end();
    expect(pieces).toBeLessThan(10);
  });

  it.each([
    ['an unknown escape', '"\\x41"'],
    ['a single-quote escape', '"\\\'"'],
    ['an escaped line break', '"\\\n"'],
    ['an escape of a byte that is not ASCII', '"\\ä"'],
    ['an upper-case \\U', '"\\U0041"'],
    ['three hexadecimal digits', '"\\u041"'],
    ['a sign in hexadecimal digits', '"\\u+041"'],
    ['a space in hexadecimal digits', '"\\u 041"'],
    ['a high surrogate alone', '"\\ud83d"'],
    ['a high surrogate before a character', '"\\ud83dx"'],
    ['a high surrogate before an escape', '"\\ud83d\\n"'],
    ['a high surrogate before another', '"\\ud83d\\ud83d\\ude00"'],
    ['a high surrogate before a unit that is none', '"\\ud83d\\u0041"'],
    ['a low surrogate alone', '"\\ude00"'],
    ['surrogates in the wrong order', '"\\ude00\\ud83d"'],
  ])('may not hold %s', (_name, text) => {
    expectRefused(text, INVALID);
    expectRefused(`{${text}:1}`, INVALID);
  });

  it.each([0, 1, 8, 9, 10, 13, 27, 31])(
    'may not hold the control character %i, wherever that stands',
    (code) => {
      const control = String.fromCharCode(code);
      for (const length of LENGTHS) {
        const text = `"${'x'.repeat(length)}${control}${'x'.repeat(length % 7)}"`;
        expect(() => events([Buffer.from(text)])).toThrowError(INVALID);
        expect(() => events([Buffer.from(`"x${text.slice(1)}`)])).toThrowError(INVALID);
      }
      expectRefused(`{"a${control}":1}`, INVALID);
    },
  );

  it('may hold DEL and every character from a space up', () => {
    const text = ' !#[]^~\x7f\x80\u2028\ufeff\uffff\u{10ffff}';
    expect(eventsOf(`"${text}"`)).toEqual([`string ${text}`]);
  });

  it.each([
    ['a continuation byte alone', [0x80]],
    ['an overlong slash of two bytes', [0xc0, 0xaf]],
    ['an overlong slash of three bytes', [0xe0, 0x80, 0xaf]],
    ['an overlong slash of four bytes', [0xf0, 0x80, 0x80, 0xaf]],
    ['an overlong NUL', [0xc0, 0x80]],
    ['an encoded surrogate', [0xed, 0xa0, 0x80]],
    ['an encoded surrogate pair', [0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80]],
    ['a character beyond U+10FFFF', [0xf4, 0x90, 0x80, 0x80]],
    ['a byte that UTF-8 never has', [0xff]],
    ['a lead byte of five', [0xf8, 0x88, 0x80, 0x80, 0x80]],
    ['a sequence cut short by ASCII', [0xe8, 0xaa, 0x41]],
    ['a sequence cut short by another', [0xe8, 0xaa, 0xc3, 0xa4]],
    ['a sequence cut short by the end', [0xe8, 0xaa]],
    ['a lead byte at the end', [0xf0]],
    ['a sequence cut by an escape', [0xc3, 0x5c, 0x6e]],
    ['one continuation byte too many', [0xc3, 0xa4, 0xa4]],
  ])('may not hold %s', (_name, bad) => {
    for (const before of LENGTHS) {
      for (const after of [0, 1, 50, 2000]) {
        const text = Buffer.concat([
          Buffer.from(`"${'x'.repeat(before)}`),
          Buffer.from(bad),
          Buffer.from(`${'x'.repeat(after)}"`),
        ]);
        expect(() => events([text])).toThrowError(INVALID);
        const cut = 1 + before + 1;
        expect(() => events([text.subarray(0, cut), text.subarray(cut)])).toThrowError(INVALID);
      }
    }
    expectRefused(Buffer.concat([Buffer.from('{"a'), Buffer.from(bad), Buffer.from('":1}')]), INVALID);
  });

  it('may be cut anywhere inside a character, also before a long run', () => {
    for (const character of ['ä', '語', '😀']) {
      const bytes = Buffer.from(`"x${character}${'y'.repeat(3000)}${character}"`);
      for (let at = 1; at < 8; at++) {
        for (const cut of [at, bytes.length - at]) {
          const seen = events([bytes.subarray(0, cut), bytes.subarray(cut)]);
          expect(seen).toEqual([`string ${JSON.parse(bytes.toString())}`]);
        }
      }
    }
  });
});
