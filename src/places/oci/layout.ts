// A store of snapshots: an OCI image layout over any object driver. A snapshot is visible only when it is whole: blobs are
// written first, then the index that names them, which is changed by compare-and-swap.

import type { Codec } from '../../codec/compression/compression.ts';
import type { BlobSource, Blobs, TransferOptions } from '../../disk/blobs/blob.ts';
import { type Clock, SYSTEM_CLOCK } from '../../disk/clock.ts';
import { contentsDigest, saysTheSame } from '../../snapshot/contents.ts';
import type { Document } from '../../snapshot/document.ts';
import { Layers } from '../../snapshot/oci-layers.ts';
import { type Descriptor, type Index, manifestFor } from '../../snapshot/oci-manifest.ts';
import type { Policies } from '../../snapshot/policies.ts';
import type { OpenSnapshot, SigningOptions, WritingOptions, WrittenSnapshot } from '../place.ts';
import { assertSnapshotName } from '../snapshot-name.ts';
import { allOf, sharingAllBut, type Transfer } from '../transfer.ts';
import { alone, OciBlobs, sourceOf } from './blobs.ts';
import { readExpected } from './expected-snapshot.ts';
import { IndexFile } from './index-file.ts';
import { resolveReference } from './index-lookup.ts';
import {
  describedAgain,
  descriptorFor,
  digestOfNamed,
  findByContents,
  findLikely,
  listSnapshots,
  nameOf,
  namesOf,
  SNAPSHOT,
  type SnapshotSummary,
  saysAll,
  withoutEntries,
  withReferrers,
  withSnapshot,
} from './index-value.ts';
import { LayerBlobs } from './layers/blobs.ts';
import { type Code, codecFor, codeOf } from './layers/code.ts';
import { type BlobKeeper, type KeptCode, keepCompressed } from './layers/compressing.ts';
import { knownLayers } from './layers/known.ts';
import { type ReplacedSnapshot, replacedIn } from './layers/replaced.ts';
import type { ObjectDriver } from './object-driver.ts';
import { type PruneOptions, type PruneResult, pruneLayout } from './pruning/prune.ts';
import { type MadeSignatures, madeSignatures, readSignatures } from './signatures.ts';
import { findDocument, nullIfDamaged, readSnapshot, type StoredSnapshot } from './stored-snapshot.ts';

export interface WriteOptions extends WritingOptions {
  /** A name for the snapshot; another snapshot that has it loses it. */
  name?: string | undefined;
}

/** What became of writing a snapshot, and what some of its code is compressed with there. */
export interface StoredResult extends WrittenSnapshot {
  readonly codec: Codec | null;
}

export interface RemovedSnapshot {
  digest: string;
  /** Names under which it can still be opened; with none it is gone. */
  stillNamed: string[];
}

export class OciLayout {
  readonly #driver: ObjectDriver;
  readonly #clock: Clock;
  readonly #blobs: OciBlobs;
  readonly #index: IndexFile;

  constructor(driver: ObjectDriver, clock: Clock = SYSTEM_CLOCK) {
    this.#driver = driver;
    this.#clock = clock;
    this.#blobs = new OciBlobs(driver, clock);
    this.#index = new IndexFile(driver, clock);
  }

  /** Every blob of the layout, whichever snapshot or undo record it belongs to. */
  get blobs(): OciBlobs {
    return this.#blobs;
  }

