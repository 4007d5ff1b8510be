// Writes a JSON snapshot: indented, components in order, binaries streamed in; whole or not at all, mode 0600.
import { Base64Encoder } from '../../codec/base64.ts';
import { type Blobs, type TransferOptions, verified } from '../../disk/blob.ts';
import { verifyBlobs, watched } from '../../disk/blobs.ts';
import { writeDurably } from '../../disk/durable-file.ts';
import { type FileRef, type ReachedFile, reaching } from '../../disk/paths/fence.ts';
import { StateError } from '../../errors.ts';
import { saysTheSame } from '../../snapshot/contents.ts';
import type { Document } from '../../snapshot/document.ts';
import { artifactsOf } from '../../snapshot/schema.ts';
import type { SnapshotComponent, SnapshotDocument } from '../../snapshot/shape.ts';
import { occupied, openExisting } from '../existing.ts';
import type { OpenSnapshot, WrittenSnapshot } from '../place.ts';
import { openJsonFile } from './reader.ts';

const A_SNAPSHOT = 'a whole snapshot of this version';

/**
 * Writes `document` to `file`, with the code from `blobs` inside or, when that is null, without code. A file that says
 * the same is left alone.
 * @throws StoreError STORE_EXISTS when something else than a snapshot is there, STORE_UNSAFE_FILE, STORE_DENIED, STORE_NO_SPACE
 * @throws PolicyError POLICY_OUTSIDE_FENCE
 */
export async function writeJsonFile(
  file: FileRef,
  document: Document,
  blobs: Blobs | null,
  options: TransferOptions = {},
): Promise<WrittenSnapshot> {
  // What was looked at is what is replaced.
  return reaching(file, (reached) => writeReached(reached, document, blobs, options));
}

async function writeReached(
  file: ReachedFile,
  document: Document,
  blobs: Blobs | null,
  { signal, onProgress }: TransferOptions,
): Promise<WrittenSnapshot> {
  const reference = file.path;
  const existing = await openExisting(file, A_SNAPSHOT, () =>
    openJsonFile(file, { signal, known: document.policies }),
  );
  if (existing !== null && (await isSame(existing, document, blobs !== null))) {
    const { tree, digest } = existing.content;
    return { reference, digest, changed: false, document: tree };
  }
  const { tree, digest } = document;
  const written = await writeDurably(file, encodeSnapshot(tree, blobs, { signal, onProgress }), {
    replace: existing !== null,
    chunksStayValid: true,
  });
  if (written === null) throw occupied(file, A_SNAPSHOT);
  return { reference, digest, changed: true, document: tree };
}

/** The file's text in chunks, each valid until the one after the next. Every binary is verified as it passes. */
export async function* encodeSnapshot(
  document: SnapshotDocument,
  blobs: Blobs | null,
  options: TransferOptions = {},
): AsyncGenerator<Uint8Array> {
  const { version, components, ...rest } = document;
  const code = blobs && watched(blobs, codeOf(components), 'writing', options);
  const encoder = new Base64Encoder();
  // The version comes first, so that a reader of any version can tell at once.
  const fields = Object.entries({ version, ...rest }).map(
    ([key, value]) => `  ${JSON.stringify(key)}: ${indented(value, 2)}`,
  );
  yield Buffer.from(`{\n${fields.join(',\n')},\n  "components": [`);
  for (const [index, component] of components.entries()) {
    yield Buffer.from(`${index === 0 ? '' : ','}\n    ${openObject(component, code !== null)}`);
    if (code !== null) {
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

/** False also when the code inside is damaged: then the file is written again. */
async function isSame(existing: OpenSnapshot, wanted: Document, withBinaries: boolean): Promise<boolean> {
  if (!saysTheSame(existing.content, wanted)) return false;
  if (wanted.tree.components.length === 0) return true;
  if (existing.carriesBinaries !== withBinaries) return false;
  return !withBinaries || (await isWhole(existing));
}

async function isWhole({ content, blobs }: OpenSnapshot): Promise<boolean> {
  try {
    await verifyBlobs(blobs, artifactsOf(content.tree));
    return true;
  } catch (error) {
    if (error instanceof StateError && (error.kind === 'verification' || error.kind === 'format'))
      return false;
    throw error;
  }
}
