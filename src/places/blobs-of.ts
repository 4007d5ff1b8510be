// Blobs from sources that can be read directly, such as the files of a component directory.
import { copyVerified } from '../disk/blob.ts';
import { inParallel } from '../disk/parallel.ts';
import { partMissing } from './oci-blobs.ts';
import type { BlobSource, Blobs } from './place.ts';

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
      await inParallel(wanted, 4, async (artifact) =>
        copyVerified(source(artifact.sha256), await sinkFor(artifact)),
      );
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
