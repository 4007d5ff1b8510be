import { describe, expect, it } from 'vitest';
import { CUTS, events, eventsOf, expectRefused, INVALID, offsetOfFault, TOO_MUCH } from './events.ts';

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
