// Classifies a line of a client: more than JSON-RPC is asked of it, so that any server can read it, and what it says with null
// is left out.
import { isObject, type RawMessage, withMember, withoutMember } from './raw-message.ts';
import { type Shape, shapeOf, type Usable, unusable } from './shape.ts';

/** serde_json, which Wassette uses, gives up at 128 levels, and then nobody learns whose message it was. */
const MAX_DEPTH = 100;

export function clientShapeOf(line: string): Shape {
  const shape = shapeOf(line);
  if (shape.kind === 'unusable') return shape;
  const problem = exchangeProblem(shape.message.value);
  if (problem !== null) return unusable(shape, problem);
  return { kind: shape.kind, message: withoutNulls(shape) };
}

/** What JavaScript reads and Wassette does not (RFC 7493 advises against all of it), or null. */
function exchangeProblem(value: unknown, depth = 0): string | null {
  if (typeof value === 'number')
    return Number.isFinite(value) ? null : 'it has a number too large for a double';
  if (typeof value === 'string') return /\p{Surrogate}/u.test(value) ? 'it has half a surrogate pair' : null;
  if (typeof value !== 'object' || value === null) return null;
  if (depth === MAX_DEPTH) return `it is nested deeper than ${MAX_DEPTH} levels`;
  if (Array.isArray(value)) return firstProblem(value, depth);
  return firstProblem(Object.keys(value), depth) ?? firstProblem(Object.values(value), depth);
}

function firstProblem(parts: readonly unknown[], depth: number): string | null {
  for (const part of parts) {
    const problem = exchangeProblem(part, depth + 1);
    if (problem !== null) return problem;
  }
  return null;
}

/** For some clients null means none, but for some servers it is a wrong value. What a tool is called with is its own matter. */
function withoutNulls({ kind, message }: Usable): RawMessage {
  if (kind === 'response') return without(message, [['result', '_meta']]);
  const { method, params } = message.value;
  if (params === null) return withoutMember(message, ['params']);
  const plain = without(message, [
    ['params', '_meta'],
    ['params', '_meta', 'progressToken'],
  ]);
  if (!isObject(params)) return plain;
  if (method === 'initialize') return without(plain, nullsIn(params, ['params']));
  if (method === 'tools/call')
    return params.arguments === null ? withMember(plain, ['params', 'arguments'], '{}') : plain;
  // An empty one is none, too: no server has given it out.
  const isNone = params.cursor === null || (params.cursor === '' && String(method).endsWith('/list'));
  return isNone ? withoutMember(plain, ['params', 'cursor']) : plain;
}

/** The message without those of the members that are null. */
function without(message: RawMessage, paths: readonly (readonly string[])[]): RawMessage {
  const at = (path: readonly string[]) =>
    path.reduce<unknown>((value, key) => (isObject(value) ? value[key] : undefined), message.value);
  return paths.filter((path) => at(path) === null).reduce(withoutMember, message);
}

/** Where there are nulls in an object, through objects. */
function nullsIn(value: object, path: readonly string[]): string[][] {
  return Object.entries(value).flatMap(([key, each]) => {
    if (each === null) return [[...path, key]];
    return isObject(each) ? nullsIn(each, [...path, key]) : [];
  });
}
