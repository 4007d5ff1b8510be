// Reads the documentation of functions that WIT tools put into a component's custom section `package-docs`.
import { parsedJson } from '../../codec/json/parsed.ts';
import { utf8Text } from '../../codec/utf8.ts';
import { NotUnderstood } from './byte-reader.ts';

const DEEPEST = 127;
const MOST_BYTES = 1024 * 1024;

/** Docs of a component's functions by name, from the first of its worlds that has any for the function. */
export type FunctionDocs = (functionName: string) => string | null;

/** @throws NotUnderstood when Wassette might read the docs differently */
export function readPackageDocs(section: Uint8Array | null): FunctionDocs {
  const worlds = section === null ? null : worldsIn(section);
  return (functionName) => {
    for (const world of worlds ?? []) {
      const docs = memberOf(memberOf(memberOf(world, 'func_exports'), functionName), 'docs');
      if (typeof docs === 'string') return docs;
    }
    return null;
  };
}

/** Null when the section cannot be read: then there are no docs at all. */
function worldsIn(json: Uint8Array): unknown[] | null {
  if (json.length > MOST_BYTES) throw new NotUnderstood();
  const docs = parsedJson(utf8Text(json) ?? '');
  assertReadAlike(docs, 1);
  const worlds = memberOf(docs, 'worlds');
  if (typeof worlds !== 'object' || worlds === null || Array.isArray(worlds)) return null;
  // JavaScript puts names that look like numbers first.
  if (Object.keys(worlds).some((name) => /^\d+$/.test(name))) throw new NotUnderstood();
  return Object.values(worlds);
}

function memberOf(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || !Object.hasOwn(value, key))
    return undefined;
  return (value as Record<string, unknown>)[key];
}

/** Wassette's parser refuses what JavaScript's takes: half characters, numbers out of range, and deep nesting. */
function assertReadAlike(value: unknown, depth: number): void {
  if (
    typeof value === 'string' ? !value.isWellFormed() : typeof value === 'number' && !Number.isFinite(value)
  )
    throw new NotUnderstood();
  if (typeof value !== 'object' || value === null) return;
  if (depth > DEEPEST) throw new NotUnderstood();
  for (const [key, inner] of Object.entries(value)) {
    assertReadAlike(key, depth);
    assertReadAlike(inner, depth + 1);
  }
}
