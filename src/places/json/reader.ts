// Opens a JSON snapshot. The file is read once, to build and check the document and to find its binaries. These are read
// from their positions and verified when they are needed (F-5).

import type { BigIntStats } from 'node:fs';
import type { BlobName } from '../../codec/blob-name.ts';
import { nameOf } from '../../codec/bytes.ts';
import type { JsonPath, JsonValue } from '../../codec/json/tree.ts';
import { LIMITS } from '../../codec/limits.ts';
import { type Blobs, blobMismatch, type TransferOptions } from '../../disk/blobs/blob.ts';
import { partMissing } from '../../disk/blobs/blobs.ts';
import { FileChunks } from '../../disk/blobs/file-bytes.ts';
import { isSameFile, lookAt, openRegularFile } from '../../disk/durable-file.ts';
import { type FileRef, pathOf } from '../../disk/paths/fence.ts';
import { FormatError, StoreError } from '../../errors.ts';
import { readDocument } from '../../snapshot/document.ts';
import { completeDraft, type DraftComponent, isDraft, listDraft } from '../../snapshot/draft.ts';
import type { Policies } from '../../snapshot/policies.ts';
import type { SnapshotComponent } from '../../snapshot/shape.ts';
import { type CarriedSignature, signaturesIn } from '../../snapshot/signatures/signature.ts';
import { readSnapshotTree } from '../../snapshot/tree.ts';
import { aboutFile } from '../about-file.ts';
import type { OpenSnapshot } from '../place.ts';
import { BinarySink, type CarriedBinary, decodeBase64 } from './binary.ts';

const CHUNK_BYTES = 512 * 1024;

/** Progress is reported for the first reading. */
export interface ReadOptions extends TransferOptions {
  /** Policies that were read before. */
  known?: Policies | undefined;
}

/** Reads the bytes from `start` to before `end`; without `end` all. */
type RangeReader = (start: number, end?: number) => AsyncIterable<Buffer>;

/**
 * @throws FormatError FORMAT_NOT_A_SNAPSHOT, FORMAT_UNSUPPORTED_VERSION, FORMAT_INVALID, FORMAT_INVALID_ID, FORMAT_INVALID_POLICY, FORMAT_LIMIT_EXCEEDED
 * @throws VerificationError VERIFY_DIGEST_MISMATCH, VERIFY_PART_MISSING; StoreError when the file cannot be read
 */
export async function openJsonFile(file: FileRef, options: ReadOptions = {}): Promise<OpenSnapshot> {
  return aboutFile(file, () => openRanges(rangesOf(file, options.onProgress), options));
}

/** Ranges of one file, which must stay the same file. */
function rangesOf(file: FileRef, onProgress?: ReadOptions['onProgress']): RangeReader {
  const name = pathOf(file);
  let first: BigIntStats | undefined;
  return async function* (start, end) {
    const { handle, stat } = await openRegularFile(file);
    const isFirst = first === undefined;
    first ??= stat;
    if (!isSameFile(first, stat)) {
      await handle.close();
      throw changed(name);
    }
    const size = Number(stat.size);
    let done = 0;
    for await (const chunk of new FileChunks(name, handle, start, end ?? size, CHUNK_BYTES)) {
      yield chunk;
      done += chunk.length;
      if (isFirst) onProgress?.({ doing: 'opening', component: null, fraction: done / size });
    }
    const now = await lookAt(file).catch(() => undefined);
    if (!isSameFile(first, now)) throw changed(name);
  };
}

/** Like `openJsonFile`, from a text in memory. */
export async function openJsonText(text: string): Promise<OpenSnapshot> {
  const bytes = Buffer.from(text, 'utf8');
  return openRanges(async function* (start, end) {
    yield bytes.subarray(start, end);
  });
}

/** The components of an earlier draft's file that lacks binaries, or null for any other file. @throws as `openJsonFile` */
export async function listDraftFile(file: FileRef, signal?: AbortSignal): Promise<DraftComponent[] | null> {
  const { tree } = await readTree(rangesOf(file), signal);
  return isDraft(tree) ? listDraft(tree) : null;
}

/**
 * Like `openJsonFile`, from any source of bytes that gives the same bytes every time.
 * @internal exported so that tests can cut the bytes anywhere
 */
