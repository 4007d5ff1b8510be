import { describe, expect, it } from 'vitest';
import {
  type JsonValue,
  readJsonTree,
  type StringSink,
  type TreeOptions,
} from '../../../src/codec/json/tree.ts';
import { failing } from '../../fixtures/failing.ts';

const INVALID = failing('FORMAT_INVALID', { hint: expect.any(String) });
const TOO_MUCH = failing('FORMAT_LIMIT_EXCEEDED', { hint: expect.any(String) });
const NOT_AN_OBJECT = failing('FORMAT_NOT_A_SNAPSHOT', { hint: expect.any(String) });
const LIMITS = { depth: 64, documentBytes: 1_000_000, values: 100_000 };

/** Reads the text whole, byte by byte and in chunks of seven bytes: all must come to the same. */
async function read(text: string | Buffer, options: Partial<TreeOptions> = {}): Promise<JsonValue> {
  const bytes = Buffer.from(text as string, 'utf8');
  const outcomes = await Promise.allSettled(
    [bytes.length + 1, 1, 7].map((size) =>
      readJsonTree(chunksOf(bytes, size), { limits: LIMITS, shownKeys: { has: () => true }, ...options }),
    ),
  );
  const [whole, ...others] = outcomes.map((outcome) =>
    outcome.status === 'fulfilled' ? { value: outcome.value } : { fault: outcome.reason },
  );
  for (const other of others) expect(other).toEqual(whole);
  if (whole !== undefined && 'fault' in whole) throw whole.fault;
  return whole!.value as JsonValue;
}

function* chunksOf(bytes: Buffer, size: number): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield Buffer.from(bytes.subarray(at, at + size));
}

/** Sinks for every string under the key `data`, remembering what they were given. */
function sinks(end: (text: string) => JsonValue | undefined = () => undefined) {
  const texts: string[] = [];
  const divert: TreeOptions['divert'] = (path) => {
    if (path.at(-1) !== 'data') return undefined;
    const pieces: Buffer[] = [];
    const sink: StringSink = {
      write: (piece) => pieces.push(Buffer.from(piece)),
      end: () => {
        texts.push(Buffer.concat(pieces).toString());
        return end(texts.at(-1)!);
      },
    };
    return sink;
  };
  return { texts, divert };
}

describe('a JSON tree', () => {
  it('is what JSON.parse gives', async () => {
    const text =
      ' {"a":[1,-0,2.5e-3,"x",null,true,false,[],{}],"b":{"c":{"":"ä\\n"}},"1":1,"toString":2,"constructor":{}} ';
    expect(await read(text)).toEqual(JSON.parse(text));
    expect(Object.keys((await read(text)) as object)).toEqual(Object.keys(JSON.parse(text)));
  });

  it('consists of plain objects with properties of their own', async () => {
    const tree = (await read('{"hasOwnProperty":1,"__defineSetter__":{"valueOf":2}}')) as Record<
      string,
      object
    >;
    expect(Object.getPrototypeOf(tree)).toBe(Object.prototype);
    expect(Object.hasOwn(tree, 'hasOwnProperty')).toBe(true);
    expect(Object.hasOwn(tree, '__defineSetter__')).toBe(true);
    expect(Object.hasOwn(tree.__defineSetter__!, 'valueOf')).toBe(true);
  });

  it.each([
    ['an empty text', ''],
    ['white space', ' \r\n\t'],
    ['an array', ' [1]'],
    ['a string', '"x"'],
    ['a number', '1'],
    ['null', 'null'],
    ['a byte-order mark', '\ufeff{}'],
    ['a WebAssembly component', '\0asm\r\0\x01\0'],
    ['text', 'hello'],
    ['gzip', Buffer.from([0x1f, 0x8b, 8, 0])],
  ])('is not read from %s', async (_name, text) => {
    await expect(read(text)).rejects.toThrowError(NOT_AN_OBJECT);
  });

  it.each(['{', '{"a":1', '{}{}', '{"a":01}', '{"a":"\\ud800"}'])('is not read from %s', async (text) => {
    await expect(read(text)).rejects.toThrowError(INVALID);
  });

  it.each([
    '{"a":1,"a":1}',
    '{"a":1,"\\u0061":2}',
    '{"x":[{"b":{"":{},"":{}}}]}',
    '{"toString":1,"toString":1}',
  ])('may not have a key twice: %s', async (text) => {
    await expect(read(text)).rejects.toThrowError(INVALID);
  });

  it.each([
    '{"__proto__":{}}',
    '{"a":[{"__proto__":null}]}',
    '{"\\u005f_proto__":1}',
    '{"__proto__":{"x":1}}',
  ])('may not have the key __proto__: %s', async (text) => {
    await expect(read(text)).rejects.toThrowError(INVALID);
  });

  it.each([
    '9007199254740992',
    '-9007199254740992',
    '1e16',
    '1e400',
    '-1e400',
    '9007199254740991.9',
    '123456789e99',
  ])('may not have the number %s', async (number) => {
    await expect(read(`{"a":[${number}]}`)).rejects.toThrowError(INVALID);
  });

  it.each(['9007199254740991', '-9007199254740991', '1.5', '1e-400', '0.1', '1e15', '-0.0'])(
    'may have the number %s',
    async (number) => {
      expect(await read(`{"a":[${number}]}`)).toEqual(JSON.parse(`{"a":[${number}]}`));
    },
  );

  it('is no longer read once a signal says so', async () => {
    const signal = AbortSignal.abort(new Error('stop'));
    await expect(read('{}', { signal })).rejects.toThrowError('stop');
  });
});

