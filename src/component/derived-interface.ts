// A component's tools and imports, derived from its bytes, and the tool cache (`<id>.metadata.json`) that Wassette 0.8
// would write after compiling it. With the cache, tools are listed at once after a cold start. Wassette trusts the cache,
// so in any doubt none is made.
import type { BlobName } from '../codec/blob-name.ts';
import { type Abilities, abilitiesIn } from './abilities.ts';
import { NotLoaded, NotUnderstood } from './decoder/byte-reader.ts';
import { readComponentInterface } from './decoder/interface.ts';
import { interfaceSections, type ReadAt } from './decoder/interface-sections.ts';
import { readPackageDocs } from './decoder/package-docs.ts';
import { unlinkedImports } from './linked-imports.ts';
import { type ComponentTools, toolsOf } from './tools.ts';

/** Wassette also writes deeper nesting, but does not read it back. */
const DEEPEST_JSON = 127;

/** What a component's code says about its interface. */
export interface DerivedInterface {
  /** Null when Wassette's tools cannot be derived exactly. */
  tools: ComponentTools | null;
  /** Imports that Wassette cannot link: the component does not load. */
  unlinked: readonly string[];
  /** What in it Wassette 0.8 does not load, and where; null when nothing was found. */
  unloadable: string | null;
  /** What the code can do; null when it is not understood, or does not load. */
  abilities: Abilities | null;
}

/** Names of the tools that the code has; null when they cannot be derived. */
export function toolNamesOf({ tools }: DerivedInterface): string[] | null {
  return tools?.tools.map(({ name }) => name) ?? null;
}

/** @param read gives the component's bytes */
export function deriveInterface(read: ReadAt, size: number): DerivedInterface {
  const found: DerivedInterface = { tools: null, unlinked: [], unloadable: null, abilities: null };
  try {
    const { component, docs } = interfaceSections(read, size);
    const decoded = readComponentInterface(component);
    found.unlinked = unlinkedImports(decoded.imports);
    if (found.unlinked.length === 0) found.abilities = abilitiesIn(decoded.imports);
    found.tools = toolsOf(decoded, readPackageDocs(docs));
  } catch (error) {
    if (error instanceof NotLoaded) {
      found.unloadable = error.message;
      found.abilities = null;
    } else if (!(error instanceof NotUnderstood)) throw error;
  }
  return found;
}

/**
 * The bytes of the tool cache, or null when it is better left out or would list nothing.
 * @param code its size and SHA-256; `read` gives its bytes
 */
export function deriveToolCache(
  componentId: string,
  code: BlobName,
  read: ReadAt,
  nowSeconds: number,
): Buffer | null {
  const { tools, unlinked } = deriveInterface(read, code.size);
  // Tools of a component that does not load would stay listed, and every call would fail.
  if (tools === null || unlinked.length > 0 || tools.tools.length === 0) return null;
  const cache = {
    component_id: componentId,
    tool_schemas: tools.tools,
    function_identifiers: tools.identifiers,
    tool_names: tools.tools.map(({ name }) => name),
    validation_stamp: { file_size: code.size, mtime: 0, content_hash: code.sha256 },
    created_at: nowSeconds,
  };
  return depthOf(cache) > DEEPEST_JSON ? null : Buffer.from(JSON.stringify(cache, null, 2));
}

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Object.values(value).reduce<number>((deepest, inner) => Math.max(deepest, depthOf(inner)), 0);
}
