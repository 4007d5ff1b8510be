// Reads the tool cache that Wassette keeps of a component. It informs a review; nothing is decided by it.
import * as z from 'zod';
import { JsonTreeReader } from '../codec/json/tree.ts';
import { LIMITS } from '../codec/limits.ts';
import { ToolCacheSchema } from './schema.ts';
import type { ToolCache } from './shape.ts';

/** Below the limits of a document, because the cache becomes a part of one. */
const CACHE_LIMITS = {
  depth: LIMITS.depth - 4,
  documentBytes: LIMITS.documentBytes / 4,
  values: LIMITS.values / 4,
};

export const MAX_TOOL_CACHE_BYTES = CACHE_LIMITS.documentBytes;

const NamesSchema = z.looseObject({ tool_names: z.array(z.string()) });
const IdSchema = z.looseObject({ component_id: z.string() });

/** Names of the cached tools; none when the cache is absent or unreadable. */
export function cachedToolNames(bytes: Uint8Array | undefined): string[] {
  const parsed = NamesSchema.safeParse(parseJson(bytes));
  return parsed.success ? parsed.data.tool_names : [];
}

/**
 * The tools that Wassette 0.8 lists from the cache before it has compiled the code; null when it is absent or unreadable, or is
 * none of this code, which Wassette then leaves alone.
 */
export function cachedTools(
  bytes: Uint8Array | undefined,
  code: { size: number; sha256: string; mtimeSeconds: number },
): unknown[] | null {
  const cache = ToolCacheSchema.safeParse(parseJson(bytes)).data;
  if (cache === undefined) return null;
  const { file_size, content_hash, mtime } = cache.validation_stamp;
  const isOfCode = content_hash ? content_hash === code.sha256 : mtime === code.mtimeSeconds;
  if (file_size !== code.size || !isOfCode) return null;
  // Wassette takes as many as the shortest of the three lists has.
  const count = Math.min(cache.tool_names.length, cache.function_identifiers.length);
  return cache.tool_schemas.slice(0, count);
}

/** Whether two lists name the same tools, in whatever order. */
export function areSameTools(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && [...a].sort().join('\n') === [...b].sort().join('\n');
}

/** The component id in it, which Wassette prefers to the file's name; null when the cache is absent or unreadable. */
export function cachedComponentId(bytes: Uint8Array | undefined): string | null {
  return IdSchema.safeParse(parseJson(bytes)).data?.component_id ?? null;
}

/** The cache as a snapshot carries it; an empty one when there is none, because the field is required. */
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

/** Parses strictly: what a reader of snapshots would refuse must not get into one. */
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