export async function openRanges(
  read: RangeReader,
  { signal, known }: ReadOptions = {},
): Promise<OpenSnapshot> {
  const { tree, signatures, carried } = await readTree(read, signal);
  const fromDraft = isDraft(tree);
  const digests = fromDraft ? await digestsOf(carried, read) : null;
  const content = readDocument(digests === null ? tree : completeDraft(tree, digests), known);
  const { components } = content.tree;
  const names = digests ?? (await namesIn(components, carried, read));
  return {
    content,
    blobs: carriedBlobs(names, carried, read),
    signatures,
    notes: fromDraft
      ? ['made by the earlier draft: digests were computed from the binaries inside, not verified']
      : [],
    carriesBinaries: components.length > 0 && carried.size === components.length,
  };
}

interface ReadTree {
  /** The document. */
  tree: { [key: string]: JsonValue };
  signatures: CarriedSignature[];
  /** The binaries, by the index of their component. */
  carried: Map<number, CarriedBinary>;
}

/** What is in the file, as it was read. */
export async function readTree(
  read: (start: number) => AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): Promise<ReadTree> {
  const carried = new Map<number, CarriedBinary>();
  const tree = await readSnapshotTree(() => read(0), {
    signal,
    divert: (path, offset) =>
      isBinary(path)
        ? new BinarySink(offset, LIMITS.binaryBytes, (binary) => carried.set(path[1] as number, binary))
        : undefined,
  });
  const { signatures, ...rest } = tree;
  return { tree: withoutBinaryFields(rest), signatures: signaturesIn(signatures), carried };
}

/** The live path of a `components[i].binary_data` string. */
function isBinary(path: JsonPath): boolean {
  return (
    path.length === 3 && path[0] === 'components' && typeof path[1] === 'number' && path[2] === 'binary_data'
  );
}

/** Only the document: fields of the carrier are not digested (F-2.2). */
function withoutBinaryFields(rest: { [key: string]: JsonValue }): { [key: string]: JsonValue } {
  if (!Array.isArray(rest.components)) return rest;
  const components = rest.components.map((component) => {
    if (typeof component !== 'object' || component === null || Array.isArray(component)) return component;
    const { include_binary: _flag, binary_data: data, ...document } = component;
    if (data === undefined || data === null) return document;
    throw new FormatError('FORMAT_INVALID', 'binary_data: expected a base64 string or null', {
      hint: 'see FORMAT.md, F-5',
    });
  });
  return { ...rest, components };
}

/** The digests that a file of the earlier draft does not have, computed from its binaries. */
async function digestsOf(
  carried: ReadonlyMap<number, CarriedBinary>,
  read: RangeReader,
): Promise<Map<number, BlobName>> {
  const digests = new Map<number, BlobName>();
  for (const [index, binary] of carried)
    digests.set(index, await nameOf(bytesOf(binary, `components[${index}]`, read)));
  return digests;
}

/** The digests that the document gives. Sizes of binaries are compared with it without decoding them. */
async function namesIn(
  components: readonly SnapshotComponent[],
  carried: ReadonlyMap<number, CarriedBinary>,
  read: RangeReader,
): Promise<Map<number, BlobName>> {
  const names = new Map<number, BlobName>();
  for (const [index, { component_id, artifact }] of components.entries()) {
    const binary = carried.get(index);
    if (binary === undefined) continue;
    names.set(index, artifact);
    if (binary.size === artifact.size) continue;
    const whose = `component "${component_id}"`;
    throw blobMismatch(artifact, await nameOf(bytesOf(binary, whose, read)), whose);
  }
  return names;
}

function bytesOf({ offset, length }: CarriedBinary, whose: string, read: RangeReader) {
  return decodeBase64(read(offset, offset + length), whose);
}

function carriedBlobs(
  names: ReadonlyMap<number, BlobName>,
  carried: ReadonlyMap<number, CarriedBinary>,
  read: RangeReader,
): Blobs {
  const bySha256 = new Map([...names].map(([index, { sha256 }]) => [sha256, carried.get(index)!]));
  return {
    has: async ({ sha256, size }) => bySha256.get(sha256)?.size === size,
    source: ({ sha256, size }) => ({
      sha256,
      size,
      open() {
        const binary = bySha256.get(sha256);
        if (binary === undefined) throw partMissing(sha256);
        return bytesOf(binary, `blob ${sha256.slice(0, 12)}…`, read);
      },
    }),
  };
}

function changed(file: string): StoreError {
  return new StoreError('STORE_CHANGING', `${file} changed while it was being read`, {
    hint: 'nothing was taken from it; try again when nobody writes it',
  });
}
