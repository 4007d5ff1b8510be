// Reads a snapshot from a layout, and checks every digest on the way from the index entry to the document.
import type { BlobName } from '../../codec/blob-name.ts';
import { shortDigest } from '../../codec/digest.ts';
import { type JsonValue, readJsonTree } from '../../codec/json/tree.ts';
import { LIMITS } from '../../codec/limits.ts';
import { partMissing } from '../../disk/blobs/blobs.ts';
import { FormatError, VerificationError } from '../../errors.ts';
import { type Document, readDocument } from '../../snapshot/document.ts';
import { Layers } from '../../snapshot/oci-layers.ts';
import {
  type Descriptor,
  distinctArtifacts,
  type Image,
  MANIFEST_MEDIA_TYPE,
  MAX_MANIFEST_BYTES,
  parseImage,
  parseManifest,
  SNAPSHOT_MEDIA_TYPE,
} from '../../snapshot/oci-manifest.ts';
import type { Policies } from '../../snapshot/policies.ts';
import type { SnapshotDocument } from '../../snapshot/shape.ts';
import { readSnapshotTree } from '../../snapshot/tree.ts';
import { SNAPSHOT } from './index-value.ts';

const MANIFEST_LIMITS = { depth: 16, documentBytes: MAX_MANIFEST_BYTES, values: 1_000_000 };

/** Gives all bytes of a small blob or a manifest, verified. */
export interface BlobReader {
  read(descriptor: Descriptor, maxBytes: number): Promise<Buffer>;
}

export interface StoredSnapshot {
  document: Document;
  manifest: Image;
  /** Where its code is. */
  layers: Layers;
}

/**
 * The manifest of an index entry, whatever image it is of; verified.
 * @throws FormatError FORMAT_NOT_A_SNAPSHOT where it is no manifest, FORMAT_INVALID, FORMAT_LIMIT_EXCEEDED
 * @throws VerificationError VERIFY_DIGEST_MISMATCH, VERIFY_PART_MISSING
 */
export async function readImage(blobs: BlobReader, descriptor: Descriptor): Promise<Image> {
  return parseImage(await readManifestTree(blobs, descriptor));
}

async function readManifestTree(blobs: BlobReader, descriptor: Descriptor): Promise<JsonValue> {
  if (descriptor.mediaType !== MANIFEST_MEDIA_TYPE) {
    throw new FormatError('FORMAT_NOT_A_SNAPSHOT', 'the entry of the index is not an image manifest', {
      hint: 'the name belongs to another kind of image',
      details: { digest: descriptor.digest },
    });
  }
  const bytes = await blobs.read(descriptor, MAX_MANIFEST_BYTES);
  return readJsonTree([bytes], { limits: MANIFEST_LIMITS });
}

/**
 * The snapshot of an index entry, verified except for its binaries.
 * @param known policies that were read before
 * @throws FormatError any of its codes
 * @throws VerificationError VERIFY_DIGEST_MISMATCH, VERIFY_PART_MISSING
 */
export async function readSnapshot(
  blobs: BlobReader,
  descriptor: Descriptor,
  known?: Policies,
): Promise<StoredSnapshot> {
  const manifest = parseManifest(await readManifestTree(blobs, descriptor));
  const digest = manifest.config.digest;
  const claimed = descriptor.annotations?.[SNAPSHOT] ?? digest;
  if (claimed !== digest) throw anotherSnapshot(claimed, digest);
  const document = await readDocumentIn(blobs, manifest.config, known);
  const layers = Layers.in(manifest);
  checkLayers(layers, document.tree);
  return { document, manifest, layers };
}

/** The document of a snapshot, which is a blob of its own; verified. @throws as `readSnapshot` */
async function readDocumentIn(blobs: BlobReader, config: Descriptor, known?: Policies): Promise<Document> {
  const bytes = await blobs.read(config, LIMITS.documentBytes);
  const document = readDocument(await readSnapshotTree(() => [bytes]), known);
  if (!document.bytes.equals(bytes)) throw notCanonical(config.digest);
  return document;
}

/** The document with this snapshot digest, without its manifest; null where there is none, or it cannot be read. */
export async function findDocument(
  blobs: BlobReader & { find(sha256: string): Promise<BlobName | null> },
  digest: string,
): Promise<Document | null> {
  const found = await blobs.find(digest.slice('sha256:'.length));
  if (found === null) return null;
  const config = { mediaType: SNAPSHOT_MEDIA_TYPE, digest, size: found.size };
  return readDocumentIn(blobs, config).catch(nullIfDamaged);
}

/** Every binary the document names is in a layer, by its size too, so that copying the image copies the snapshot. */
function checkLayers(layers: Layers, document: SnapshotDocument): void {
  for (const { sha256, size } of distinctArtifacts(document)) {
    const layer = layers.find(sha256);
    if (layer === null) throw partMissing(sha256);
    if (layer.artifact.size === size) continue;
    throw new VerificationError(
      'VERIFY_DIGEST_MISMATCH',
      `layer ${shortDigest(sha256)}…: expected ${size} bytes, got ${layer.artifact.size}`,
      { hint: 'the manifest was altered; export the snapshot again', details: { sha256 } },
    );
  }
}

/** For `catch`: what is damaged is passed over. */
export function nullIfDamaged(error: unknown): null {
  if (error instanceof FormatError || error instanceof VerificationError) return null;
  throw error;
}

function anotherSnapshot(expected: string, found: string): VerificationError {
  return new VerificationError('VERIFY_DIGEST_MISMATCH', `expected snapshot ${expected}, got ${found}`, {
    hint: 'the index of the store was altered; export the snapshot again',
    details: { expected, found },
  });
}

function notCanonical(digest: string): FormatError {
  return new FormatError('FORMAT_INVALID', `the document of ${digest} is not in canonical form`, {
    hint: 'the program that made it does not follow FORMAT.md',
    details: { digest },
  });
}
