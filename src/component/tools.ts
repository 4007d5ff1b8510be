// Derives from a decoded interface the MCP tools that Wassette makes of a component's exports (its crate component2json).

import { quoted } from '../codec/safe-text.ts';
import { NotLoaded, NotUnderstood } from './decoder/byte-reader.ts';
import type { ComponentInterface } from './decoder/interface.ts';
import type { FunctionDocs } from './decoder/package-docs.ts';
import { type FunctionType, type Items, isFromImport, type ValueType } from './decoder/type.ts';

type JsonSchema = { [key: string]: unknown };

interface ComponentTool {
  name: string;
  description: string;
  inputSchema: JsonSchema;
  outputSchema?: JsonSchema;
}

interface FunctionIdentifier {
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
/** A bound, because shared types and nested instances can expand to a text of exponential size. */
const MOST_NODES = 10_000;
const MOST_TEXT = 2_000_000;
/** Wassette refuses types that are nested ten levels deeper than this. */
const DEEPEST = 90;

/** @throws NotUnderstood when Wassette's tools cannot be derived exactly */
export function toolsOf({ exports }: ComponentInterface, docsOf: FunctionDocs): ComponentTools {
  for (const [name, item] of exports) {
    // What is only re-exported has no code here.
    if (isFromImport(item)) throw new NotLoaded(`the export ${quoted(name)}, which re-exports an import`);
    // Wassette looks through the declared type of an instance only at this level.
    if (item.sort === 'instance' && item.isDeclared) throw new NotUnderstood();
  }
  const budget = new Budget();
  const found = [...functionsIn(exports, null, budget, 0)];
  const tools = found.map(({ identifier, type }) => toolOf(identifier, type, docsOf, budget));
  if (new Set(tools.map(({ name }) => name)).size < tools.length) throw new NotUnderstood();
  return { tools, identifiers: found.map(({ identifier }) => identifier) };
}

/** Bounds the work for one component. */
class Budget {
  #nodes = MOST_NODES;
  #text = MOST_TEXT;

  spend(texts: readonly string[]): void {
    this.#nodes--;
    for (const text of texts) this.#text -= text.length + 1;
    if (this.#nodes < 0 || this.#text < 0) throw new NotUnderstood();
  }
}

interface FoundFunction {
  identifier: FunctionIdentifier;
  type: FunctionType;
}

function* functionsIn(
  items: Items,
  interfaceName: string | null,
  budget: Budget,
  depth: number,
): Generator<FoundFunction> {
  if (depth > DEEPEST) throw new NotUnderstood();
  for (const [name, item] of items) {
    budget.spend([name]);
    if (item.sort === 'instance') yield* functionsIn(item.exports, name, budget, depth + 1);
    else if (item.sort === 'function')
      yield {
        identifier: { package_name: null, interface_name: interfaceName, function_name: name },
        type: item.type,
      };
    else if (item.sort === 'component')
      throw new NotLoaded(`the export ${quoted(name)}, which is a component`);
  }
}

function toolOf(
  { interface_name, function_name }: FunctionIdentifier,
  { params, result }: FunctionType,
  docsOf: FunctionDocs,
  budget: Budget,
): ComponentTool {
  const parts = interface_name === null ? [function_name] : [interface_name, function_name];
  const name = parts.map(normalized).join('_');
  if (name.length > LONGEST_NAME || name === '') throw new NotUnderstood();
  const schema = (type: ValueType) => schemaOf(type, 0, budget);
  const description = docsOf(function_name) ?? `Auto-generated schema for function '${name}'`;
  budget.spend([description, ...params.map((param) => param.name)]);
  return {
    name,
    description,
    inputSchema: objectOf(params.map((param) => [param.name, schema(param.type)])),
    ...(result === null ? {} : { outputSchema: objectOf([['result', schema(result)]]) }),
  };
}

function normalized(part: string): string {
  return part.replace(/[A-Z]/g, (letter) => letter.toLowerCase()).replace(/[^a-z0-9-]/gu, '_');
}

/** An object schema with all members required, in order. */
function objectOf(members: readonly (readonly [string, JsonSchema])[]): JsonSchema {
  return { type: 'object', properties: Object.fromEntries(members), required: members.map(([name]) => name) };
}

function schemaOf(type: ValueType, depth: number, budget: Budget): JsonSchema {
  if (depth > DEEPEST) throw new NotUnderstood();
  budget.spend(namesIn(type));
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
    case 'map': {
      const entry = [['key', inner(type.key)] as const, ['value', inner(type.value)] as const];
      return { type: 'array', items: objectOf(entry) };
    }
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

function namesIn(type: ValueType): readonly string[] {
  if (type.kind === 'record') return type.fields.map(({ name }) => name);
  if (type.kind === 'variant') return type.cases.map(({ name }) => name);
  return type.kind === 'enum' || type.kind === 'flags' ? type.names : [];
}
