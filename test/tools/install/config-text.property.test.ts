// However a JSON file with comments is laid out, one entry is added, changed and taken out, and nothing else.
import fc from 'fast-check';
import { parse } from 'jsonc-parser';
import { expect, it } from 'vitest';
import { type ConfigPlace, withEntry } from '../../../tools/install/config/config-text.ts';

const PLACE: ConfigPlace = { file: 'mcp.json', format: 'jsonc', keys: ['servers'] };
const ENTRY = { command: '/opt/node', args: ['serve'] };

const trivia = fc
  .array(
    fc.constantFrom(' ', '\n', '\n  ', '\t', '\r\n', '// a, "b": {\n', '/* } , */', '/* two\nlines */ '),
    { maxLength: 3 },
  )
  .map((parts) => parts.join(''));
const scalar = fc.constantFrom(
  '1',
  '-0.0',
  '1e3',
  'true',
  'null',
  '""',
  '"}, // no comment"',
  '"\\u00e9\\/"',
  '[]',
  '[1,\n 2]',
);
const key = fc.constantFrom('a', 'b', 'servers', 'wassette', 'c d');

/** The text of an object, with trivia wherever it may be. */
const object: fc.Arbitrary<string> = fc.letrec<{ object: string; value: string }>((tie) => ({
  value: fc.oneof({ depthSize: 'small', withCrossShrink: true }, scalar, tie('object')),
  object: fc
    .record({
      properties: fc.uniqueArray(fc.tuple(key, tie('value'), trivia, trivia, trivia, trivia), {
        selector: ([name]) => name,
        maxLength: 4,
      }),
      comma: fc.boolean(),
      inside: trivia,
    })
    .map(({ properties, comma, inside }) => {
      const parts = properties.map(
        ([name, value, a, b, c, d]) => `${a}${JSON.stringify(name)}${b}:${c}${value}${d}`,
      );
      return `{${parts.join(',')}${comma && parts.length > 0 ? ',' : ''}${inside}}`;
    }),
})).object;

/** With objects of servers that are none, a client starts nothing. */
const isUsable = (text: string) => {
  const { servers } = parse(text);
  return (
    servers === undefined || (typeof servers === 'object' && servers !== null && !Array.isArray(servers))
  );
};

const commentsOf = (text: string) => text.match(/\/\/ a, "b": \{|\/\* \} , \*\/|\/\* two\nlines \*\//g) ?? [];

it('adds, changes and removes it', () => {
  fc.assert(
    fc.property(
      fc
        .tuple(trivia, object, trivia)
        .map((parts) => parts.join(''))
        .filter(isUsable),
      (text) => {
        const before = parse(text);
        const added = withEntry(text, PLACE, 'wassette', ENTRY);
        expect(parse(added)).toEqual({ ...before, servers: { ...before.servers, wassette: ENTRY } });
        const removed = withEntry(added, PLACE, 'wassette', undefined);
        const { wassette: _wassette, ...others } = before.servers ?? {};
        expect(parse(removed)).toEqual({ ...before, servers: others });
        const hadNone = before.servers !== undefined && before.servers.wassette === undefined;
        if (hadNone && Object.keys(before.servers).length > 0) expect(removed).toBe(text);
        else if (before.servers?.wassette === undefined)
          expect(commentsOf(removed)).toEqual(commentsOf(text));
        const withoutIt = withEntry(text, PLACE, 'wassette', undefined);
        expect(parse(withoutIt)).toEqual(
          before.servers === undefined ? before : { ...before, servers: others },
        );
      },
    ),
    { numRuns: 500 },
  );
});
