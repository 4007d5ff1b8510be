// Wassette's cached tool list of a component: information for a review, never authority.
import * as z from 'zod';
import { JsonTreeReader } from '../codec/json/tree.ts';
import { LIMITS } from '../codec/limits.ts';
import { type ToolCache, ToolCacheSchema } from './schema.ts';

/** Less than a document may have, because the cache becomes a part of one. */
const CACHE_LIMITS = {
  depth: LIMITS.depth - 4,
  documentBytes: LIMITS.documentBytes / 4,
  values: LIMITS.values / 4,
};

export const MAX_TOOL_CACHE_BYTES = CACHE_LIMITS.documentBytes;

const NamesSchema = z.looseObject({ tool_names: z.array(z.string()) });
const IdSchema = z.looseObject({ component_id: z.string() });

/** Names of the tools that were cached; none where the cache is absent or unreadable. */
export function cachedToolNames(bytes: Uint8Array | undefined): string[] {
  const parsed = NamesSchema.safeParse(parseJson(bytes));
  return parsed.success ? parsed.data.tool_names : [];
}

/** Whether two lists name the same tools, in whatever order. */
export function areSameTools(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && [...a].sort().join('\n') === [...b].sort().join('\n');
}

/** The id it is of, which Wassette believes more than the file's name; null where the cache is absent or unreadable. */
export function cachedComponentId(bytes: Uint8Array | undefined): string | null {
  return IdSchema.safeParse(parseJson(bytes)).data?.component_id ?? null;
}

/** The cache as a snapshot carries it; an empty one where there is none, because readers need the field. */
export function toolCacheFor(
  componentId: string,
  bytes: Uint8Array | undefined,
  wasm: { size: number; sha256: string; mtimeSeconds: number },
): ToolCache {
  const stamp = { file_size: wasm.size, mtime: wasm.mtimeSeconds, content_hash: wasm.sha256 };
  const parsed = ToolCacheSchema.safeParse(parseJson(bytes));
  if (parsed.success) return { ...parsed.data, component_id: componentId, validation_stamp: stamp };
  return {
    component_id: componentId,
    tool_schemas: [],
    function_identifiers: [],
    tool_names: [],
    validation_stamp: stamp,
    created_at: wasm.mtimeSeconds,
  };
}

/** Strictly: what a snapshot's reader would refuse must not get into one. */
function parseJson(bytes: Uint8Array | undefined): unknown {
  if (bytes === undefined) return undefined;
  try {
    const reader = new JsonTreeReader({ limits: CACHE_LIMITS });
    reader.push(bytes);
    return reader.end();
  } catch {
    return undefined;
  }
}
