// Opens a JSON snapshot, compressed or not. The file is read once, to build and check the document and to find its binaries.
// These are read from their positions and verified when they are needed (F-5).

import type { BlobName } from '../../codec/blob-name.ts';
import { collected, nameOf } from '../../codec/bytes.ts';
import { type Codec, codecOf, TELLING_BYTES } from '../../codec/compression/compression.ts';
import { shortDigest } from '../../codec/digest.ts';
import type { JsonPath, JsonValue } from '../../codec/json/tree.ts';
import { LIMITS } from '../../codec/limits.ts';
import { type Blobs, blobMismatch } from '../../disk/blobs/blob.ts';
import { partMissing } from '../../disk/blobs/blobs.ts';
import type { FileRef } from '../../disk/paths/fence.ts';
import { FormatError } from '../../errors.ts';
import { readDocument } from '../../snapshot/document.ts';
import { completeDraft, type DraftComponent, isDraft, listDraft } from '../../snapshot/draft.ts';
import type { SnapshotComponent } from '../../snapshot/shape.ts';
import { type CarriedSignature, signaturesIn } from '../../snapshot/signatures/signature.ts';
import { readSnapshotTree } from '../../snapshot/tree.ts';
import { aboutFile } from '../about-file.ts';
import type { OpeningOptions, OpenSnapshot } from '../place.ts';
import { BinarySink, type CarriedBinary } from './binary.ts';
import { type RangeReader, rangesOf } from './ranges.ts';
import { type CarriedCode, textIn } from './text.ts';

/** A file that was opened. */
export interface OpenedFile {
  opened: OpenSnapshot;
  /** What it is compressed with, whatever it is called. */
  codec: Codec | null;
  /** Whether all code inside is right. */
  isWhole(): Promise<boolean>;
}

/**
 * Progress is reported for the first reading.
 * @throws FormatError FORMAT_NOT_A_SNAPSHOT, FORMAT_UNSUPPORTED_VERSION, FORMAT_INVALID, FORMAT_INVALID_ID, FORMAT_INVALID_POLICY, FORMAT_LIMIT_EXCEEDED
 * @throws VerificationError VERIFY_DIGEST_MISMATCH, VERIFY_PART_MISSING; StoreError when the file cannot be read
 */
export async function openJsonFile(file: FileRef, options: OpeningOptions = {}): Promise<OpenSnapshot> {
  return (await lookInto(file, options)).opened;
}

/** Like `openJsonFile`, with what only whoever replaces the file needs. */
export async function lookInto(file: FileRef, options: OpeningOptions = {}): Promise<OpenedFile> {
  return aboutFile(file, () => lookIntoRanges(rangesOf(file, options.onProgress), options));
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
  const ranges = rangesOf(file);
  const text = textIn(ranges, await codecIn(ranges), signal);
  const { tree } = await readTree(() => text.read(), signal);
  return isDraft(tree) ? listDraft(tree) : null;
}

/**
 * Like `openJsonFile`, from any source of bytes that gives the same bytes every time.
 */
export async function openRanges(read: RangeReader, options: OpeningOptions = {}): Promise<OpenSnapshot> {
  return (await lookIntoRanges(read, options)).opened;
}

async function lookIntoRanges(ranges: RangeReader, { signal, known }: OpeningOptions): Promise<OpenedFile> {
  const codec = await codecIn(ranges);
  const text = textIn(ranges, codec, signal);
  const { tree, signatures, carried } = await readTree(() => text.read(), signal);
  const code = text.code([...carried.values()]);
  const fromDraft = isDraft(tree);
  const digests = fromDraft ? await digestsOf(carried, code) : null;
  const content = readDocument(digests === null ? tree : completeDraft(tree, digests), known);
  const { components } = content.tree;
  const names = digests ?? (await namesIn(components, carried, code));
  const opened = {
    content,
    blobs: carriedBlobs(names, carried, code),
    signatures,
    notes: fromDraft
      ? ['made by the earlier draft: digests were computed from the binaries inside, not verified']
      : [],
    carriesBinaries: components.length > 0 && carried.size === components.length,
  };
  return { opened, codec, isWhole: () => isWhole(code, names, carried) };
}

async function codecIn(ranges: RangeReader): Promise<Codec | null> {
  return codecOf(await collected(ranges(0, TELLING_BYTES)));
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
  read: () => AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): Promise<ReadTree> {
  const carried = new Map<number, CarriedBinary>();
  const tree = await readSnapshotTree(read, {
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
  code: CarriedCode,
): Promise<Map<number, BlobName>> {
  const digests = new Map<number, BlobName>();
  for (const [index, binary] of carried)
    digests.set(index, await nameOf(code.bytes(binary, `components[${index}]`)));
  return digests;
}

/** The digests that the document gives. Sizes of binaries are compared with it without decoding them. */
async function namesIn(
  components: readonly SnapshotComponent[],
  carried: ReadonlyMap<number, CarriedBinary>,
  code: CarriedCode,
): Promise<Map<number, BlobName>> {
  const names = new Map<number, BlobName>();
  for (const [index, { component_id, artifact }] of components.entries()) {
    const binary = carried.get(index);
    if (binary === undefined) continue;
    names.set(index, artifact);
    if (binary.size === artifact.size) continue;
    const whose = `component "${component_id}"`;
    throw blobMismatch(artifact, await nameOf(code.bytes(binary, whose)), whose);
  }
  return names;
}

function carriedBlobs(
  names: ReadonlyMap<number, BlobName>,
  carried: ReadonlyMap<number, CarriedBinary>,
  code: CarriedCode,
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
        return code.bytes(binary, `blob ${shortDigest(sha256)}…`);
      },
    }),
  };
}

async function isWhole(
  code: CarriedCode,
  names: ReadonlyMap<number, BlobName>,
  carried: ReadonlyMap<number, CarriedBinary>,
): Promise<boolean> {
  const wanted = new Map([...carried].map(([index, binary]) => [binary.offset, names.get(index)!.sha256]));
  try {
    for await (const [{ offset }, bytes] of code.each())
      if ((await nameOf(bytes)).sha256 !== wanted.get(offset)) return false;
    return true;
  } catch (error) {
    if (error instanceof FormatError) return false;
    throw error;
  }
}
