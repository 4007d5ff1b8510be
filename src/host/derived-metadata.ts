// `<id>.metadata.json` computed from a component's bytes, as Wassette 0.8 would write it after compiling: with it the
// tools are listed at once after a cold start. Only a cache, but a trusted one, so every doubt means that there is none.
import { NotUnderstood } from '../codec/byte-reader.ts';
import { type ComponentInterface, readComponentInterface } from '../codec/component-interface.ts';
import { readPackageDocs } from '../codec/package-docs.ts';
import { type ComponentTools, toolsOf } from '../model/component-tools.ts';
import { unlinkedImports } from '../model/linked-imports.ts';

/** What a component says of itself; null where it cannot be told exactly. */
export interface DerivedInterface {
  tools: ComponentTools | null;
  /** Imports that Wassette cannot link: the component does not load. */
  unlinked: readonly string[];
}

export function deriveInterface(wasm: Uint8Array): DerivedInterface {
  const read = orNull((): ComponentInterface => readComponentInterface(wasm));
  if (read === null) return { tools: null, unlinked: [] };
  const unlinked = unlinkedImports(read.imports);
  return { tools: orNull(() => toolsOf(read, readPackageDocs(wasm))), unlinked };
}

/** The file's bytes, or null where it is better left out. `sha256` is that of `wasm`. */
export function metadataFor(
  componentId: string,
  wasm: Uint8Array,
  sha256: string,
  nowSeconds: number,
): Buffer | null {
  const { tools, unlinked } = deriveInterface(wasm);
  // The tools of a component that does not load would stay listed, and always fail.
  if (tools === null || unlinked.length > 0) return null;
  const metadata = {
    component_id: componentId,
    tool_schemas: tools.tools,
    function_identifiers: tools.identifiers,
    tool_names: tools.tools.map(({ name }) => name),
    validation_stamp: { file_size: wasm.length, mtime: 0, content_hash: sha256 },
    created_at: nowSeconds,
  };
  return Buffer.from(JSON.stringify(metadata, null, 2));
}

function orNull<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof NotUnderstood) return null;
    throw error;
  }
}
