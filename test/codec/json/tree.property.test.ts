// Laws of the JSON reader: it reads what JSON.stringify writes, however it is cut, and it accepts what JSON.parse
// accepts, apart from what is refused on purpose.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JsonTreeReader, type JsonValue } from '../../../src/codec/json/tree.ts';
import { FormatError } from '../../../src/errors.ts';

const LIMITS = { depth: 64, documentBytes: 10_000_000, values: 1_000_000 };
const LONE_SURROGATE = /\p{Surrogate}/u;
const sizes = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 5 });
const keys = fc.string({ unit: 'binary', maxLength: 40 }).filter((key) => key !== '__proto__');
const numbers = fc.oneof(
  fc.maxSafeInteger(),
  fc.double({ min: -(2 ** 53) + 1, max: 2 ** 53 - 1, noNaN: true }),
);
const strings = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme', maxLength: 200 }),
  fc
    .tuple(fc.string({ unit: 'binary', minLength: 1, maxLength: 5 }), fc.nat(3000))
    .map(([unit, n]) => unit.repeat(n)),
);
const { value } = fc.letrec<{ value: JsonValue; object: { [key: string]: JsonValue } }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    fc.constantFrom(null, true, false),
    numbers,
    strings,
    fc.array(tie('value'), { maxLength: 5 }),
    tie('object'),
  ),
  object: fc.dictionary(keys, tie('value'), { maxKeys: 5, noNullPrototype: true }),
}));
const objects = fc.dictionary(keys, value, { maxKeys: 6, noNullPrototype: true });

function read(
  bytes: Buffer,
  pattern: readonly number[],
  divert?: ConstructorParameters<typeof JsonTreeReader>[0]['divert'],
) {
  const reader = new JsonTreeReader({ limits: LIMITS, divert });
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = pattern[turn % pattern.length]!;
    reader.push(Buffer.from(bytes.subarray(at, at + size)));
    at += size;
  }
  return reader.end();
}

/** What JSON.parse makes of the bytes; undefined where it refuses, or where this reader refuses more on purpose. */
function expected(bytes: Buffer): JsonValue | undefined {
  let isRefused = false;
  let parsed: JsonValue;
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    parsed = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return undefined;
  let members = 0;
  const visit = (found: JsonValue): void => {
    if (typeof found === 'number') isRefused ||= Math.abs(found) > Number.MAX_SAFE_INTEGER;
    if (typeof found === 'string') isRefused ||= LONE_SURROGATE.test(found);
    if (typeof found !== 'object' || found === null) return;
    if (!Array.isArray(found)) {
      members += Object.keys(found).length;
      for (const key of Object.keys(found)) isRefused ||= key === '__proto__' || LONE_SURROGATE.test(key);
    }
    for (const inner of Object.values(found)) visit(inner);
  };
  visit(parsed);
  // Outside of strings every colon belongs to a member: a repeated key leaves fewer of them than colons.
  const colons = text.replace(/"(?:[^"\\]|\\.)*"/g, '').split(':').length - 1;
  return isRefused || colons !== members ? undefined : parsed;
}

describe('reading JSON', () => {
  it('gives what was written, however the text is cut and indented', () => {
    fc.assert(
      fc.property(objects, sizes, fc.constantFrom(undefined, 1, '\t'), (object, pattern, indent) => {
        const text = JSON.stringify(object, null, indent);
        expect(read(Buffer.from(text), pattern)).toEqual(JSON.parse(text));
      }),
      { numRuns: 300 },
    );
  });

  it('gives what was written when everything that may be is escaped', () => {
    fc.assert(
      fc.property(objects, sizes, (object, pattern) => {
        const text = JSON.stringify(object).replace(
          /[^\x20-\x7e]/g,
          (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
        );
        expect(read(Buffer.from(text), pattern)).toEqual(JSON.parse(text));
      }),
      { numRuns: 200 },
    );
  });

  it('gives a sink exactly the text that the tree would have, where that is written without escapes', () => {
    const plain = fc.string({ unit: 'grapheme' }).map((text) => text.replace(/["\\]|\p{Cc}/gu, ''));
    const record = fc.dictionary(keys, fc.oneof(plain, fc.array(plain), fc.dictionary(keys, plain)), {
      noNullPrototype: true,
    });
    fc.assert(
      fc.property(record, sizes, (object, pattern) => {
        const bytes = Buffer.from(JSON.stringify(object));
        const collected = read(bytes, pattern, () => {
          const pieces: Buffer[] = [];
          return {
            write: (piece) => pieces.push(Buffer.from(piece)),
            end: () => Buffer.concat(pieces).toString(),
          };
        });
        expect(collected).toEqual(JSON.parse(bytes.toString()));
      }),
      { numRuns: 200 },
    );
  });

  it('takes of damaged texts what JSON.parse takes, and refuses the rest with a FormatError', () => {
    const bytes = fc.oneof(fc.nat(255), fc.constantFrom(...Buffer.from('{}[]:,"\\ue-+.019tfn \n/d8D')));
    const edit = fc.record({ at: fc.nat(), remove: fc.nat(2), insert: fc.array(bytes, { maxLength: 2 }) });
    const small = fc.oneof(
      objects.map((object) => JSON.stringify(object)),
      fc.constant('{"a":[1,-2.5e+3,"\\ud83d\\ude00"],"b":{"c":null,"d":true},"e":"\\u00e4\\n"}'),
    );
    fc.assert(
      fc.property(small, fc.array(edit, { minLength: 1, maxLength: 3 }), sizes, (text, edits, pattern) => {
        let damaged = Buffer.from(text);
        for (const { at, remove, insert } of edits) {
          const place = at % (damaged.length + 1);
          const rest = damaged.subarray(place + remove);
          damaged = Buffer.concat([damaged.subarray(0, place), Buffer.from(insert), rest]);
        }
        const wanted = expected(damaged);
        if (wanted !== undefined) expect(read(damaged, pattern)).toEqual(wanted);
        else expect(() => read(damaged, pattern)).toThrowError(FormatError);
      }),
      { numRuns: 3000 },
    );
  });
});
