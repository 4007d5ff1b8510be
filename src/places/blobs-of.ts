// Blobs from sources that can be read directly, such as the files of a component directory.
import type { BlobName } from '../codec/blob-name.ts';
import { copyAllVerified } from '../disk/blob.ts';
import { partMissing } from './oci/blobs.ts';
import type { BlobSink, BlobSource, Blobs } from './place.ts';

/** The blobs that `sources` hold. */
export function blobsOf(sources: readonly BlobSource[]): Blobs {
  const bySha256 = new Map(sources.map((source) => [source.sha256, source]));
  const source = (sha256: string) => {
    const found = bySha256.get(sha256);
    if (found === undefined) throw partMissing(sha256);
    return found;
  };
  return {
    has: async ({ sha256, size }) => bySha256.get(sha256)?.size === size,
    source: ({ sha256 }) => source(sha256),
    async deliver(wanted, sinkFor) {
      await copyAllVerified(wanted, ({ sha256 }) => source(sha256), sinkFor);
    },
  };
}

/** The first of `places` that has the blob gives it. */
export function firstOf(places: readonly Blobs[]): Blobs {
  return {
    async has(artifact) {
      for (const place of places) if (await place.has(artifact)) return true;
      return false;
    },
    source(artifact) {
      return {
        sha256: artifact.sha256,
        size: artifact.size,
        async *open() {
          for (const place of places) {
            if (!(await place.has(artifact))) continue;
            yield* place.source(artifact).open();
            return;
          }
          throw partMissing(artifact.sha256);
        },
      };
    },
    async deliver(wanted, sinkFor) {
      let left = [...wanted];
      for (const place of places) {
        const here: typeof left = [];
        const elsewhere: typeof left = [];
        for (const artifact of left) ((await place.has(artifact)) ? here : elsewhere).push(artifact);
        if (here.length > 0) await place.deliver(here, sinkFor);
        left = elsewhere;
      }
      if (left[0] !== undefined) throw partMissing(left[0].sha256);
    },
  };
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
  await blobs.deliver(present, async () => NOWHERE);
  if (missing[0] !== undefined) throw partMissing(missing[0].sha256);
  return present.reduce((sum, { size }) => sum + size, 0);
}

const NOWHERE: BlobSink = { write: () => undefined, end: () => undefined, abort: () => undefined };
