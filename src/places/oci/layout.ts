// An OCI image layout over any object driver: where snapshots live, each visible only when it is whole.
// Blobs come first, then the index that names them; the index is changed by compare-and-swap.

import { DEFAULT_LIMITS, type Limits } from '../../codec/limits.ts';
import type { BlobSource, TransferOptions } from '../../disk/blob.ts';
import { partMissing } from '../../disk/blobs.ts';
import { FormatError, VerificationError } from '../../errors.ts';
import { contentsDigest, type SnapshotDocument } from '../../snapshot/document.ts';
import { type Descriptor, distinctArtifacts, type Index, manifestFor } from '../../snapshot/oci-manifest.ts';
import type { OpenSnapshot, WrittenSnapshot } from '../place.ts';
import { assertSnapshotName } from '../snapshot-name.ts';
import { type LayoutDriver, OciBlobs, sourceOf } from './blobs.ts';
import { IndexFile } from './index-file.ts';
import {
  describedAgain,
  descriptorFor,
  findByContents,
  listSnapshots,
  nameOf,
  namesOf,
  resolveReference,
  SNAPSHOT,
  type SnapshotSummary,
  saysAll,
  withoutEntries,
  withSnapshot,
} from './index-value.ts';
import { type PruneOptions, type PruneResult, pruneLayout } from './prune.ts';
import { readSnapshot, type StoredSnapshot } from './snapshot.ts';

export interface WriteOptions extends TransferOptions {
  /** What to call the snapshot; another one that has the name loses it. */
  name?: string | undefined;
}

export interface RemovedSnapshot {
  digest: string;
  /** Names under which it can still be opened; with none it is gone. */
  stillNamed: string[];
}

export class OciLayout {
  readonly #driver: LayoutDriver;
  readonly #blobs: OciBlobs;
  readonly #index: IndexFile;
  readonly #limits: Limits;

  constructor(driver: LayoutDriver, options: { limits?: Limits } = {}) {
    this.#driver = driver;
    this.#blobs = new OciBlobs(driver);
    this.#index = new IndexFile(driver);
    this.#limits = options.limits ?? DEFAULT_LIMITS;
  }

  /** Every blob of the layout, whichever snapshot or undo record it belongs to. */
  get blobs(): OciBlobs {
    return this.#blobs;
  }

  /**
   * Writes a snapshot, or finds the one that says the same. Binaries that are there already need no source.
   * @throws UsageError USAGE_BAD_ARGUMENT for a bad name
   * @throws VerificationError VERIFY_DIGEST_MISMATCH, VERIFY_PART_MISSING when a source does not give what it names
   * @throws StoreError any of its codes; then no snapshot was added
   */
  async write(
    document: SnapshotDocument,
    sources: readonly BlobSource[],
    options: WriteOptions = {},
  ): Promise<WrittenSnapshot> {
    const { name, signal } = options;
    if (name !== undefined) assertSnapshotName(name);
    const contents = contentsDigest(document);
    const existing = await this.#findWhole(contents, name, signal);
    if (existing !== null) {
      return {
        reference: existing.digest,
        digest: existing.digest,
        changed: false,
        document: existing.document,
      };
    }
    const made = manifestFor(document);
    const blobs = [...sourcesFor(document, sources), sourceOf(made.config), sourceOf(made.bytes)];
    await this.#blobs.store(blobs, options);
    signal?.throwIfAborted();
    const descriptor = descriptorFor(document, made, contents);
    await this.#index.update((index) => withSnapshot(index, descriptor, name));
    const { digest } = made.manifest.config;
    return { reference: digest, digest, changed: true, document };
  }

