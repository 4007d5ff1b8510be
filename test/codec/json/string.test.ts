import { describe, expect, it } from 'vitest';
import { JsonTokenizer } from '../../../src/codec/json/tokenizer.ts';
import { JsonTreeReader } from '../../../src/codec/json/tree.ts';
import { LIMITS } from '../../../src/codec/limits.ts';
import { failing } from '../../fixtures/failing.ts';
import { events, eventsOf, expectRefused, INVALID } from './events.ts';

/** Reads a string whose bytes begin at every alignment, as far as a reader of four bytes at a time can tell. */
function read(text: string, padding: number): unknown {
  const reader = new JsonTreeReader({ limits: LIMITS });
  const bytes = Buffer.from(`{"k":${' '.repeat(padding)}["${text}"]}`, 'latin1');
  reader.push(new Uint8Array(bytes));
  return reader.end();
}

it('an unescaped control character is refused wherever it stands in a string, however long that is', () => {
  for (const length of [1, 5, 33, 64, 65, 66, 67, 68, 100, 131]) {
    for (let padding = 0; padding < 4; padding++) {
      expect(read('x'.repeat(length), padding)).toEqual({ k: ['x'.repeat(length)] });
      for (let at = 0; at < length; at++) {
        const text = `${'x'.repeat(at)}\u0001${'x'.repeat(length - at - 1)}`;
        expect(() => read(text, padding), `at ${at} of ${length}, padded by ${padding}`).toThrow(
          failing('FORMAT_INVALID'),
        );
      }
    }
  }
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
