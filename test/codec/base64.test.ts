import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Base64Decoder, Base64Encoder } from '../../src/codec/base64.ts';
import { failing } from '../fixtures/failing.ts';

const INVALID = failing('FORMAT_INVALID', { hint: expect.any(String) });

function inPieces(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = sizes.length === 0 ? bytes.length : sizes[turn % sizes.length]!;
    pieces.push(bytes.subarray(at, at + size));
    at += size;
  }
  return pieces;
}

function decode(text: string, sizes: readonly number[] = []): Buffer {
  const decoder = new Base64Decoder();
  const out = inPieces(Buffer.from(text, 'latin1'), sizes).map((piece) => Buffer.from(decoder.write(piece)));
  decoder.end();
  return Buffer.concat(out);
}

function encode(bytes: Buffer, sizes: readonly number[] = []): string {
  const encoder = new Base64Encoder();
  const out = inPieces(bytes, sizes).map((piece) => Buffer.from(encoder.write(piece)));
  return Buffer.concat([...out, encoder.end()]).toString('latin1');
}

describe('Base64Decoder', () => {
  it.each([
    ['', ''],
    ['Zg==', 'f'],
    ['Zm8=', 'fo'],
    ['Zm9v', 'foo'],
    ['Zm9vYg==', 'foob'],
    ['Zm9vYmE=', 'fooba'],
    ['Zm9vYmFy', 'foobar'],
  ])('decodes the RFC 4648 vector %j', (text, expected) => {
    for (const sizes of [[], [1], [2], [3], [5]]) expect(decode(text, sizes).toString()).toBe(expected);
  });

  it.each([
    ['a letter too few', 'Zm9'],
    ['missing padding', 'Zg'],
    ['one padding character of two', 'Zg='],
    ['too much padding', 'Zm8=='],
    ['a group of padding', '===='],
    ['padding after one letter', 'Z==='],
    ['a group of padding after a whole one', 'Zm9v===='],
    ['padding in the middle', 'Zg==Zm9v'],
    ['padding inside a group', 'Zg=v'],
    ['padding at the start', '=Zm9'],
    ['text after the padding', 'Zm8=Zg=='],
    ['a letter after the padding', 'Zm8=Z'],
    ['padding after the padding', 'Zm8=='],
    ['unused bits that are not zero, one byte', 'Zh=='],
    ['unused bits that are not zero, two bytes', 'Zm9='],
    ['a line break', 'Zm9v\nYmFy'],
    ['white space that fills a group', 'Zm9v    YmFy'],
    ['a space at the end', 'Zm9v '],
    ['the URL-safe minus', 'Zm9-'],
    ['the URL-safe underscore', 'Zm9_'],
    ['NUL', 'Zm9\0'],
    ['a letter with its top bit set', 'Zm9\xf6'],
    ['a character outside the alphabet', 'Zm9%'],
    ['a foreign group after many good ones', `${'Zm9v'.repeat(40_000)}Zm9%${'Zm9v'.repeat(40_000)}`],
  ])('refuses %s', (_name, text) => {
    expect(() => decode(text)).toThrowError(INVALID);
    expect(() => decode(text, [3])).toThrowError(INVALID);
    expect(() => decode(text, [Math.max(1, text.length - 1), 1])).toThrowError(INVALID);
    if (text.length < 100) expect(() => decode(text, [1])).toThrowError(INVALID);
  });

  it('gives the bytes of whole groups at once', () => {
    const decoder = new Base64Decoder();
    expect(decoder.write(Buffer.from('Zm9vYm')).toString()).toBe('foo');
    expect(decoder.write(Buffer.from('F')).toString()).toBe('');
    expect(decoder.write(Buffer.from('yZg==')).toString()).toBe('barf');
    decoder.end();
  });

  it('accepts exactly the texts that encoding gives', () => {
    const letters = fc.constantFrom(...'AQgwZz09+/=-_ \n%');
    fc.assert(
      fc.property(
        fc.string({ unit: letters, maxLength: 16 }),
        fc.array(fc.integer({ min: 1, max: 5 })),
        (text, sizes) => {
          const bytes = Buffer.from(text, 'base64');
          if (bytes.toString('base64') === text) expect(decode(text, sizes)).toEqual(bytes);
          else expect(() => decode(text, sizes)).toThrowError(INVALID);
        },
      ),
      { numRuns: 1000 },
    );
  });
});

describe('Base64Encoder', () => {
  it('gives what Node gives for the whole, and the decoder takes it back', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 70_000 }), { maxLength: 4 });
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.nat(3), sizes, sizes, (seed, blocks, some, others) => {
        const bytes = Buffer.concat([Buffer.alloc(blocks * 40_000, 'seed'), seed]);
        const text = encode(bytes, some);
        expect(text === bytes.toString('base64')).toBe(true);
        expect(decode(text, others).equals(bytes)).toBe(true);
      }),
    );
  });

  it('does not change with the buffer it was given', () => {
    const encoder = new Base64Encoder();
    const bytes = Buffer.from('ab');
    encoder.write(bytes);
    bytes.fill(0);
    expect(encoder.end().toString()).toBe('YWI=');
  });
});
