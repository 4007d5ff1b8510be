// The MCP tools that Wassette makes of a component's exports (its crate component2json), from the decoded interface.
import { NotUnderstood } from '../codec/byte-reader.ts';
import type { ComponentInterface } from '../codec/component-interface.ts';
import type { Export, FunctionType, ValueType } from '../codec/component-type.ts';
import type { FunctionDocs } from '../codec/package-docs.ts';

export type JsonSchema = { [key: string]: unknown };

export interface ComponentTool {
  name: string;
  description: string;
  inputSchema: JsonSchema;
  outputSchema?: JsonSchema;
}

export interface FunctionIdentifier {
  package_name: null;
  /** The full name of the innermost interface; null for a function of the component itself. */
  interface_name: string | null;
  function_name: string;
}

export interface ComponentTools {
  tools: readonly ComponentTool[];
  /** In the same order. */
  identifiers: readonly FunctionIdentifier[];
}

const LONGEST_NAME = 128;
/** Shared types can stand for an exponential text. */
const MOST_NODES = 10_000;
/** Wassette reads back what is nested up to 127 levels, of which the file around takes some. */
const DEEPEST = 60;
const LABEL = /^[a-zA-Z][a-zA-Z0-9-]*$/;

/** @throws NotUnderstood where Wassette's tools could not be told exactly */
export function toolsOf({ exports }: ComponentInterface, docsOf: FunctionDocs): ComponentTools {
  const found: { identifier: FunctionIdentifier; type: FunctionType }[] = [];
  for (const { name, item, isAscribed } of exports) {
    if (item.sort === 'component') throw new NotUnderstood();
    if ((item.sort === 'function' || item.sort === 'instance') && item.isImported) throw new NotUnderstood();
    // Wassette looks through what an instance is said to be.
    if (item.sort === 'instance' && isAscribed) throw new NotUnderstood();
    collect({ name, item }, null, found);
  }
  const budget = { nodes: MOST_NODES };
  const tools = found.map(({ identifier, type }) => toolOf(identifier, type, docsOf, budget));
  if (new Set(tools.map(({ name }) => name)).size < tools.length) throw new NotUnderstood();
  return { tools, identifiers: found.map(({ identifier }) => identifier) };
}

function collect(
  { name, item }: Export,
  interfaceName: string | null,
  found: { identifier: FunctionIdentifier; type: FunctionType }[],
): void {
  if (item.sort === 'function') {
    const identifier = { package_name: null, interface_name: interfaceName, function_name: name };
    found.push({ identifier, type: item.type });
  } else if (item.sort === 'instance') {
    for (const inner of item.exports) collect(inner, name, found);
  } else if (item.sort === 'component') throw new NotUnderstood();
  if (found.length > MOST_NODES) throw new NotUnderstood();
}

function toolOf(
  { interface_name, function_name }: FunctionIdentifier,
  { params, result }: FunctionType,
  docsOf: FunctionDocs,
  budget: { nodes: number },
): ComponentTool {
  const parts = interface_name === null ? [function_name] : [interface_name, function_name];
  const name = parts.map(normalized).join('_');
  if (name.length > LONGEST_NAME || name === '') throw new NotUnderstood();
  const schema = (type: ValueType) => schemaOf(type, 0, budget);
  const inputSchema = objectOf(params.map(({ name, type }) => [name, schema(type)]));
  return {
    name,
    description: docsOf(function_name) ?? `Auto-generated schema for function '${name}'`,
    inputSchema,
    ...(result === null ? {} : { outputSchema: objectOf([['result', schema(result)]]) }),
  };
}

function normalized(part: string): string {
  return part.replace(/[A-Z]/g, (letter) => letter.toLowerCase()).replace(/[^a-z0-9-]/gu, '_');
}

/** All members required, in their order. */
function objectOf(members: readonly (readonly [string, JsonSchema])[]): JsonSchema {
  const names = members.map(([name]) => name);
  // A repeated name would be lost, and one like a number would come first.
  if (new Set(names).size < names.length || !names.every((name) => LABEL.test(name)))
    throw new NotUnderstood();
  return { type: 'object', properties: Object.fromEntries(members), required: names };
}

function schemaOf(type: ValueType, depth: number, budget: { nodes: number }): JsonSchema {
  if (depth > DEEPEST || --budget.nodes < 0) throw new NotUnderstood();
  const inner = (of: ValueType) => schemaOf(of, depth + 1, budget);
  const innerOrNull = (of: ValueType | null) => (of === null ? { type: 'null' } : inner(of));
  switch (type.kind) {
    case 'bool':
      return { type: 'boolean' };
    case 'number':
    case 'string':
      return { type: type.kind };
    case 'char':
      return { type: 'string', description: '1 unicode codepoint' };
    case 'list':
      return { type: 'array', items: inner(type.of) };
    case 'option':
      return { anyOf: [{ type: 'null' }, inner(type.of)] };
    case 'tuple': {
      const items = type.of.map(inner);
      return { type: 'array', prefixItems: items, minItems: items.length, maxItems: items.length };
    }
    case 'record':
      return objectOf(type.fields.map(({ name, type: field }) => [name, inner(field)]));
    case 'variant':
      return {
        oneOf: type.cases.map(({ name, type: value }) =>
          objectOf([['tag', { const: name }], ...(value === null ? [] : [['val', inner(value)] as const])]),
        ),
      };
    case 'enum':
      return { type: 'string', enum: type.names };
    case 'flags':
      return {
        type: 'object',
        properties: Object.fromEntries(type.names.map((name) => [name, { type: 'boolean' }])),
      };
    case 'result':
      return {
        oneOf: [objectOf([['ok', innerOrNull(type.ok)]]), objectOf([['err', innerOrNull(type.err)]])],
      };
    case 'stream':
      return { type: 'array', description: 'Stream type (async iteration)' };
    case 'future':
      return { type: 'object', description: 'Future type (async operation)' };
    case 'handle':
      throw new NotUnderstood(); // Wassette writes an address of its memory there
  }
}