describe('an error about a JSON text', () => {
  it('names the place by offset and path', async () => {
    const place = (offset: number, path: string) => expect.objectContaining({ details: { offset, path } });
    await expect(read('{"a":[1,{"b c":1e99}]}')).rejects.toThrowError(place(19, 'a[1]["b c"]'));
    await expect(read('{"a":[1,{"b":{"c":x}}]}')).rejects.toThrowError(place(18, 'a[1].b.c'));
    await expect(read('{"a":[{"k":1,"k":2}]}')).rejects.toThrowError(place(16, 'a[0].k'));
    await expect(read('{"a":[[],[1,2,"x]}')).rejects.toThrowError(place(18, 'a[1][2]'));
    await expect(read('{"a":1} {')).rejects.toThrowError(place(8, ''));
  });

  it('shows keys in printable ASCII and clipped', async () => {
    const path = (expected: unknown) =>
      expect.objectContaining({ details: expect.objectContaining({ path: expected }) });
    await expect(read('{"\\n\u202eä":1e99}')).rejects.toThrowError(path('["\\n\\u202e\\u00e4"]'));
    await expect(read('{"a.b":1e99}')).rejects.toThrowError(path('["a.b"]'));
    for (const key of ['k'.repeat(5000), '\u0000'.repeat(500), '語'.repeat(500)]) {
      const text = JSON.stringify({ [key]: { [key]: 'X' } }).replace('"X"', '1e99');
      await expect(read(text)).rejects.toThrowError(path(expect.stringMatching(/^[ -~]{77}\.\.\.$/)));
    }
  });

  it('does not quote values', async () => {
    for (const text of [
      '{"a":hunter2}',
      '{"a":"hunter2\n"}',
      '{"a":"hunter2',
      '{"a":1 hunter2}',
      'hunter2',
      '{"a":99e99}',
    ]) {
      const fault: Error = await read(text).catch((error) => error);
      expect(JSON.stringify(fault)).not.toMatch(/hunter|99/);
    }
  });
});

describe('a limit for a JSON tree', () => {
  const limits = (changed: Partial<TreeOptions['limits']>) => ({ limits: { ...LIMITS, ...changed } });

  it('bounds the depth', async () => {
    expect(await read('{"a":[[1]]}', limits({ depth: 3 }))).toEqual({ a: [[1]] });
    await expect(read('{"a":[[1]]}', limits({ depth: 2 }))).rejects.toThrowError(TOO_MUCH);
  });

  it('bounds the number of values of every kind', async () => {
    const text = '{"a":[1,"x",null,{"b":true}]}';
    expect(await read(text, limits({ values: 7 }))).toEqual(JSON.parse(text));
    await expect(read(text, limits({ values: 6 }))).rejects.toThrowError(TOO_MUCH);
  });

  it('bounds the bytes, white space between tokens aside', async () => {
    const text = '{ "a\\n" :\n\n [ 1 , " x " ] }';
    expect(await read(text, limits({ documentBytes: 17 }))).toEqual(JSON.parse(text));
    await expect(read(text, limits({ documentBytes: 16 }))).rejects.toThrowError(TOO_MUCH);
  });

  it.each([`{"${'k'.repeat(5000)}":1}`, `{"a":"${'x'.repeat(5000)}"}`, `{"a":"${'\\n'.repeat(5000)}"}`])(
    'stops a string while it grows',
    async (text) => {
      const reader = readJsonTree(
        [Buffer.from(text.repeat(20).slice(0, 60_000))],
        limits({ documentBytes: 1000 }),
      );
      await expect(reader).rejects.toThrowError(TOO_MUCH);
      await expect(read(text, limits({ documentBytes: 1000 }))).rejects.toThrowError(TOO_MUCH);
    },
  );

  it('does not count the content of diverted strings', async () => {
    const text = JSON.stringify({ data: 'x'.repeat(5000), b: 1 });
    const shell = '{"data":"","b":1}'.length;
    expect(await read(text, { ...limits({ documentBytes: shell }), divert: sinks().divert })).toEqual({
      b: 1,
    });
    const tooFew = { ...limits({ documentBytes: shell - 1 }), divert: sinks().divert };
    await expect(read(text, tooFew)).rejects.toThrowError(TOO_MUCH);
  });
});

