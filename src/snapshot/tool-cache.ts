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

/** Wassette reads no deeper ones. */
const WASSETTES_LIMITS = { ...CACHE_LIMITS, depth: 127 };

const NamesSchema = z.looseObject({ tool_names: z.array(z.string()) });
const StampedSchema = z.looseObject({ validation_stamp: ToolCacheSchema.shape.validation_stamp });
/** Wassette takes any time. */
const ListedCacheSchema = ToolCacheSchema.extend({ created_at: z.number().nonnegative() });
const IdSchema = z.looseObject({ component_id: z.string() });

/** Names of the cached tools; none when the cache is absent or unreadable. */
export function cachedToolNames(bytes: Uint8Array | undefined): string[] {
  const parsed = NamesSchema.safeParse(parseJson(bytes));
  return parsed.success ? parsed.data.tool_names : [];
}

/** What Wassette lists from a cache before it has compiled the code. */
export type CachedTools =
  /** Tool objects, as it lists them. */
  | { tools: readonly unknown[] }
  /** There is none, or one of other code, which Wassette leaves alone. */
  | 'none'
  /** Wassette reads more than we do, such as one with a key twice: it may list what stands there. */
  | 'unread';

/** What Wassette 0.8 lists from the cache `bytes` beside this code. */
export function cachedTools(
  bytes: Uint8Array | undefined,
  code: { size: number; sha256: string; mtimeSeconds: number },
): CachedTools {
  if (bytes === undefined) return 'none';
  const parsed = parseJson(bytes, WASSETTES_LIMITS);
  const stamp = StampedSchema.safeParse(parsed).data?.validation_stamp;
  if (stamp === undefined) return 'unread';
  const { file_size, content_hash, mtime } = stamp;
  const isOfCode = content_hash ? content_hash === code.sha256 : mtime === code.mtimeSeconds;
  if (file_size !== code.size || !isOfCode) return 'none';
  const cache = ListedCacheSchema.safeParse(parsed).data;
  if (cache === undefined) return 'unread';
  // Those without a name or function cannot be called, and are listed all the same.
  return { tools: cache.tool_schemas };
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
function parseJson(bytes: Uint8Array | undefined, limits = CACHE_LIMITS): unknown {
  if (bytes === undefined) return undefined;
  try {
    const reader = new JsonTreeReader({ limits });
    reader.push(bytes);
    return reader.end();
  } catch {
    return undefined;
  }
}
