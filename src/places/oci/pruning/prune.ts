// Removes from a layout what nobody needs any more.
import type { Clock } from '../../../disk/clock.ts';
import { inParallel } from '../../../disk/parallel.ts';
import { type Descriptor, sha256Of } from '../../../snapshot/oci-manifest.ts';
import { BLOBS_PREFIX, blobKey, type OciBlobs } from '../blobs.ts';
import type { IndexFile } from '../index-file.ts';
import { createdIn, digestIn, withoutEntries } from '../index-value.ts';
import type { ListedObject, ObjectDriver } from '../object-driver.ts';
import { readImage } from '../stored-snapshot.ts';
import { PruningMark } from './mark.ts';
import { keptBy, type Reason, type Retention } from './retention.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const AT_ONCE = 8;

export interface PruneOptions extends Retention {
  /** Kept in addition to what the snapshots need: hex SHA-256 of the blobs that undo records name. */
  keep?: { blobs: ReadonlySet<string> };
  /** Milliseconds since 1970; by default by the clock of whatever keeps the objects. */
  now?: number;
  /** Only report what would be removed. */
  dryRun?: boolean;
}

export interface LayoutParts {
  driver: ObjectDriver;
  blobs: OciBlobs;
  indexFile: IndexFile;
  clock: Clock;
}

export interface PruneResult {
  /** Snapshot digests. */
  removedSnapshots: string[];
  removedBlobs: number;
  freedBytes: number;
  kept: { snapshots: number; blobs: number };
  /** Each snapshot that stays, newest first, with every reason; `younger than a day` for what was written or used since then. */
  keptSnapshots: readonly KeptSnapshot[];
}

export interface KeptSnapshot {
  /** Snapshot digest. */
  digest: string;
  /** Seconds since 1970; null when the snapshot does not say. */
  created_at: number | null;
  because: readonly Reason[];
}

/**
 * Drops unnamed snapshots, and blobs that neither a remaining index entry nor `keep` needs; never one that was written
 * or used in the last 24 hours, because an export that is under way may count on it.
 * @throws VerificationError VERIFY_DIGEST_MISMATCH, VERIFY_PART_MISSING when a snapshot that stays cannot be read
 * @throws StoreError STORE_CHANGING when another pruning does not end
 */
export async function pruneLayout(parts: LayoutParts, options: PruneOptions): Promise<PruneResult> {
  const { driver, clock } = parts;
  if (options.dryRun) return new Pruning(parts, options, options.now ?? clock.now()).foresee();
  if (driver.exclusively !== undefined) {
    const pruning = new Pruning(parts, options, options.now ?? clock.now());
    return driver.exclusively(() => pruning.run(async () => undefined));
  }
  return new PruningMark(driver, clock).during(({ sinceMs, stand }) =>
    new Pruning(parts, options, options.now ?? sinceMs).run(stand),
  );
}

class Pruning {
  readonly #parts: LayoutParts;
  readonly #keptBlobs: ReadonlySet<string>;
  readonly #rules: Retention;
  readonly #before: number;

  constructor(parts: LayoutParts, { keep, ...rules }: PruneOptions, now: number) {
    this.#parts = parts;
    this.#keptBlobs = keep?.blobs ?? new Set();
    this.#rules = rules;
    this.#before = now - DAY_MS;
  }