  /**
   * Writes a snapshot and the signatures of its signers, or finds one that says the same and adds what it lacks of these. Binaries that are already there need not be in `blobs`.
   * @throws UsageError USAGE_BAD_ARGUMENT for a bad name
   * @throws VerificationError VERIFY_DIGEST_MISMATCH, VERIFY_PART_MISSING when `blobs` does not give what is named
   * @throws StoreError any of its codes; then no snapshot was added
   */
  async write(document: Document, blobs: Blobs, options: WriteOptions = {}): Promise<StoredResult> {
    const { name } = options;
    if (name !== undefined) assertSnapshotName(name);
    const contents = contentsDigest(document);
    const index = await this.#index.read();
    if (findByContents(index, contents).length > 0) {
      const existing = await this.#findWhole(document, contents, options);
      if (existing !== null) {
        const signed = await this.#sign(existing.descriptor, existing.document, options);
        return { ...signed, codec: existing.layers.codec };
      }
      return (await this.#writeNew(document, contents, blobs, index, null, options))!;
    }
    const replaced = await replacedIn(index, this.#blobs, this.#driver, name, this.#clock.now());
    const parent = options.isNext && name !== undefined ? digestOfNamed(index, name) : null;
    const next = parent === null ? document : document.madeFrom(parent);
    return (
      (await this.#writeNew(next, contents, blobs, index, replaced, options)) ??
      (await this.#writeNew(next, contents, blobs, index, null, options))!
    );
  }

  /** @param replaced whose layers are not looked for; null is returned where it went away meanwhile */
  async #writeNew(
    document: Document,
    contents: string,
    blobs: Blobs,
    index: Index,
    replaced: ReplacedSnapshot | null,
    options: WriteOptions,
  ): Promise<StoredResult | null> {
    const { name, signal } = options;
    const lookedAt = replaced?.lookedAt ?? this.#clock.now();
    const { layers, sent } = await this.#keep(codeOf(document.tree, blobs), index, replaced, options);
    const { codec } = layers;
    const made = manifestFor(document, layers);
    const isOpenToAll = this.#driver.exclusively === undefined;
    const said = { contents, codec, lookedAt: isOpenToAll ? lookedAt : null };
    const descriptor = descriptorFor(document, made, said);
    const signed = madeSignatures(options, document, descriptor, []);
    const small = [document.bytes, made.bytes, ...blobsIn(signed)];
    await this.#blobs.store(small.map(sourceOf), { signal });
    signal?.throwIfAborted();
    let isGone = false;
    await this.#index.update((current) => {
      isGone = replaced !== null && !current.manifests.some(({ digest }) => digest === replaced.digest);
      return isGone ? current : withReferrers(withSnapshot(current, descriptor, name), entriesOf(signed));
    });
    if (isGone) return null;
    return { ...written(document, signed, sharingAllBut(sent, document.tree), true), codec };
  }

  async #keep(
    code: readonly Code[],
    index: Index,
    replaced: ReplacedSnapshot | null,
    { compress, ...options }: WriteOptions,
  ): Promise<KeptCode> {
    const codec = codecFor(code, compress);
    const isKnown = (sha256: string) => replaced?.layers.has(sha256) ?? false;
    if (codec === null) {
      const asked = code.filter(({ sha256 }) => !isKnown(sha256));
      return { layers: new Layers([]), sent: await this.#blobs.store(asked, options) };
    }
    const known = await knownLayers(this.#blobs, index, codec, code);
    const keeper: BlobKeeper = {
      missing: (blobs, signal) =>
        this.#blobs.missing(
          blobs.filter(({ sha256 }) => !isKnown(sha256)),
          signal,
        ),
      put: (source, signal) => this.#blobs.put(source, signal),
    };
    return keepCompressed(code, keeper, known, compress, options);
  }

  /**
   * Opens a snapshot by its digest, the first 6 or more digits of it, or a name.
   * @param known policies that were read before
   * @throws StoreError STORE_NOT_FOUND, STORE_DAMAGED, STORE_UNSAFE_FILE
   * @throws FormatError any of its codes
   * @throws VerificationError VERIFY_DIGEST_MISMATCH, VERIFY_PART_MISSING
   */
  async open(reference: string, known?: Policies): Promise<OpenSnapshot> {
    const index = await this.#described();
    const { descriptor, name } = resolveReference(index, reference);
    const { document, layers } = await readSnapshot(this.#blobs, descriptor, known);
    const signatures = await readSignatures(this.#blobs, index, descriptor);
    const blobs = new LayerBlobs(layers, this.#blobs);
    return { content: document, blobs, signatures, name, notes: [], carriesBinaries: true };
  }

  /** The document of any snapshot that is here, also of one that lost its name; null where it is gone or cannot be read. */
  document(digest: string): Promise<Document | null> {
    return findDocument(this.#blobs, digest);
  }

  /** The newest snapshot, of those with this name unless it is null, that has the state of `wanted`. One that is damaged is passed over. */
  async openState(wanted: Document, name: string | null): Promise<OpenSnapshot | null> {
    const index = await this.#described();
    for (const descriptor of findLikely(index, wanted, name)) {
      const found = await readSnapshot(this.#blobs, descriptor, wanted.policies).catch(nullIfDamaged);
      if (found?.document.tree.state_digest !== wanted.tree.state_digest) continue;
      const { document: content, layers } = found;
      const signatures = await readSignatures(this.#blobs, index, descriptor);
      const blobs = new LayerBlobs(layers, this.#blobs);
      return { content, blobs, signatures, name, notes: [], carriesBinaries: true };
    }
    return null;
  }

  /** Adds to a snapshot, named as for `open`, what `signers` have not signed yet. @throws as `open` and `signedBy` */
  async sign(reference: string, options: SigningOptions): Promise<WrittenSnapshot> {
    const { descriptor } = resolveReference(await this.#described(), reference);
    const { document } = await readSnapshot(this.#blobs, descriptor);
    return this.#sign(descriptor, document, options);
  }

  async #sign(descriptor: Descriptor, document: Document, options: SigningOptions): Promise<WrittenSnapshot> {
    const present = await readSignatures(this.#blobs, await this.#index.read(), descriptor);
    const made = madeSignatures(options, document, descriptor, present);
    const skipped = allOf(document.tree, 'skipped');
    if (made.referrers.length === 0) return written(document, made, skipped, false);
    await this.#blobs.store(blobsIn(made).map(sourceOf), options);
    await this.#index.update((index) => withReferrers(index, entriesOf(made)));
    return written(document, made, skipped, true);
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
    await this.#driver.flush?.();
  }

  /**
   * Removes unnamed snapshots and blobs nobody needs, except what was written or used within a day.
   * @throws VerificationError VERIFY_DIGEST_MISMATCH, VERIFY_PART_MISSING when a snapshot that stays cannot be read
   */
  async prune(options: PruneOptions): Promise<PruneResult> {
    const parts = { driver: this.#driver, blobs: this.#blobs, indexFile: this.#index, clock: this.#clock };
    return pruneLayout(parts, options);
  }

  /** What says the same as `wanted`, or for a copy is the same, if all of it is there: renewed and given the name. One that is damaged is passed over. */
  async #findWhole(
    wanted: Document,
    contents: string,
    { name, signatures, signal }: WriteOptions,
  ): Promise<(StoredSnapshot & { descriptor: Descriptor }) | null> {
    const find = async () => {
      for (const descriptor of findByContents(await this.#index.read(), contents)) {
        const found = await readExpected(this.#blobs, descriptor, wanted).catch(nullIfDamaged);
        if (found === null || !saysTheSame(found.document, wanted)) continue;
        if (signatures !== undefined && found.document.digest !== wanted.digest) continue;
        const { config, layers } = found.manifest;
        if (!(await this.#blobs.renew([descriptor, config, ...layers]))) continue;
        await this.#index.update((index) => withSnapshot(index, descriptor, name));
        return { ...found, descriptor };
      }
      return null;
    };
    return alone(this.#driver, find, signal);
  }
}

function written(
  { tree, digest }: Document,
  { signatures }: MadeSignatures,
  transfer: Transfer,
  changed: boolean,
): WrittenSnapshot {
  return { reference: digest, digest, changed, transfer, document: tree, signatures };
}

function blobsIn({ referrers }: MadeSignatures): Buffer[] {
  return referrers.flatMap(({ blobs }) => blobs);
}

function entriesOf({ referrers }: MadeSignatures): Descriptor[] {
  return referrers.map(({ descriptor }) => descriptor);
}
