// Tool lists derived from a component's bytes. That they are Wassette's, byte for byte, is shown by the slow test beside
// the real one; here is what they hold, and that they stay as they were when that was shown. UPDATE=1 writes them anew.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { sha256Hex } from '../../src/codec/digest.ts';
import { deriveToolCache } from '../../src/component/derived-interface.ts';
import { LOADED_FEATURES, REFUSED_FEATURES } from '../fixtures/components/code-features.ts';
import { docsOfLate, withDocs } from '../fixtures/components/component-docs.ts';
import { derive, derivedFile, LOADED, mutated } from '../fixtures/components/derived.ts';
import { componentOfText, WAT_REFUSED } from '../fixtures/components/wat-components.ts';
import { seededRandom } from '../fixtures/seeded-random.ts';

const SHOWN = path.join(import.meta.dirname, 'derived-tools.txt');
const made = new Map<string, Uint8Array>();

beforeAll(async () => {
  for (const [name, make] of LOADED) made.set(name, await make());
});

function toolsOf(name: string) {
  return derive(made.get(name)!).tools;
}

describe('the tools of a component', () => {
  it('have names, schemas and identifiers after its exports', () => {
    const { tools, identifiers } = toolsOf('shapes')!;
    expect(tools.map(({ name }) => name)).toEqual(
      ['draw', 'only-ok', 'only-err', 'neither', 'nested'].map((name) => `demo_fix_shapes_1_2_0_${name}`),
    );
    expect(identifiers[0]).toEqual({
      package_name: null,
      interface_name: 'demo:fix/shapes@1.2.0',
      function_name: 'draw',
    });
    const point = {
      type: 'object',
      properties: {
        x: { type: 'number' },
        y: { type: 'number' },
        label: { anyOf: [{ type: 'null' }, { type: 'string' }] },
      },
      required: ['x', 'y', 'label'],
    };
    expect(tools[0]).toMatchObject({
      inputSchema: {
        properties: {
          s: {
            oneOf: [
              { properties: { tag: { const: 'circle' }, val: { type: 'number' } }, required: ['tag', 'val'] },
              {
                properties: {
                  tag: { const: 'line' },
                  val: { type: 'array', prefixItems: [point, point], minItems: 2, maxItems: 2 },
                },
              },
              { properties: { tag: { const: 'nothing' } }, required: ['tag'] },
            ],
          },
          c: { type: 'string', enum: ['red', 'dark-green'] },
          st: {
            type: 'object',
            properties: { bold: { type: 'boolean' }, 'under-lined': { type: 'boolean' } },
          },
        },
        required: ['s', 'c', 'st'],
      },
      outputSchema: {
        properties: {
          result: {
            oneOf: [
              { properties: { ok: { type: 'array', items: { type: 'number' } } }, required: ['ok'] },
              { properties: { err: { type: 'string' } }, required: ['err'] },
            ],
          },
        },
      },
    });
  });

  it('keep names as they are but for the tool name', () => {
    const { tools, identifiers } = toolsOf('names')!;
    expect(tools.map(({ name }) => name)).toEqual([
      'list',
      'url',
      'my-ns_pk2-g3_interface_0_1_0-rc_1_build5_record',
      'my-ns_pk2-g3_interface_0_1_0-rc_1_build5_get-http-url2',
    ]);
    expect(identifiers.at(-1)).toMatchObject({
      interface_name: 'my-ns:pk2-g3/interface@0.1.0-rc.1+build5',
      function_name: 'get-HTTP-url2',
    });
  });

  it('have the docs of functions of the world, or say that there are none', () => {
    const descriptions = (wasm: Uint8Array) =>
      derive(wasm).tools!.tools.map(({ description }) => description);
    const plain = made.get('order')!;
    expect(descriptions(withDocs(plain, docsOfLate('Late.')))).toContain('Late.');
    for (const bad of ['{', '[]', '{"worlds":[]}', docsOfLate(5), Buffer.from([0xff])])
      expect(descriptions(withDocs(plain, bad))).toContain("Auto-generated schema for function 'late'");
    // The first section counts, whatever is in a later one.
    expect(descriptions(withDocs(withDocs(plain, '{'), docsOfLate('Late.')))).not.toContain('Late.');
    expect(descriptions(withDocs(withDocs(plain, ''), docsOfLate('Late.')))).toContain('Late.');
  });

  it('are for every kind of component those that were compared with the real Wassette', () => {
    const shown = [...made]
      .map(([name, wasm]) => {
        const { tools } = derive(wasm);
        if (derivedFile(wasm) === null) return `${name}: left out\n`;
        const names = tools!.tools.map((tool) => tool.name).join(' ');
        return `${name}: ${sha256Hex(Buffer.from(JSON.stringify(tools))).slice(0, 16)} ${names}\n`;
      })
      .join('');
    if (process.env.UPDATE) writeFileSync(SHOWN, shown);
    expect(shown).toBe(readFileSync(SHOWN, 'utf8'));
  });

  it('are not written where Wassette would not load the component', async () => {
    for (const [name, [wat]] of Object.entries(WAT_REFUSED))
      expect(derivedFile(await componentOfText(wat)), name).toBeNull();
    expect(derivedFile(made.get('unknown-import')!)).toBeNull();
  });
});

describe('code with', () => {
  it.each(LOADED_FEATURES)('$name keeps its tool list', async ({ make }) => {
    const { tools, unloadable } = derive(await make());
    expect(unloadable).toBeNull();
    expect(tools?.tools.map(({ name }) => name)).toContain('f');
  });

  it.each(REFUSED_FEATURES)('$name has no tool list', async ({ make, why }) => {
    const wasm = await make();
    expect(derivedFile(wasm)).toBeNull();
    const { unloadable } = derive(wasm);
    if (why === null) expect(unloadable).toBeNull();
    else expect(unloadable).toContain(why);
  });

  it('something that Wassette refuses says where it is, inside other components, too', async () => {
    const inner = `(component $c (type (stream u8)) (core func (canon task.cancel)) (core func (canon thread.index)))`;
    const wasm = await componentOfText(`(component (component) ${inner})`);
    expect(derive(wasm).unloadable).toBe('thread.index (component 1, canonical function 1)');
  });
});

describe('the metadata file that we derive', () => {
  it('is that of Wassette with a stamp of the bytes, which needs no time', () => {
    const wasm = made.get('same-function-twice')!;
    const code = { sha256: 'ab'.repeat(32), size: wasm.length };
    const file = deriveToolCache(
      'an id',
      code,
      (at, length) => wasm.subarray(at, at + length),
      1_795_420_724,
    )!;
    const { tools, identifiers } = derive(wasm).tools!;
    const expected = {
      component_id: 'an id',
      tool_schemas: tools,
      function_identifiers: identifiers,
      tool_names: ['f', 'demo_fix_a_1_2_0_f', 'demo_fix_b_1_2_0_f'],
      validation_stamp: { file_size: wasm.length, mtime: 0, content_hash: 'ab'.repeat(32) },
      created_at: 1_795_420_724,
    };
    expect(file.toString()).toBe(JSON.stringify(expected, null, 2));
  });
});

describe('code with damaged bytes', () => {
  it('gives a tool list or none, and never an error', () => {
    const random = seededRandom(20_261_123);
    const all = [...made.values()];
    for (let run = 0; run < 3_000; run++) {
      const bytes = mutated(all[run % all.length]!, random);
      expect(() => derivedFile(bytes)).not.toThrow();
    }
  });
});