  async foresee(): Promise<PruneResult> {
    const index = await this.#parts.indexFile.read();
    const gone = await this.#forgottenIn(index.manifests);
    const staying = withoutEntries(index, isIn(gone)).manifests;
    const { doomed, kept } = await this.#doomed(staying);
    return { ...this.#result(gone, staying, doomed), kept: { snapshots: countOf(staying), blobs: kept } };
  }

  /** @param stand called before each removal */
  async run(stand: () => Promise<void>): Promise<PruneResult> {
    const { driver, indexFile } = this.#parts;
    let gone: ReadonlyMap<string, string> = new Map();
    // First the entries, durably: an index never names what is being removed. Where it was changed meanwhile, a snapshot may
    // have been used again, so that all of it is looked at again.
    const { manifests } = await indexFile.update(async (current) => {
      gone = await this.#forgottenIn(current.manifests);
      return gone.size === 0 ? current : withoutEntries(current, isIn(gone));
    });
    const { doomed, kept } = await this.#doomed(manifests);
    const removed: ListedObject[] = [];
    await inParallel(doomed, AT_ONCE, async (object) => {
      await stand();
      if (await driver.delete(object.key, object.head)) removed.push(object);
    });
    const leftovers = (await driver.removeLeftovers?.(this.#before)) ?? 0;
    await driver.flush?.();
    const result = this.#result(gone, manifests, removed);
    return {
      ...result,
      freedBytes: result.freedBytes + leftovers,
      kept: { snapshots: countOf(manifests), blobs: kept + doomed.length - removed.length },
    };
  }

  #result(
    gone: ReadonlyMap<string, string>,
    staying: readonly Descriptor[],
    removed: readonly ListedObject[],
  ): Omit<PruneResult, 'kept'> {
    const stays = new Set(staying.map(({ digest }) => digest));
    return {
      removedSnapshots: [...gone].flatMap(([manifest, snapshot]) => (stays.has(manifest) ? [] : [snapshot])),
      removedBlobs: removed.length,
      freedBytes: removed.reduce((sum, { head }) => sum + head.size, 0),
      keptSnapshots: this.#keptOf(staying),
    };
  }

  /** Manifest digest → snapshot digest of our unnamed snapshots that nobody used lately. Entries of others stay. */
  async #forgottenIn(manifests: readonly Descriptor[]): Promise<Map<string, string>> {
    const { driver } = this.#parts;
    const staying = keptBy(this.#rules, manifests);
    const gone = new Map<string, string>();
    await inParallel(manifests, AT_ONCE, async (descriptor) => {
      const snapshot = digestIn(descriptor);
      if (snapshot === undefined || staying.has(descriptor.digest)) return;
      const head = await driver.head(blobKey(sha256Of(descriptor)));
      if (head === null || head.modifiedMs < this.#before) gone.set(descriptor.digest, snapshot);
    });
    return gone;
  }

  #keptOf(staying: readonly Descriptor[]): KeptSnapshot[] {
    const reasons = keptBy(this.#rules, staying);
    const snapshots = new Map(
      staying.flatMap((each) => (digestIn(each) === undefined ? [] : [[each.digest, each] as const])),
    );
    return [...snapshots.values()]
      .map((each) => ({
        digest: digestIn(each)!,
        created_at: createdIn(each),
        because: reasons.get(each.digest) ?? ['younger than a day'],
      }))
      .sort((a, b) => (b.created_at ?? 0) - (a.created_at ?? 0));
  }

  /** Old blobs that none of the entries needs, and how many others there are. */
  async #doomed(staying: readonly Descriptor[]): Promise<{ doomed: ListedObject[]; kept: number }> {
    const { driver, blobs } = this.#parts;
    const needed = await findNeeded(blobs, staying);
    const doomed: ListedObject[] = [];
    let kept = 0;
    for await (const object of driver.list(BLOBS_PREFIX)) {
      const sha256 = object.key.slice(BLOBS_PREFIX.length);
      const isKept = needed.has(sha256) || this.#keptBlobs.has(sha256);
      if (isKept || object.head.modifiedMs >= this.#before) kept++;
      else doomed.push(object);
    }
    return { doomed, kept };
  }
}

function isIn(gone: ReadonlyMap<string, string>): (descriptor: Descriptor) => boolean {
  return ({ digest }) => gone.has(digest);
}

function countOf(manifests: readonly Descriptor[]): number {
  return new Set(manifests.flatMap((each) => digestIn(each) ?? [])).size;
}

async function findNeeded(blobs: OciBlobs, staying: readonly Descriptor[]): Promise<Set<string>> {
  const needed = new Set<string>();
  await inParallel(staying, AT_ONCE, async (descriptor) => {
    const { config, layers } = await readImage(blobs, descriptor);
    for (const part of [descriptor, config, ...layers]) needed.add(sha256Of(part));
  });
  return needed;
}
