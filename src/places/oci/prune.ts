// Removes from a layout what nobody needs any more. The caller holds the store's lock.
import { inParallel } from '../../disk/parallel.ts';
import { type Descriptor, sha256Of } from '../../snapshot/oci-manifest.ts';
import { BLOBS_PREFIX, blobKey, type OciBlobs } from './blobs.ts';
import type { IndexFile } from './index-file.ts';
import { digestIn, nameOf, withoutEntries } from './index-value.ts';
import type { ListedObject, ObjectDriver } from './object-driver.ts';
import { readImage } from './stored-snapshot.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const AT_ONCE = 8;

export interface PruneOptions {
  /** Kept in addition to what the snapshots need: hex SHA-256 of the blobs that undo records name. */
  keep: { blobs: ReadonlySet<string> };
  /** Milliseconds since 1970. */
  now: number;
  /** Only report what would be removed. */
  dryRun?: boolean;
}

export interface LayoutParts {
  driver: ObjectDriver;
  blobs: OciBlobs;
  indexFile: IndexFile;
}

export interface PruneResult {
  /** Snapshot digests. */
  removedSnapshots: string[];
  removedBlobs: number;
  freedBytes: number;
  kept: { snapshots: number; blobs: number };
}

/**
 * Drops unnamed snapshots, and blobs that neither a remaining index entry nor `keep` needs; never one that was written
 * or used in the last 24 hours, because an export that is under way may count on it.
 * @throws VerificationError VERIFY_DIGEST_MISMATCH, VERIFY_PART_MISSING when a snapshot that stays cannot be read
 */
export async function pruneLayout(
  { driver, blobs, indexFile }: LayoutParts,
  { keep, now, dryRun = false }: PruneOptions,
): Promise<PruneResult> {
  const before = now - DAY_MS;
  const index = await indexFile.read();
  const gone = await findForgotten(driver, index.manifests, before);
  const staying = withoutEntries(index, (descriptor) => gone.has(descriptor.digest)).manifests;
  const needed = await findNeeded(blobs, staying);

  const doomed: ListedObject[] = [];
  let keptBlobs = 0;
  for await (const object of driver.list(BLOBS_PREFIX)) {
    const sha256 = object.key.slice(BLOBS_PREFIX.length);
    if (needed.has(sha256) || keep.blobs.has(sha256) || object.head.modifiedMs >= before) keptBlobs++;
    else doomed.push(object);
  }

  let freedBytes = doomed.reduce((sum, { head }) => sum + head.size, 0);
  if (!dryRun) {
    // First the entries, durably: an index never names what is being removed.
    if (staying.length < index.manifests.length)
      await indexFile.update((current) => withoutEntries(current, (d) => isForgotten(d, gone)));
    await inParallel(doomed, AT_ONCE, async ({ key, head }) => void (await driver.delete(key, head)));
    freedBytes += (await driver.removeLeftovers?.(before)) ?? 0;
    await driver.flush?.();
  }
  return {
    removedSnapshots: [...gone.values()],
    removedBlobs: doomed.length,
    freedBytes,
    kept: { snapshots: new Set(staying.flatMap((each) => digestIn(each) ?? [])).size, blobs: keptBlobs },
  };
}

/** Manifest digest → snapshot digest of our unnamed snapshots that nobody used since `before`. Entries of others stay. */
async function findForgotten(
  driver: ObjectDriver,
  manifests: readonly Descriptor[],
  before: number,
): Promise<Map<string, string>> {
  const gone = new Map<string, string>();
  await inParallel(manifests, AT_ONCE, async (descriptor) => {
    const snapshot = digestIn(descriptor);
    if (snapshot === undefined || nameOf(descriptor) !== undefined) return;
    const head = await driver.head(blobKey(sha256Of(descriptor)));
    if (head === null || head.modifiedMs < before) gone.set(descriptor.digest, snapshot);
  });
  for (const descriptor of manifests) if (nameOf(descriptor) !== undefined) gone.delete(descriptor.digest);
  return gone;
}

function isForgotten(descriptor: Descriptor, gone: ReadonlyMap<string, string>): boolean {
  return gone.has(descriptor.digest) && nameOf(descriptor) === undefined;
}

async function findNeeded(blobs: OciBlobs, staying: readonly Descriptor[]): Promise<Set<string>> {
  const needed = new Set<string>();
  await inParallel(staying, AT_ONCE, async (descriptor) => {
    const { config, layers } = await readImage(blobs, descriptor);
    for (const part of [descriptor, config, ...layers]) needed.add(sha256Of(part));
  });
  return needed;
}
