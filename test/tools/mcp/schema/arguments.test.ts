// What a caller may write for one and the same argument, and what is said of an argument that is wrong.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { StateError } from '../../../../src/errors.ts';
import { exportStateTool } from '../../../../tools/mcp/export-state.ts';
import { importStateTool } from '../../../../tools/mcp/import-state.ts';
import { listSnapshotComponentsTool } from '../../../../tools/mcp/list-snapshot-components.ts';
import { listed, readArguments } from '../../../../tools/mcp/schema/arguments.ts';
import { failing } from '../../../fixtures/failing.ts';

const NOTHING_GIVEN = { include_binaries: false };

function readExport(given: unknown): object {
  return readArguments(exportStateTool, given);
}

function readImport(given: object): object {
  return readArguments(importStateTool, { snapshot: 'tools', ...given });
}

function problemsWith(given: unknown, read: (given: never) => object = readExport): string[] {
  try {
    read(given as never);
  } catch (error) {
    expect(error).toEqual(failing('USAGE_BAD_ARGUMENT'));
    const { details, message } = error as { details: { problems: string[] }; message: string };
    expect(message).not.toMatch(/invalid input|zod|expected/i);
    return details.problems;
  }
  throw new Error('the arguments were taken');
}

describe('arguments that are not given', () => {
  test.each([[undefined], [null], [''], [{}], ['{}'], [[]], ['null']])('may be %j as a whole', (given) => {
    expect(readExport(given)).toEqual(NOTHING_GIVEN);
  });

  const each = ['destination', 'name', 'component_ids', 'include_binaries', 'description', 'tags', 'source'];
  test.each([[null], [''], [[]], [{}], [undefined]])('may each be %j', (nothing) => {
    expect(readExport(Object.fromEntries(each.map((key) => [key, nothing])))).toEqual(NOTHING_GIVEN);
  });

  test('may be an empty list or object, or null, in a text', () => {
    expect(readExport({ component_ids: '[]', tags: '[]', source: '{}' })).toEqual(NOTHING_GIVEN);
    const nulls = { component_ids: 'null', tags: 'null', source: 'null', include_binaries: 'null' };
    expect(readExport(nulls)).toEqual(NOTHING_GIVEN);
    expect(readExport({ name: 'null' })).toMatchObject({ name: 'null' });
  });

  test('take the default also where a client fills in every one of them', () => {
    const all = { of: '', snapshot: '', page: null };
    expect(readArguments(listSnapshotComponentsTool, all)).toEqual({ of: 'components', page: 1 });
  });

  test('are asked for where the tool cannot do without', () => {
    for (const snapshot of [null, '', undefined])
      expect(problemsWith({ snapshot }, readImport)).toEqual(['snapshot must be given']);
  });
});

describe('the same may be written', () => {
  test.each<[string, unknown]>([
    ['as a list', ['a', 'b']],
    ['as JSON in a text', '["a", "b"]'],
    ['with commas', 'a,b'],
    ['with commas and spaces', ' a , b, '],
  ])('for a list of names %s', (_how, component_ids) => {
    expect(readExport({ component_ids })).toEqual({ ...NOTHING_GIVEN, component_ids: ['a', 'b'] });
  });

  test('for a list of one name without a list', () => {
    expect(readExport({ component_ids: 'my tool' })).toMatchObject({ component_ids: ['my tool'] });
  });

  test('for sentences, which have commas in them, as a list, as JSON, and as the one that there is', () => {
    const sentence = '"a", "b" may reach "api.example.com"';
    for (const accept of [[sentence], JSON.stringify([sentence]), sentence])
      expect(readImport({ accept })).toMatchObject({ accept: [sentence] });
  });

  test.each<[string, unknown]>([
    ['as a list', ['for=b', 'key=x=y']],
    ['as an object', { for: 'b', key: 'x=y' }],
    ['as a list in a text', '["for=b", "key=x=y"]'],
    ['as an object in a text', '{"for": "b", "key": "x=y"}'],
    ['with commas', 'for=b, key=x=y'],
  ])('for pairs %s', (_how, tags) => {
    expect(readExport({ tags })).toEqual({ ...NOTHING_GIVEN, tags: { for: 'b', key: 'x=y' } });
  });

  test('for pairs with any key and value, as an object', () => {
    const tags = JSON.parse('{"a=b": "1,2", "c,d": "", "constructor": "x"}') as object;
    expect(readExport({ tags })).toMatchObject({ tags });
    expect(readExport({ tags: ['empty='] })).toMatchObject({ tags: { empty: '' } });
  });

  test('for pairs as we list them again', () => {
    for (const tags of [{ a: '1', b: 'x=y' }, { 'a=b': '1' }, { '': '1' }])
      expect(readExport({ tags: listed(tags) })).toMatchObject({ tags });
  });

  test('for a number and for yes and no as a text', () => {
    expect(readImport({ page: '2', remove_extra: 'True', skip_existing: 'false' })).toEqual({
      snapshot: 'tools',
      page: 2,
      remove_extra: true,
      skip_existing: false,
    });
  });

  test('for all arguments as one object in a text', () => {
    expect(readExport('{"name": "desk", "component_ids": "a"}')).toEqual({
      ...NOTHING_GIVEN,
      name: 'desk',
      component_ids: ['a'],
    });
  });

  test('but a text stays the text that it is', () => {
    const given = { name: 'true', description: '["a", "b"]', destination: ' a.json' };
    expect(readExport(given)).toMatchObject(given);
  });
});

