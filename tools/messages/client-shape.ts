// Classifies a line of a client: more than JSON-RPC is asked of it, so that any server can read it, and what it says with null
// is left out.
import { isObject, type RawMessage, withMember, withoutMember } from './raw-message.ts';
import { type Shape, shapeOf, unusable } from './shape.ts';

/** serde_json, which Wassette uses, gives up at 128 levels, and then nobody learns whose message it was. */
const MAX_DEPTH = 100;

export function clientShapeOf(line: string): Shape {
  const shape = shapeOf(line);
  if (shape.kind === 'unusable') return shape;
  const problem = exchangeProblem(shape.message.value);
  if (problem !== null) return unusable(shape, problem);
  return shape.kind === 'response' ? shape : { kind: shape.kind, message: withoutNulls(shape.message) };
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

/** For some clients null means none, but for some servers it is a wrong value. */
function withoutNulls(message: RawMessage): RawMessage {
  const { method, params } = message.value;
  if (params === null) return withoutMember(message, ['params']);
  if (!isObject(params)) return message;
  let plain = message;
  if (params._meta === null) plain = withoutMember(plain, ['params', '_meta']);
  else if (isObject(params._meta) && params._meta.progressToken === null)
    plain = withoutMember(plain, ['params', '_meta', 'progressToken']);
  if (method === 'tools/call')
    return params.arguments === null ? withMember(plain, ['params', 'arguments'], '{}') : plain;
  return params.cursor === null ? withoutMember(plain, ['params', 'cursor']) : plain;
}
