// Tool lists derived from a component's bytes. That they are Wassette's, byte for byte, is shown by the slow test beside
// the real one; here is what they hold, and that nothing hostile gets further than "left out".
import { beforeAll, describe, expect, it } from 'vitest';
import { deriveInterface, metadataFor } from '../../src/host/derived-metadata.ts';
import { seededRandom } from '../fixtures/seeded-random.ts';
import {
  componentOf,
  componentOfText,
  docsOfLate,
  WAT_FIXTURES,
  WIT_FIXTURES,
  withDocs,
} from '../fixtures/wit-components.ts';

const made = new Map<string, Uint8Array>();

beforeAll(async () => {
  for (const [name, wit] of Object.entries(WIT_FIXTURES)) made.set(name, await componentOf(wit));
  for (const [name, wat] of Object.entries(WAT_FIXTURES)) made.set(name, await componentOfText(wat));
});

function derive(wasm: Uint8Array) {
  return deriveInterface((at, length) => wasm.subarray(at, at + length), wasm.length);
}

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
    for (const bad of ['{', '[]', '{"worlds":[]}', docsOfLate(5), docsOfLate('\ud800'), Buffer.from([0xff])])
      expect(descriptions(withDocs(plain, bad))).toContain("Auto-generated schema for function 'late'");
    // The first section counts, whatever is in a later one.
    expect(descriptions(withDocs(withDocs(plain, '{'), docsOfLate('Late.')))).not.toContain('Late.');
    expect(descriptions(withDocs(withDocs(plain, ''), docsOfLate('Late.')))).toContain('Late.');
  });

  it.each(['resources-handles', 'long-name', 'deep', 'wat-exported-component'])(
    'of %s cannot be told exactly, and are left out',
    (name) => {
      expect(toolsOf(name)).toBeNull();
    },
  );

  it('are not written for a component that Wassette could not link, whose imports are named', () => {
    const wasm = made.get('unknown-import')!;
    expect(derive(wasm)).toMatchObject({
      tools: { tools: [{ name: 'g' }] },
      unlinked: ['demo:fix/missing@1.2.0'],
    });
    const code = { sha256: 'ab'.repeat(32), size: wasm.length };
    expect(metadataFor('x', code, (at, length) => wasm.subarray(at, at + length), 1)).toBeNull();
  });
});

describe('hostile bytes', () => {
  it('are left out: cut, changed, repeated, of the wrong kind', () => {
    const random = seededRandom(20_261_123);
    const all = [...made.values()];
    const until = Date.now() + 4_000;
    let runs = 0;
    for (; runs < 20_000 && Date.now() < until; runs++) {
      const bytes = Buffer.from(all[runs % all.length]!);
      for (let edits = Math.ceil(random() * 4); edits > 0 && bytes.length > 8; edits--) {
        const at = 8 + Math.floor(random() * (bytes.length - 8));
        bytes[at] =
          random() < 0.5 ? Math.floor(random() * 256) : bytes[at]! ^ (1 << Math.floor(random() * 8));
      }
      const cut = random() < 0.3 ? bytes.subarray(0, Math.floor(random() * bytes.length)) : bytes;
      expect(() => derive(cut)).not.toThrow();
    }
    expect(runs).toBeGreaterThan(2_000);
  });

  it('that count what is not there, nest without end or share without end are left out soon', () => {
    const preamble = [0x00, 0x61, 0x73, 0x6d, 0x0d, 0x00, 0x01, 0x00];
    const section = (id: number, body: number[]) => [id, ...leb(body.length), ...body];
    const leb = (value: number): number[] =>
      value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...leb(value >>> 7)];
    let nested = preamble;
    for (let i = 0; i < 300; i++) nested = [...preamble, ...section(4, nested)];
    // Each tuple twice the one before: 2^40 nodes if written out.
    const types = [0x6f, 2, 0x79, 0x79, ...Array.from({ length: 40 }, (_, i) => [0x6f, 2, i, i]).flat()];
    const shared = section(7, [41, ...types]);
    for (const bytes of [
      [...preamble, ...section(7, [0xff, 0xff, 0xff, 0xff, 0x0f])],
      [...preamble, 7, 0xff, 0xff, 0xff, 0xff, 0x0f],
      nested,
      [...preamble, ...shared],
      [...preamble, ...Array.from({ length: 300_000 }, () => [0, 0]).flat()],
    ])
      expect(derive(Uint8Array.from(bytes)).tools?.tools ?? []).toEqual([]);
  });
});
