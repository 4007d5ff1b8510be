// Small valid snapshots made by code: components with real wasm headers, and the document that names them.
import { sha256Hex } from '../../src/codec/digest.ts';
import type { BlobSource, Blobs } from '../../src/disk/blobs/blob.ts';
import { blobsOf, totalSize } from '../../src/disk/blobs/blobs.ts';
import type { Amount } from '../../src/places/transfer.ts';
import { Document } from '../../src/snapshot/document.ts';
import { niName } from '../../src/snapshot/schema.ts';
import type { SnapshotDocument } from '../../src/snapshot/shape.ts';
import { stateComponentOf, stateDigest } from '../../src/snapshot/state-digest.ts';

/** A component that differs from those with another text: the preamble and one custom section. */
export function componentBytes(text: string): Buffer {
  const content = Buffer.from(text);
  const section = Buffer.concat([Buffer.from([1]), Buffer.from('t'), content]);
  const size = section.length;
  const length = size < 128 ? [size] : [(size & 127) | 128, size >> 7];
  return Buffer.concat([Buffer.from([0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0, 0, ...length]), section]);
}

export interface SampleSnapshot {
  document: SnapshotDocument;
  content: Document;
  sources: BlobSource[];
  blobs: Blobs;
}

export interface SampleOptions {
  createdAt?: number;
  description?: string | null;
  /** The bytes of a component; by default each id has its own. */
  code?: (id: string) => Buffer;
}

/** A snapshot of one component for each id, sorted; sources in the same order. */
export function sampleSnapshot(
  ids: readonly string[],
  { createdAt = 1_731_444_000, description = 'a sample', code = componentBytes }: SampleOptions = {},
): SampleSnapshot {
  const coded = ids.toSorted().map((id) => ({ id, bytes: code(id) }));
  const components = coded.map(({ id, bytes }) => ({
    component_id: id,
    source_uri: niName(sha256Hex(bytes)),
    artifact: { sha256: sha256Hex(bytes), size: bytes.length },
    metadata: {
      component_id: id,
      tool_schemas: [],
      function_identifiers: [],
      tool_names: [],
      validation_stamp: { file_size: bytes.length, mtime: 1_731_440_000 },
      created_at: 1_731_440_000,
    },
    policy: null,
  }));
  const document = {
    version: 1 as const,
    created_at: createdAt,
    metadata: { description },
    components,
    state_digest: stateDigest(components.map(stateComponentOf)),
  };
  const sources = coded.map(({ bytes }) => sourceOfBytes(bytes));
  return { document, content: new Document(document, new Map()), sources, blobs: blobsOf(sources) };
}

export function sourceOfBytes(bytes: Buffer, named = sha256Hex(bytes)): BlobSource {
  return { sha256: named, size: bytes.length, open: () => chunksOf(bytes) };
}

/** As `Transfer` counts them. */
export function amountOf(sources: readonly BlobSource[]): Amount {
  return { blobs: sources.length, bytes: totalSize(sources) };
}

export async function* chunksOf(...chunks: (Uint8Array | string)[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield Buffer.from(chunk);
}

export async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(Buffer.from(chunk));
  return Buffer.concat(all);
}

/** Sinks that record what was delivered whole and what was given up. */
export function recordingSinks() {
  const delivered = new Map<string, Buffer>();
  const aborted: string[] = [];
  const sinkFor = async ({ sha256 }: { sha256: string }) => {
    const chunks: Buffer[] = [];
    return {
      write: (chunk: Uint8Array) => void chunks.push(Buffer.from(chunk)),
      end: () => void delivered.set(sha256, Buffer.concat(chunks)),
      abort: () => void aborted.push(sha256),
    };
  };
  return { delivered, aborted, sinkFor };
}