describe('a diverted string', () => {
  it('goes to its sink as it stands, and what the sink gives stands in its place', async () => {
    const { texts, divert } = sinks((text) => text.length);
    expect(await read('{"list":[{"data":"äbc"}],"data":""}', { divert })).toEqual({
      list: [{ data: 3 }],
      data: 0,
    });
    expect(new Set(texts)).toEqual(new Set(['äbc', '']));
  });

  it('may not have an escape', async () => {
    const { divert } = sinks();
    for (const text of ['{"data":"a\\/b"}', '{"data":"\\u0041"}', '{"data":"\\"}'])
      await expect(read(text, { divert })).rejects.toThrowError(INVALID);
  });

  it('is left out of its object when the sink gives undefined', async () => {
    const { divert } = sinks();
    expect(await read('{"a":{"data":"x","b":1},"data":"y"}', { divert })).toEqual({ a: { b: 1 } });
  });

  it('makes its key a duplicate even when it was left out', async () => {
    const { divert } = sinks();
    await expect(read('{"data":"x","data":"y"}', { divert })).rejects.toThrowError(INVALID);
    await expect(read('{"data":"x","b":1,"data":null}', { divert })).rejects.toThrowError(INVALID);
    expect(await read('{"a":{"data":"x"},"b":{"data":"y"}}', { divert })).toEqual({ a: {}, b: {} });
  });

  it('is asked for with its path and offset, for string values in objects only', async () => {
    const asked: string[] = [];
    const divert: TreeOptions['divert'] = (path, offset) => {
      asked.push(`${JSON.stringify(path)} ${offset}`);
      return undefined;
    };
    const text = '{"a":"x","b":["y",{"c":"z"},[{"d":1,"e":"w"}]],"f":null}';
    expect(await readJsonTree([Buffer.from(text)], { limits: LIMITS, divert })).toEqual(JSON.parse(text));
    expect(asked).toEqual(['["a"] 6', '["b",1,"c"] 24', '["b",2,0,"e"] 41']);
  });

  it('passes in pieces, so that it is never held whole', async () => {
    const sizes: number[] = [];
    const divert: TreeOptions['divert'] = () => ({
      write: (piece) => sizes.push(piece.length),
      end: () => sizes.length,
    });
    function* chunks(): Generator<Buffer> {
      yield Buffer.from('{"a":"');
      for (let i = 0; i < 100; i++) yield Buffer.alloc(50_000, 'x');
      yield Buffer.from('"}');
    }
    const limits = { ...LIMITS, documentBytes: 100 };
    expect(await readJsonTree(chunks(), { limits, divert })).toEqual({ a: sizes.length });
    expect(sizes.reduce((sum, size) => sum + size)).toBe(5_000_000);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(50_000);
  });

  it('ends the reading when its sink throws', async () => {
    const bad = new Error('disk on fire');
    const throws = () => {
      throw bad;
    };
    await expect(read('{"a":"x"}', { divert: () => ({ write: throws, end: () => 1 }) })).rejects.toBe(bad);
    await expect(read('{"a":"x"}', { divert: () => ({ write: () => {}, end: throws }) })).rejects.toBe(bad);
    await expect(read('{"a":"x"}', { divert: throws })).rejects.toBe(bad);
  });
});
