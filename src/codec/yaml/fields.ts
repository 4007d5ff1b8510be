// Access to the fields of a policy or a manifest, with serde's rules for which may be missing, null or empty.

import { hasInvisible } from './characters.ts';
import { YamlProblem } from './problem.ts';
import type { YamlList, YamlMap, YamlNode, YamlScalar } from './reader.ts';
import { isNull, scalarValue } from './scalars.ts';

/** A value typed as serde_yaml types an untagged field. */
export type PlainValue =
  | null
  | boolean
  | number
  | string
  | readonly PlainValue[]
  | { readonly [key: string]: PlainValue };

const SHAPE_HINT =
  "compare it with Wassette's documentation; `wassette permission` writes policies, an export to a .yaml file manifests";

export function mapping(node: YamlNode, what: string): YamlMap {
  if (node.kind === 'map') return node;
  throw new YamlProblem(node.line, `${what} is not a mapping`, SHAPE_HINT);
}

/** Nothing after the colon is an empty mapping to serde_yaml, null here; a written null is an error. */
export function mappingOrNothing(node: YamlNode, what: string): YamlMap | null {
  const isNothing = node.kind === 'scalar' && node.plain && node.text === '';
  return isNothing ? null : mapping(node, what);
}

/** An optional field: null when the key is missing or its value is a plain null. */
function optional(map: YamlMap | null, key: string): YamlNode | null {
  const node = map?.entries.get(key);
  return node === undefined || (node.kind === 'scalar' && isNull(node)) ? null : node;
}

export function optionalMapping(map: YamlMap | null, key: string): YamlMap | null {
  const node = optional(map, key);
  return node === null ? null : mapping(node, `"${key}"`);
}

export function optionalScalar(map: YamlMap | null, key: string): YamlScalar | null {
  const node = optional(map, key);
  return node === null ? null : scalar(node, `"${key}"`);
}

/** The items of an optional list; none when it is absent. */
export function optionalItems(map: YamlMap | null, key: string): readonly YamlNode[] {
  const node = optional(map, key);
  return node === null ? [] : list(node, `"${key}"`).items;
}

export function list(node: YamlNode, what: string): YamlList {
  if (node.kind === 'list') return node;
  throw new YamlProblem(node.line, `${what} is not a list`, SHAPE_HINT);
}

export function scalar(node: YamlNode, what: string): YamlScalar {
  if (node.kind === 'scalar') return node;
  throw new YamlProblem(node.line, `${what} is not a single value`, SHAPE_HINT);
}

/** A required field. */
export function required(map: YamlMap, key: string): YamlNode {
  const node = map.entries.get(key);
  if (node !== undefined) return node;
  throw new YamlProblem(map.line, `"${key}" is missing`, SHAPE_HINT);
}

/** The text of a required string field. */
export function requiredText(map: YamlMap, key: string): YamlScalar {
  return scalar(required(map, key), `"${key}"`);
}

/** The same without invisible characters, which would be a mistake or meant to deceive. */
export function requiredVisible(map: YamlMap, key: string): YamlScalar {
  const node = requiredText(map, key);
  if (!hasInvisible(node.text)) return node;
  throw new YamlProblem(
    node.line,
    `"${key}" contains an invisible character`,
    'write the name in visible characters, on one line',
  );
}

/** @throws YamlProblem for numbers that serde_yaml refuses or JSON cannot hold */
export function plainValue(node: YamlNode): PlainValue {
  if (node.kind === 'list') return node.items.map(plainValue);
  if (node.kind === 'map') {
    return Object.fromEntries([...node.entries].map(([key, value]) => [key, plainValue(value)]));
  }
  const value = scalarValue(node);
  const plain = typeof value === 'bigint' ? Number(value) : value;
  const lossy = typeof value === 'bigint' && !Number.isSafeInteger(plain);
  if (!lossy && (typeof plain !== 'number' || Number.isFinite(plain))) return plain;
  const hint = 'quote it if it is meant as text';
  throw new YamlProblem(node.line, 'a number is too large or not finite', hint);
}
