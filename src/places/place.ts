// A place: where a snapshot is, or is to be written. `src/site/places.ts` makes one from a reference.
import type { Compression } from '../codec/compression/compression.ts';
import type { Blobs, TransferOptions } from '../disk/blobs/blob.ts';
import type { StateError } from '../errors.ts';
import type { Source } from '../plan/source.ts';
import type { GrantLines } from '../policy/lines.ts';
import type { Document } from '../snapshot/document.ts';
import type { Policies } from '../snapshot/policies.ts';
import type { SnapshotDocument } from '../snapshot/shape.ts';
import type { CarriedSignature } from '../snapshot/signatures/signature.ts';
import type { Signer } from '../snapshot/signatures/signing.ts';
import type { Transfer } from './transfer.ts';

export interface Place {
  /**
   * Opens and verifies the document; the code is verified when it is copied.
   * @throws StoreError STORE_NOT_FOUND; FormatError, VerificationError
   */
  open(options: OpeningOptions): Promise<OpenSnapshot>;
  /**
   * Refuses when nothing, or not all of `wanted`, can be written here. To be called before anything is read.
   * @throws UsageError USAGE_BAD_ARGUMENT; StoreError STORE_NOT_FOUND
   */
  assertTakes(wanted: Wanted): Promise<void>;
  /**
   * Writes a snapshot with the signatures of `signers`, whole or not at all; one that says the same is left alone, but for
   * signatures that it lacks. @throws StoreError STORE_EXISTS
   */
  write(document: Document, blobs: Blobs, options: WritingOptions): Promise<PlacedSnapshot>;
  /** What is here with the state of `document`; null for nothing. Only of places with many snapshots; of others `open` tells. */
  withState?(document: Document): Promise<OpenSnapshot | null>;
  /** Adds to the snapshot that is here what `signers` have not signed yet. Only of places that hold signatures. */
  sign?(options: SigningOptions): Promise<WrittenSnapshot>;
  /** What `open` would give if what it has to fetch were here; null where it fetches nothing. Only of places that fetch. */
  outline?(): Promise<OpenSnapshot | null>;
  /** The documents of all snapshots that are here. Only of places with many snapshots. */
  documents?(options: TransferOptions): Promise<Documents>;
  /** What is said here of components whose code `open` did not find; null where `error` is about something else. */
  withoutCode?(error: StateError, signal?: AbortSignal): Promise<PartialSnapshot | null>;
}

/** How a snapshot is opened. */
export interface OpeningOptions extends TransferOptions {
  /** Policies that were read before: they are not read again. */
  known?: Policies | undefined;
}

/** Documents of snapshots, with or without a name. */
export interface Documents {
  /** The one with this snapshot digest, verified; null where it is not here, or cannot be read. */
  document(digest: string): Promise<Document | null>;
}

/** What is to be written in addition to the components. */
export interface Wanted {
  /** Whether it is a document that there is already, and not what a host runs. */
  document: boolean;
  code: boolean;
  labels: boolean;
  secrets: boolean;
  signatures: boolean;
  /** Of code, or of the file; as the place has it by default where that is undefined. */
  compress?: Compression | undefined;
}

/** Which signatures are written. */
export interface SigningOptions extends TransferOptions {
  /** Of this very document, made before: it is then written as it is, also where another says the same. */
  signatures?: readonly CarriedSignature[] | undefined;
  /** Who signs in addition; by default nobody. */
  signers?: readonly Signer[] | undefined;
}

/** How a snapshot is written. */
export interface WritingOptions extends SigningOptions {
  /** What its file, or its code, is compressed with; by default as the ending of the file says, and code not at all. */
  compress?: Compression | undefined;
  /** Whether what is written is made from the snapshot that loses its name to it, and says so (F-2.7). */
  isNext?: boolean | undefined;
}

/** A snapshot that was opened. */
export interface OpenSnapshot {
  readonly content: Document;
  readonly blobs: Blobs;
  /** Whether the code of every component is at the place too. */
  readonly carriesBinaries: boolean;
  /** As they are carried: none of them was checked. */
  readonly signatures: readonly CarriedSignature[];
  /** What a reader should know, e.g. that digests had to be computed. */
  readonly notes: readonly string[];
  /** Where it was opened; none for what was handed over. */
  readonly openedFrom?: Source | null | undefined;
  /**
   * Set where a manifest of this host was opened: its URIs are the host's own word, and not what somebody says in a
   * snapshot; and grants stand on these lines of it, by component, and nowhere in a policy that somebody wrote.
   */
  readonly manifestLines?: ReadonlyMap<string, GrantLines> | undefined;
  /** What it was opened by, by which its signer is remembered; null where that was a digest, or does not last. */
  readonly name?: string | null | undefined;
  /** The reference by which it was opened, without credentials; where it was. */
  readonly openedAs?: string | undefined;
}

/** What became of writing a snapshot. */
export interface WrittenSnapshot {
  /** What opens this snapshot again. */
  readonly reference: string;
  /** `sha256:<hex>` of the document. */
  readonly digest: string;
  /** False when the same state was there already, signed by whoever was to sign it, and was left alone. */
  readonly changed: boolean;
  /** What became of the code. */
  readonly transfer: Transfer;
  /** The document now at the place: perhaps an earlier one that says the same. */
  readonly document: SnapshotDocument;
  /** All signatures now at the place, as they are carried. */
  readonly signatures: readonly unknown[];
}

export interface PlacedSnapshot extends WrittenSnapshot {
  /** Whether the code is at the place too, so that the reference alone is enough for an import. */
  readonly carriesBinaries: boolean;
  /** Whether it is a deployment manifest, which Wassette itself reads. */
  readonly isManifest: boolean;
  /** What could not be said there as it is here. */
  readonly notes: readonly string[];
}

/** What can be listed, and nothing else. */
export interface PartialSnapshot {
  components: readonly PartialComponent[];
  notes: readonly string[];
}

export interface PartialComponent {
  component_id: string;
  /** Null where nothing says it. */
  sha256: string | null;
  source_uri: string | null;
  tools: readonly string[];
  /** The text, null for none; `kept` where an import leaves the policy of its host as it is. */
  policy: { text: string } | null | 'kept';
}
