// Reads the JSON of signatures: one object, no key twice, nothing of another shape than its schema.
import type * as z from 'zod';
import { FormatError } from '../../errors.ts';
import { JsonTreeReader, type JsonValue } from '../json/tree.ts';
import { invalidSignature } from './problem.ts';

const LIMITS = { depth: 32, documentBytes: 1024 * 1024, values: 50_000 };

/** @param what it is, with an article @throws FormatError FORMAT_INVALID_SIGNATURE, FORMAT_LIMIT_EXCEEDED */
export function readStrictJson(bytes: Uint8Array, what: string): JsonValue {
  try {
    const reader = new JsonTreeReader({ limits: LIMITS, shownKeys: new Set() });
    reader.push(bytes);
    return reader.end();
  } catch (error) {
    if (!(error instanceof FormatError) || error.code === 'FORMAT_LIMIT_EXCEEDED') throw error;
    throw invalidSignature(`${what} is not strict JSON: ${error.message}`, 'get the signature again', error);
  }
}

/** `tree` as `schema` has it. Of a fault only its place is said, as far as it is a key of the schema. */
export function shapedAs<T>(schema: z.ZodType<T>, tree: unknown, what: string, hint: string): T {
  const parsed = schema.safeParse(tree);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = issue!.path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('');
  const why =
    issue!.code === 'unrecognized_keys' ? 'has a key that does not belong there' : 'is not as it must be';
  throw invalidSignature(`${what}${where === '' ? '' : `, ${where.replace(/^\./, '')}`}: it ${why}`, hint);
}
