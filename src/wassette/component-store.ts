// Where components are installed, and how that is changed: all of it, or nothing. Which kind it is, is asked once, when
// the site is opened.
import type { BlobSource, Blobs, TransferOptions } from '../disk/blob.ts';
import type { ComponentChange } from '../plan/file-kinds.ts';
import type { WassetteVersion } from '../policy/wassette-versions.ts';
import type { HostComponent } from './directory/component-files.ts';
import type { ComponentListing } from './directory/listing.ts';
import type { WholeReading } from './directory/reading.ts';

/** Keeps the bytes of files that are about to change, durably, and has them again. */
export interface BlobKeeper {
  readonly blobs: Blobs;
  putBlobs(sources: readonly BlobSource[], options: Pick<TransferOptions, 'signal'>): Promise<void>;
}

/** What an import brings, once it is planned and approved. */
export interface ImportRequest {
  changes: readonly ComponentChange[];
  /** Bytes of every new policy and policy.meta, by SHA-256. */
  smallFiles: ReadonlyMap<string, Uint8Array>;
  /** Where new code is read. */
  code: Blobs;
  /** A snapshot digest, or the name of an undo record. */
  source: string;
  /** The import that this one takes back. */
  reverts: string | null;
}

/** How an import is carried out. */
export interface Carrying extends TransferOptions {
  keeper: BlobKeeper;
}

export interface Applied {
  /** Name of the undo record. */
  importId: string;
  /** Tools of the changed components that the running Wassette now calls; null where none was told. */
  tools: readonly string[] | null;
}

/** A store that nobody else of us changes. */
export interface LockedStore {
  /** @throws VerificationError, FormatError, StoreError with everything as it was; StoreError STORE_INTERRUPTED */
  apply(request: ImportRequest, carrying: Carrying): Promise<Applied>;
}

export interface ComponentStore {
  readonly componentDir: string;

  /** Ids of the installed components, of policies without one, and files that Wassette does not load. */
  list(): Promise<ComponentListing>;
  /** Components as they are, half-written ones included: for looking, not for exporting. */
  read(ids: readonly string[], signal?: AbortSignal): Promise<HostComponent[]>;
  /** Whole components, and why others cannot be read whole: an export must not take half-written code. */
  readWhole(ids: readonly string[], signal?: AbortSignal): Promise<WholeReading>;

  /**
   * Lines to be told with whatever is said about the store: none where that is certain.
   * @throws StoreError STORE_OTHER_HOST when the running Wassette works on another directory
   */
  remarks(signal?: AbortSignal): Promise<string[]>;
  /** Which Wassette runs on it; null where none is asked, or it cannot be told. */
  version(signal?: AbortSignal): Promise<WassetteVersion | null>;

  /** Whether an import was interrupted and waits to be finished or cleared away. */
  isUnfinished(): Promise<boolean>;
  /** @throws StoreError STORE_UNSUPPORTED where no import can change anything */
  assertChangeable(): void;
  /** @throws StoreError STORE_BUSY while a Wassette runs on it that nobody tells what changes */
  assertIdle(): Promise<void>;

  /**
   * Runs `work`, which reads, while none of us changes the store, after finishing an interrupted import. One that may
   * not be written in is read without the lock.
   */
  whileUnchanged<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T>;
  /** Runs `work` while none of us changes the store, after finishing an interrupted import; makes it where there is none. */
  exclusively<T>(work: (locked: LockedStore) => Promise<T>, signal?: AbortSignal): Promise<T>;

  /** Finishes an interrupted import, or clears away what never was committed. */
  recover(): Promise<'finished' | 'dropped'>;
  /** Gives an interrupted import up where it stands; false when there was nothing to give up. */
  abandon(): Promise<boolean>;
}
