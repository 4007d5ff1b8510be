// Wassette's cached tool list of a component: information for a review, never authority.
import * as z from 'zod';
import { type ToolMetadata, ToolMetadataSchema } from '../model/snapshot.ts';

const NamesSchema = z.looseObject({ tool_names: z.array(z.string()) });

/** Names of the tools that were cached; none where the cache is absent or unreadable. */
export function toolNamesIn(bytes: Uint8Array | undefined): string[] {
  const parsed = NamesSchema.safeParse(parseJson(bytes));
  return parsed.success ? parsed.data.tool_names : [];
}

/** The cache as a snapshot carries it; an empty one where there is none, because readers need the field. */
export function toolMetadataFor(
  componentId: string,
  bytes: Uint8Array | undefined,
  wasm: { size: number; sha256: string; mtimeSeconds: number },
): ToolMetadata {
  const stamp = { file_size: wasm.size, mtime: wasm.mtimeSeconds, content_hash: wasm.sha256 };
  const parsed = ToolMetadataSchema.safeParse(parseJson(bytes));
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

function parseJson(bytes: Uint8Array | undefined): unknown {
  try {
    return bytes === undefined ? undefined : JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return undefined;
  }
}
