// Several collections of blobs as one, and what is done with all blobs of a collection.
import type { BlobName } from '../../codec/blob-name.ts';
import { collected } from '../../codec/bytes.ts';
import { shortDigest } from '../../codec/digest.ts';
import { VerificationError } from '../../errors.ts';
import { ComponentProgress, type Progress } from '../progress.ts';
import {
  type BlobSink,
  type BlobSource,
  type Blobs,
  copyAllVerified,
  eachInTurn,
  type TransferOptions,
  verified,
} from './blob.ts';

/** A collection of the blobs that `sources` give. */
export function blobsOf(sources: readonly BlobSource[]): Blobs {
  const bySha256 = new Map(sources.map((source) => [source.sha256, source]));
  return {
    has: async ({ sha256, size }) => bySha256.get(sha256)?.size === size,
    source({ sha256 }) {
      const found = bySha256.get(sha256);
      if (found === undefined) throw partMissing(sha256);
      return found;
    },
  };
}

/** Takes each blob from the first of `collections` that has it. */
export function firstOf(collections: readonly Blobs[]): Blobs {
  return {
    async has(blob) {
      for (const collection of collections) if (await collection.has(blob)) return true;
      return false;
    },
    source(blob) {
      return {
        sha256: blob.sha256,
        size: blob.size,
        async *open() {
          for (const collection of collections) {
            if (!(await collection.has(blob))) continue;
            yield* collection.source(blob).open();
            return;
          }
          throw partMissing(blob.sha256);
        },
      };
    },
    kept(blob) {
      for (const collection of collections) {
        const kept = collection.kept?.(blob) ?? null;
        if (kept !== null) return kept;
      }
      return null;
    },
  };
}

/** The same blobs; reading them reports how much of `wanted` was read, and stops on the signal. */
export function watched(
  blobs: Blobs,
  wanted: readonly (BlobName & { component_id: string })[],
  doing: Progress['doing'],
  { signal, onProgress }: TransferOptions,
): Blobs {
  const size = { count: wanted.length, total: totalSize(wanted) };
  const progress = new ComponentProgress(doing, size, onProgress);
  const ids = new Map(wanted.map(({ sha256, component_id }) => [sha256, component_id]));
  return {
    has: (blob) => blobs.has(blob),
    source(blob) {
      const source = blobs.source(blob);
      return {
        ...source,
        async *open() {
          progress.begin(ids.get(blob.sha256)!);
          for await (const chunk of source.open()) {
            signal?.throwIfAborted();
            progress.advance(chunk.length);
            yield chunk;
          }
        },
      };
    },
  };
}

/** Reads small blobs whole; by SHA-256. @throws VerificationError VERIFY_PART_MISSING, VERIFY_DIGEST_MISMATCH */
export async function readBlobs(blobs: Blobs, wanted: Iterable<BlobName>): Promise<Map<string, Uint8Array>> {
  const found = new Map<string, Uint8Array>();
  const distinct = new Map([...wanted].map((blob) => [blob.sha256, blob]));
  await eachInTurn([...distinct.values()], async (blob, inTurn) => {
    found.set(blob.sha256, await collected(verified(blob, inTurn(blobs.source(blob).open()))));
  });
  return found;
}

/**
 * Reads and hashes all of `wanted`, also where some are missing; returns how many bytes were verified.
 * @throws VerificationError VERIFY_DIGEST_MISMATCH, VERIFY_PART_MISSING; FormatError for what a file has instead of base64
 */
export async function verifyBlobs(blobs: Blobs, wanted: Iterable<BlobName>): Promise<number> {
  const present: BlobName[] = [];
  const missing: BlobName[] = [];
  for (const blob of new Map([...wanted].map((blob) => [blob.sha256, blob])).values())
    ((await blobs.has(blob)) ? present : missing).push(blob);
  await copyAllVerified(present, blobs, async () => NOWHERE);
  if (missing[0] !== undefined) throw partMissing(missing[0].sha256);
  return totalSize(present);
}

const NOWHERE: BlobSink = { write: () => undefined, end: () => undefined, abort: () => undefined };

/** In bytes. */
export function totalSize(blobs: readonly { size: number }[]): number {
  return blobs.reduce((sum, { size }) => sum + size, 0);
}

export function partMissing(sha256: string): VerificationError {
  return new VerificationError('VERIFY_PART_MISSING', `blob ${shortDigest(sha256)}… is not in the store`, {
    hint: 'it was removed from the store; export the snapshot again where its components are',
    details: { sha256 },
  });
}
