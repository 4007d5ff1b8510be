// The libraries with which clients convert our tools for the model they talk to: each takes every argument as what it is.
import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { describeTool, toolsFor } from '../../../tools/mcp/index.ts';
import { npmPackages, PYTHON, pythonPackages } from '../../fixtures/ci-cache.ts';

const run = promisify(execFile);
const PROGRAM = fileURLToPath(new URL('../../../dist/cli.js', import.meta.url));
const CONVERTERS = fileURLToPath(new URL('../../fixtures/converters/', import.meta.url));
const SERVER = [process.execPath, PROGRAM, 'serve'];
const TOOLS = toolsFor({
  locations: {},
  allowDirs: [],
  allowRemote: [],
  readOnly: false,
  neverWiden: false,
}).map(describeTool);
const KINDS = Object.fromEntries(
  TOOLS.map(({ name, inputSchema }) => [
    name,
    Object.fromEntries(Object.entries(inputSchema.properties!).map(([key, { type }]) => [key, type])),
  ]),
);

interface Converted {
  type?: string;
  enum?: readonly unknown[];
  anyOf?: Converted[];
  items?: Converted;
  description?: string;
  properties?: Record<string, Converted>;
  required?: string[];
}

/** By converter and tool, what it made of the arguments. */
function expectKept(
  converted: Record<string, Record<string, Converted>>,
  converters: readonly string[],
): void {
  expect(Object.keys(converted).sort()).toEqual([...converters].sort());
  for (const [converter, schemas] of Object.entries(converted)) {
    expect(Object.keys(schemas), converter).toEqual(TOOLS.map(({ name }) => name));
    const kinds = Object.entries(schemas).map(([tool, { properties = {} }]) => [
      tool,
      Object.fromEntries(Object.entries(properties).map(([key, schema]) => [key, kindOf(schema)])),
    ]);
    expect(Object.fromEntries(kinds), converter).toEqual(KINDS);
    expect(schemas.import_state!.required, converter).toContain('snapshot');
  }
}

/** Each that a converter makes optional by null is the first of its choices. */
function kindOf(schema: Converted): string | undefined {
  const { type, anyOf, items, description } = schema;
  if (anyOf !== undefined) return kindOf(anyOf[0]!);
  expect(description).toEqual(expect.any(String));
  const kind = type?.toLowerCase() ?? (schema.enum === undefined ? undefined : 'string');
  if (kind === 'array') expect(items?.type?.toLowerCase()).toBe('string');
  return kind;
}

test("Python's clients for Gemini, OpenAI and Anthropic convert all three tools, strictly where they can", async () => {
  const packages = await pythonPackages(
    'anthropic==2.14.0',
    'google-genai==3.6.1',
    'mcp==2.3.0',
    'openai==3.57.0',
    'openai-agents==0.24.0',
  );
  const { stdout } = await run(PYTHON, [path.join(CONVERTERS, 'convert.py'), ...SERVER], {
    env: { ...process.env, PYTHONPATH: packages },
  });
  expectKept(JSON.parse(stdout), [
    'anthropic',
    'anthropic, MCP',
    'google-genai',
    'google-genai, Gemini API',
    'google-genai, Vertex AI',
    'openai',
    'openai-agents',
  ]);
});

test("the AI SDK and OpenAI's agents for JavaScript convert all three tools", async () => {
  const packages = await npmPackages(
    '@ai-sdk/anthropic@3.0.140',
    '@ai-sdk/google@3.0.141',
    '@ai-sdk/mcp@1.0.102',
    '@ai-sdk/openai@3.0.141',
    '@openai/agents-core@0.20.0',
    'ai@6.0.326',
    'zod@4.6.7',
  );
  const { stdout } = await run(process.execPath, [path.join(CONVERTERS, 'convert.mjs'), packages, ...SERVER]);
  expectKept(JSON.parse(stdout), ['@openai/agents', 'ai, Anthropic', 'ai, Google', 'ai, OpenAI']);
});

test('VS Code finds nothing to mend: valid in draft 7, lists of something, no text that it would cut', async () => {
  const packages = await npmPackages('ajv@8.20.0');
  const { Ajv } = createRequire(import.meta.url)(path.join(packages, 'node_modules/ajv')) as {
    Ajv: new (options: object) => Validator;
  };
  interface Validator {
    validateSchema(schema: object): boolean;
  }
  const ajv = new Ajv({ coerceTypes: true, strictTypes: true, allowUnionTypes: true });
  const check = (schema: Converted) => {
    expect(ajv.validateSchema(schema)).toBe(true);
    expect(schema.description?.length ?? 0).toBeLessThanOrEqual(1_024);
    if (schema.type === 'array') check(schema.items!);
    for (const each of Object.values(schema.properties ?? {})) check(each);
  };
  for (const { inputSchema } of TOOLS) {
    check(inputSchema);
    expect(Object.keys(inputSchema.properties!)).toEqual(expect.arrayContaining(inputSchema.required ?? []));
  }
});
