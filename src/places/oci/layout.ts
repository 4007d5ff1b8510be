// A store of snapshots: an OCI image layout over any object driver. A snapshot is visible only when it is whole: blobs are
// written first, then the index that names them, which is changed by compare-and-swap.

import type { BlobName } from '../../codec/blob-name.ts';
import type { BlobSource, Blobs, TransferOptions } from '../../disk/blob.ts';
import { FormatError, VerificationError } from '../../errors.ts';
import { contentsDigest, saysTheSame } from '../../snapshot/contents.ts';
import type { Document } from '../../snapshot/document.ts';
import { type Descriptor, distinctArtifacts, type Index, manifestFor } from '../../snapshot/oci-manifest.ts';
import type { OpenSnapshot, WrittenSnapshot } from '../place.ts';
import { assertSnapshotName } from '../snapshot-name.ts';
import { OciBlobs, sourceOf } from './blobs.ts';
import { IndexFile } from './index-file.ts';
import { resolveReference } from './index-lookup.ts';
import {
  describedAgain,
  descriptorFor,
  findByContents,
  listSnapshots,
  nameOf,
  namesOf,
  SNAPSHOT,
  type SnapshotSummary,
  saysAll,
  withoutEntries,
  withSnapshot,
} from './index-value.ts';
import type { ObjectDriver } from './object-driver.ts';
import { type PruneOptions, type PruneResult, pruneLayout } from './prune.ts';
import { readSnapshot } from './stored-snapshot.ts';

export interface WriteOptions extends TransferOptions {
  /** A name for the snapshot; another snapshot that has it loses it. */
  name?: string | undefined;
}

export interface RemovedSnapshot {
  digest: string;
  /** Names under which it can still be opened; with none it is gone. */
  stillNamed: string[];
}

export class OciLayout {
  readonly #driver: ObjectDriver;
  readonly #blobs: OciBlobs;
  readonly #index: IndexFile;

  constructor(driver: ObjectDriver) {
    this.#driver = driver;
    this.#blobs = new OciBlobs(driver);
    this.#index = new IndexFile(driver);
  }

  /** Every blob of the layout, whichever snapshot or undo record it belongs to. */
  get blobs(): OciBlobs {
    return this.#blobs;
  }

  /**
   * Writes a snapshot, or finds one that says the same. Binaries that are already there need not be in `blobs`.
   * @throws UsageError USAGE_BAD_ARGUMENT for a bad name
   * @throws VerificationError VERIFY_DIGEST_MISMATCH, VERIFY_PART_MISSING when `blobs` does not give what is named
   * @throws StoreError any of its codes; then no snapshot was added
   */
  async write(document: Document, blobs: Blobs, options: WriteOptions = {}): Promise<WrittenSnapshot> {
    const { name, signal } = options;
    if (name !== undefined) assertSnapshotName(name);
    const contents = contentsDigest(document);
    const existing = await this.#findWhole(document, contents, options);
    if (existing !== null) return written(existing, false);
    const made = manifestFor(document);
    const ids = new Map(
      document.tree.components.map(({ artifact, component_id }) => [artifact.sha256, component_id]),
    );
    const code = distinctArtifacts(document.tree).map((blob) => ({
      ...lazily(blobs, blob),
      component_id: ids.get(blob.sha256)!,
    }));
    await this.#blobs.store([...code, sourceOf(document.bytes), sourceOf(made.bytes)], options);
    signal?.throwIfAborted();
    const descriptor = descriptorFor(document, made, contents);
    await this.#index.update((index) => withSnapshot(index, descriptor, name));
    return written(document, true);
  }

  /**
   * Opens a snapshot by its digest, the first 6 or more digits of it, or a name.
   * @throws StoreError STORE_NOT_FOUND, STORE_DAMAGED, STORE_UNSAFE_FILE
   * @throws FormatError any of its codes
   * @throws VerificationError VERIFY_DIGEST_MISMATCH, VERIFY_PART_MISSING
   */
  async open(reference: string): Promise<OpenSnapshot> {
    const { descriptor } = resolveReference(await this.#described(), reference);
    const { document } = await readSnapshot(this.#blobs, descriptor);
    return { content: document, blobs: this.#blobs, notes: [], carriesBinaries: true };
  }

  /** What the index says about each snapshot, newest first; only where it says nothing, the snapshot itself is read. */
  async list(): Promise<SnapshotSummary[]> {
    return listSnapshots(await this.#described());
  }

  /** The index; entries that another program copied without our annotations are completed from their snapshots. */
  async #described(): Promise<Index> {
    const index = await this.#index.read();
    if (index.manifests.every(saysAll)) return index;
    const manifests: Descriptor[] = [];
    for (const descriptor of index.manifests) {
      const stored = saysAll(descriptor)
        ? null
        : await readSnapshot(this.#blobs, descriptor).catch(nullIfDamaged);
      manifests.push(stored === null ? descriptor : describedAgain(descriptor, stored.document));
    }
    return { ...index, manifests };
  }

  /**
   * Forgets a name, or by its digest a snapshot with all its names. Blobs stay until they are pruned.
   * @throws StoreError STORE_NOT_FOUND
   */
  async remove(reference: string): Promise<RemovedSnapshot> {
    const { descriptor, name } = resolveReference(await this.#described(), reference);
    const index = await this.#index.update((current) =>
      withoutEntries(
        current,
        (entry) => entry.digest === descriptor.digest && (name === null || nameOf(entry) === name),
      ),
    );
    const digest = descriptor.annotations?.[SNAPSHOT] ?? descriptor.digest;
    return { digest, stillNamed: namesOf(index, descriptor.digest) };
  }

  /** Durably keeps blobs that belong to no snapshot, such as those of an undo record; see `PruneOptions.keep`. */
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
    return options.dryRun ? prune() : this.#driver.exclusively(prune);
  }

  /** What says the same as `wanted`, if all of it is there: renewed and given the name. One that is damaged is passed over. */
  async #findWhole(
    wanted: Document,
    contents: string,
    { name, signal }: WriteOptions,
  ): Promise<Document | null> {
    if (findByContents(await this.#index.read(), contents).length === 0) return null;
    return this.#driver.exclusively(async () => {
      for (const descriptor of findByContents(await this.#index.read(), contents)) {
        const found = await readSnapshot(this.#blobs, descriptor, wanted.policies).catch(nullIfDamaged);
        if (found === null || !saysTheSame(found.document, wanted)) continue;
        const { config, layers } = found.manifest;
        if (!(await this.#blobs.renew([descriptor, config, ...layers]))) continue;
        await this.#index.update((index) => withSnapshot(index, descriptor, name));
        return found.document;
      }
      return null;
    }, signal);
  }
}

function written({ tree, digest }: Document, changed: boolean): WrittenSnapshot {
  return { reference: digest, digest, changed, document: tree };
}

/** Looked for when it is opened: what is in the store already is not, and need not be in `blobs`. */
function lazily(blobs: Blobs, blob: BlobName): BlobSource {
  return { sha256: blob.sha256, size: blob.size, open: () => blobs.source(blob).open() };
}

function nullIfDamaged(error: unknown): null {
  if (error instanceof FormatError || error instanceof VerificationError) return null;
  throw error;
}