  /**
   * Opens a snapshot by its digest, the first 8 or more digits of it, or a name.
   * @throws StoreError STORE_NOT_FOUND, STORE_DAMAGED, STORE_UNSAFE_FILE
   * @throws FormatError any of its codes
   * @throws VerificationError VERIFY_DIGEST_MISMATCH, VERIFY_PART_MISSING
   */
  async open(reference: string): Promise<OpenSnapshot> {
    const descriptor = resolveReference(await this.#described(), reference);
    const { document, digest } = await readSnapshot(this.#blobs, descriptor, this.#limits);
    return { document, digest, blobs: this.#blobs, notes: [] };
  }

  /** What the index says about each snapshot, newest first; only where it says nothing, the snapshot itself is read. */
  async list(): Promise<SnapshotSummary[]> {
    return listSnapshots(await this.#described());
  }

  /** The index, in which also entries that another program copied without our annotations say what they are. */
  async #described(): Promise<Index> {
    const index = await this.#index.read();
    if (index.manifests.every(saysAll)) return index;
    const manifests: Descriptor[] = [];
    for (const descriptor of index.manifests) {
      const stored = saysAll(descriptor)
        ? null
        : await readSnapshot(this.#blobs, descriptor, this.#limits).catch(nullIfDamaged);
      manifests.push(
        stored === null
          ? descriptor
          : describedAgain(descriptor, stored.document, stored.digest, contentsDigest(stored.document)),
      );
    }
    return { ...index, manifests };
  }

  /**
   * Forgets a name, or under its digest a snapshot with all its names. Blobs stay until they are pruned.
   * @throws StoreError STORE_NOT_FOUND
   */
  async remove(reference: string): Promise<RemovedSnapshot> {
    const descriptor = resolveReference(await this.#described(), reference);
    const isName = !reference.startsWith('sha256:');
    const index = await this.#index.update((current) =>
      withoutEntries(
        current,
        (entry) => entry.digest === descriptor.digest && (!isName || nameOf(entry) === reference),
      ),
    );
    const digest = descriptor.annotations?.[SNAPSHOT] ?? descriptor.digest;
    return { digest, stillNamed: namesOf(index, descriptor.digest) };
  }

  /** Keeps blobs that belong to no snapshot, such as those of an undo record, durably; see `PruneOptions.keep`. */
  async putBlobs(sources: readonly BlobSource[], options: TransferOptions = {}): Promise<void> {
    await this.#blobs.store(sources, options);
    await this.#driver.flush();
  }

  /**
   * Removes unnamed snapshots and blobs nobody needs, except what was written or used within 24 hours.
   * @throws VerificationError VERIFY_DIGEST_MISMATCH, VERIFY_PART_MISSING when a snapshot that stays cannot be read
   */
  async prune(options: PruneOptions): Promise<PruneResult> {
    const prune = () =>
      pruneLayout({ driver: this.#driver, blobs: this.#blobs, indexFile: this.#index }, options);
    return options.dryRun ? prune() : this.#exclusively(prune);
  }

  /** The snapshot with these contents if all of it is there: renewed and given `name`. One that is damaged is passed over. */
  async #findWhole(contents: string, name?: string, signal?: AbortSignal): Promise<StoredSnapshot | null> {
    if (findByContents(await this.#index.read(), contents).length === 0) return null;
    return this.#exclusively(async () => {
      for (const descriptor of findByContents(await this.#index.read(), contents)) {
        const found = await readSnapshot(this.#blobs, descriptor, this.#limits).catch(nullIfDamaged);
        if (found === null || contentsDigest(found.document) !== contents) continue;
        const { config, layers } = found.manifest;
        if (!(await this.#blobs.renew([descriptor, config, ...layers]))) continue;
        await this.#index.update((index) => withSnapshot(index, descriptor, name));
        return found;
      }
      return null;
    }, signal);
  }

  async #exclusively<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    return this.#driver.exclusively === undefined ? work() : this.#driver.exclusively(work, signal);
  }
}

/** One source for each binary of the document; those not given must be there already. */
function sourcesFor(document: SnapshotDocument, sources: readonly BlobSource[]): BlobSource[] {
  const given = new Map(sources.map((source) => [source.sha256, source]));
  return distinctArtifacts(document).map(({ sha256, size }) => ({
    sha256,
    size,
    open() {
      const source = given.get(sha256);
      if (source === undefined) throw partMissing(sha256);
      return source.open();
    },
  }));
}

function nullIfDamaged(error: unknown): null {
  if (error instanceof FormatError || error instanceof VerificationError) return null;
  throw error;
}
