// What a client sees of each tool is reviewed: a committed copy, and rules that hold for all. UPDATE=1 writes it anew.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type * as z from 'zod';
import { wassetteAt } from '../../../tools/http-wassette.ts';
import { describeTool, toolsFor } from '../../../tools/mcp/index.ts';
import { instructionsFor, wrapInstructionsFor } from '../../../tools/mcp/instructions.ts';
import type { AdvertisedSchema } from '../../../tools/mcp/schema/advertised.ts';

const COPIES = fileURLToPath(new URL('./schemas/', import.meta.url));
const options = { locations: {}, allowDirs: [], allowRemote: [], readOnly: false, neverWiden: false };
const tools = toolsFor(options).map(describeTool);

const KINDS = ['object', 'array', 'string', 'integer', 'boolean'];

function nodesOf(schema: AdvertisedSchema): AdvertisedSchema[] {
  const parts = [
    ...Object.values(schema.properties ?? {}),
    ...(schema.items === undefined ? [] : [schema.items]),
  ];
  return [schema, ...parts.flatMap(nodesOf)];
}

test('there are exactly three tools, and a read-only server does not offer the one that changes the host', () => {
  expect(tools.map(({ name }) => name)).toEqual(['export_state', 'import_state', 'list_snapshot_components']);
  const readOnly = toolsFor({ ...options, readOnly: true }).map(({ name }) => name);
  expect(readOnly).toEqual(['export_state', 'list_snapshot_components']);
});

describe('where places on other machines are allowed', () => {
  const said = (...allowRemote: string[]) => {
    const [give, take] = toolsFor({ ...options, allowRemote }).map(
      ({ input }) => (input as unknown as z.ZodObject).shape,
    );
    return { destination: give!.destination!.description, snapshot: take!.snapshot!.description };
  };

  test('the tools that read and write them say which', () => {
    const { destination, snapshot } = said('oci://registry.example/team', 'https://files.example');
    expect(destination).toMatch(/ Or below oci:\/\/registry\.example\/team\.$/);
    expect(snapshot).toMatch(/ Or below oci:\/\/registry\.example\/team or https:\/\/files\.example\.$/);
  });

  test('which are only read is no destination', () => {
    expect(said('https://files.example').destination).toBe(said().destination);
    expect(said('https://files.example').snapshot).toContain('https://files.example');
  });

  test.each([
    [[], []],
    [['oci://registry.example/team'], ['export_state', 'import_state', 'list_snapshot_components']],
    [['https://files.example/'], ['import_state', 'list_snapshot_components']],
  ])('the tools that can reach them, and no others, are of an open world: %j', (allowRemote, reaching) => {
    const open = toolsFor({ ...options, allowRemote }).filter(({ annotations }) => annotations.openWorldHint);
    expect(open.map(({ name }) => name)).toEqual(reaching);
  });

  test('only their kinds are said where they are many', () => {
    const many = Array.from({ length: 9 }, (_, i) => `s3://bucket-${i}/prefix`);
    const { snapshot } = said('OCI://registry.example/team', ...many);
    expect(snapshot).toMatch(/ Or below oci:\/\/…, s3:\/\/… as the operator allows\.$/);
  });
});

describe.each(tools)('$name', (tool) => {
  test('is listed as it was reviewed', () => {
    const copy = `${COPIES}${tool.name}.json`;
    if (process.env.UPDATE) {
      mkdirSync(COPIES, { recursive: true });
      writeFileSync(copy, `${JSON.stringify(tool, null, 2)}\n`);
    }
    expect(existsSync(copy)).toBe(true);
    expect(JSON.parse(JSON.stringify(tool))).toEqual(JSON.parse(readFileSync(copy, 'utf8')));
  });

  test('says all four things about what it does', () => {
    const hints = ['readOnlyHint', 'destructiveHint', 'idempotentHint', 'openWorldHint'] as const;
    for (const hint of hints) expect(typeof tool.annotations[hint]).toBe('boolean');
    expect(tool.annotations.title).toBe(tool.title);
  });

  test('is listed in what every converter takes: kinds, texts, choices, and what must be given', () => {
    for (const schema of [tool.inputSchema, tool.outputSchema]) {
      expect(schema).toMatchObject({ type: 'object', properties: expect.anything() });
      for (const node of nodesOf(schema)) {
        expect(KINDS).toContain(node.type);
        expect(['items', 'description', 'enum', 'properties', 'required', 'type']).toEqual(
          expect.arrayContaining(Object.keys(node)),
        );
        expect('items' in node).toBe(node.type === 'array');
      }
    }
    const given = Object.values(tool.inputSchema.properties!).map(({ type }) => type);
    expect(given).not.toContain('object');
  });

  test('has a description that no client cuts, and a name that none drops', () => {
    expect(tool.description.length).toBeLessThan(2_000);
    expect(`mcp__wassette-state__${tool.name}`.length).toBeLessThan(60);
  });
});

test('the instructions name every tool', () => {
  const text = instructionsFor({ readOnly: false });
  for (const { name } of tools) expect(text).toContain(name);
});

test('the instructions say nothing of what this server does not do', async () => {
  const live = await wassetteAt({ wassetteUrl: 'http://127.0.0.1:9001' });
  expect(instructionsFor({ readOnly: false, live })).not.toContain('must not be running');
  for (const text of [instructionsFor({ readOnly: true }), wrapInstructionsFor({ readOnly: true })])
    expect(text).not.toContain('import_state');
});