describe('of a wrong argument is said which it is and what it must be', () => {
  test.each<[unknown, string]>([
    [{ name: 5 }, 'name must be text, not the number 5'],
    [{ name: ['a'] }, 'name must be text, not a list'],
    [{ include_binaries: 'yes' }, 'include_binaries must be true or false, not the text "yes"'],
    [{ include_binaries: 1 }, 'include_binaries must be true or false, not the number 1'],
    [{ include_binaries: { toString: 1 } }, 'include_binaries must be true or false, not an object'],
    [{ component_ids: 7 }, 'component_ids must be a list of texts, not the number 7'],
    [{ component_ids: { a: 1 } }, 'component_ids must be a list of texts, not an object'],
    [{ component_ids: ['a', null] }, 'component_ids.1 must be text, not null'],
    [{ component_ids: ['a', 2] }, 'component_ids.1 must be text, not the number 2'],
    [{ tags: ['a'] }, 'tags must be a list of key=value, each key once, not a list'],
    [{ tags: ['=b'] }, 'tags must be a list of key=value, each key once, not a list'],
    [{ tags: ['a=1', 'a=2'] }, 'tags must be a list of key=value, each key once, not a list'],
    [{ tags: { a: 1 } }, 'tags.a must be text, not the number 1'],
    [{ tags: true }, 'tags must be a list of key=value, each key once, not the boolean true'],
    [{ tags: { a: 'x'.repeat(201) } }, 'tags.a must have at most 200 characters'],
    [{ tags: { ['k'.repeat(101)]: 'x' } }, 'a key of tags must have at most 100 characters'],
    [{ description: 'x'.repeat(2_001) }, 'description must have at most 2000 characters'],
    [{ componentIds: ['a'] }, 'there is no argument "componentIds"; did you mean component_ids?'],
    [{ xyz: null }, 'there is no argument "xyz"'],
    [['name'], 'the arguments must be an object, not a list'],
    ['name', 'the arguments must be an object, not the text "name"'],
    [5, 'the arguments must be an object, not the number 5'],
  ])('for %j', (given, problem) => {
    expect(problemsWith(given)).toEqual([problem]);
  });

  test.each<[object, string]>([
    [{ page: 0 }, 'page must be at least 1'],
    [{ page: 1.5 }, 'page must be a whole number, not the number 1.5'],
    [{ page: 'two' }, 'page must be a number, not the text "two"'],
    [{ page: 1e300 }, 'page must be at most 9007199254740991'],
    [{ accept: Array(201).fill('x') }, 'accept must have at most 200 items'],
    [{ accept: [['x']] }, 'accept.0 must be text, not a list'],
    [{ approve: true }, 'approve must be text, not the boolean true'],
  ])('of import_state for %j', (given, problem) => {
    expect(problemsWith(given, readImport)).toEqual([problem]);
  });

  test('with the choices where it has some', () => {
    const read = (given: object) => readArguments(listSnapshotComponentsTool, given);
    expect(problemsWith({ of: 'stores' }, read)).toEqual(['of must be one of "components", "store"']);
  });

  test('of all of them at once, as far as they can be read', () => {
    const many = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`unknown-${i}`, i]));
    const problems = problemsWith({ name: 1, destination: 2, ...many });
    expect(problems.slice(0, 2)).toEqual([
      'destination must be text, not the number 2',
      'name must be text, not the number 1',
    ]);
    expect(problems.length).toBeLessThanOrEqual(20);
    for (const problem of problems) expect(problem.length).toBeLessThanOrEqual(400);
  });

  test('without what could hide something', () => {
    expect(problemsWith({ 'a\u202eb\n': 1, include_binaries: '\u001b[2J' })).toEqual([
      'include_binaries must be true or false, not the text "\\\\u{1b}[2J"',
      'there is no argument "a\\\\u{202e}b\\\\u{a}"',
    ]);
  });

  test('also of keys that every object has', () => {
    for (const key of ['constructor', 'toString', '__proto__'])
      expect(problemsWith(JSON.parse(`{"${key}": "x"}`))).toEqual([`there is no argument "${key}"`]);
  });
});

test('whatever is given is read or refused in words of ours, and what was read is read as the same again', () => {
  const tools = [exportStateTool, importStateTool, listSnapshotComponentsTool];
  const keys = tools.flatMap(({ input }) => Object.keys(input.shape));
  const odd = fc.constantFrom('true', 'a=b', ',', ' ', '[', null, '{"a":1}');
  const value = fc.oneof(
    fc.jsonValue(),
    fc.jsonValue().map((any) => JSON.stringify(any)),
    odd,
  );
  const given = fc.oneof(value, fc.dictionary(fc.oneof(fc.constantFrom(...keys), fc.string()), value));
  fc.assert(
    fc.property(given, fc.constantFrom(...tools), (args, { name, input }) => {
      const read = (arguments_: unknown) => readArguments({ name, input }, arguments_);
      let first: unknown;
      try {
        first = read(args);
      } catch (error) {
        expect(error).toBeInstanceOf(StateError);
        return;
      }
      expect(read(first)).toEqual(first);
    }),
  );
});
