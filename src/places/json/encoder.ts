// The text of a JSON snapshot: indented, components in order, binaries streamed in.
import { Base64Encoder } from '../../codec/base64.ts';
import { type Blobs, type TransferOptions, verified } from '../../disk/blobs/blob.ts';
import { watched } from '../../disk/blobs/blobs.ts';
import type { SnapshotComponent, SnapshotDocument } from '../../snapshot/shape.ts';
import type { CarriedSignature } from '../../snapshot/signatures/signature.ts';

/** What is to be in the file beside its document. */
export interface FileContents {
  /** The code that is inside; null for none. */
  blobs: Blobs | null;
  /** The components whose code is inside; by default all. */
  ids?: ReadonlySet<string> | undefined;
  signatures: readonly CarriedSignature[];
}

/** The file's text in chunks, each valid until the one after the next. Every binary is verified as it passes. */
export async function* encodeSnapshot(
  document: SnapshotDocument,
  { blobs, ids, signatures }: FileContents,
  options: TransferOptions = {},
): AsyncGenerator<Uint8Array> {
  const { version, components, ...rest } = document;
  const isInside = ({ component_id }: SnapshotComponent) => ids?.has(component_id) ?? true;
  const code = blobs && watched(blobs, codeOf(components.filter(isInside)), 'writing', options);
  const encoder = new Base64Encoder();
  // The version comes first, so that a reader of any version can tell at once.
  const fields = Object.entries({
    version,
    ...rest,
    ...(signatures.length === 0 ? {} : { signatures }),
  }).map(([key, value]) => `  ${JSON.stringify(key)}: ${indented(value, 2)}`);
  yield Buffer.from(`{\n${fields.join(',\n')},\n  "components": [`);
  for (const [index, component] of components.entries()) {
    const withCode = code !== null && isInside(component);
    yield Buffer.from(`${index === 0 ? '' : ','}\n    ${openObject(component, withCode)}`);
    if (withCode) {
      const { artifact } = component;
      for await (const chunk of verified(artifact, code.source(artifact).open())) yield encoder.write(chunk);
      yield encoder.end();
      yield Buffer.from('"');
    }
    yield Buffer.from('\n    }');
  }
  yield Buffer.from(components.length === 0 ? ']\n}\n' : '\n  ]\n}\n');
}

function codeOf(components: readonly SnapshotComponent[]) {
  return components.map(({ component_id, artifact }) => ({ component_id, ...artifact }));
}

/** A component up to where its binary's text goes, or up to its closing brace. */
function openObject(component: SnapshotComponent, withBinary: boolean): string {
  const object = indented({ ...component, include_binary: withBinary }, 4);
  const open = object.slice(0, object.lastIndexOf('\n'));
  return withBinary ? `${open},\n      "binary_data": "` : open;
}

function indented(value: unknown, spaces: number): string {
  return JSON.stringify(value, null, 2).replaceAll('\n', `\n${' '.repeat(spaces)}`);
}
