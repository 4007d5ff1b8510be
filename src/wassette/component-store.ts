// The interface of a component store: where components are installed, and how all of an import, or nothing, is applied to
// it. Which kind of store a host has is determined once, when the site is opened.
import type { BlobSource, Blobs, TransferOptions } from '../disk/blobs/blob.ts';
import type { ComponentChange } from '../plan/file-kinds.ts';
import type { WassetteVersion, WithoutPolicy } from '../policy/wassette-versions.ts';
import type { ImportFacts } from '../state/audit/entry.ts';
import type { RememberedSigners } from '../state/signers.ts';
import type { HostComponent } from './directory/component-files.ts';
import type { ComponentListing } from './directory/listing.ts';
import type { Phantoms } from './directory/phantoms.ts';
import type { WholeReading } from './directory/reading.ts';
import type { SaidTools } from './live/several/said-tools.ts';

/** Durably keeps the bytes of files that are about to change, and gives them back. */
interface BlobKeeper {
  readonly blobs: Blobs;
  putBlobs(sources: readonly BlobSource[], options: Pick<TransferOptions, 'signal'>): Promise<void>;
}

/** An import that is planned and approved. */
export interface ImportRequest {
  changes: readonly ComponentChange[];
  /** Bytes of every new policy and policy.meta, by SHA-256. */
  smallFiles: ReadonlyMap<string, Uint8Array>;
  /** Where new code is read from. */
  code: Blobs;
  /** A snapshot digest, or the name of an undo record. */
  source: string;
  /** The import that this one takes back. */
  reverts: string | null;
  /** The kept plan that was approved, and is used up by it. */
  plan: string | null;
  /** Who is remembered for the name of the snapshot from then on; null where that does not change. */
  remembers: RememberedSigners | null;
  /** What the audit log says of it. */
  facts: ImportFacts;
}

/** What an import needs to be carried out. */
export interface Carrying extends TransferOptions {
  keeper: BlobKeeper;
  /** Whether Wassettes that cannot be told what changes are left as they are. */
  force?: boolean | undefined;
}

export interface Applied {
  /** Name of the undo record. */
  importId: string;
  /** Tools of the changed components that can now be called; null when no running Wassette was told. */
  tools: readonly string[] | null;
}

/** A store while its lock is held, so that no other wassette-state changes it. */
export interface LockedStore {
  /** @throws VerificationError, FormatError, StoreError with everything as it was; StoreError STORE_INTERRUPTED */
  apply(request: ImportRequest, carrying: Carrying): Promise<Applied>;
}

/** The Wassettes that run on a store, taken together: what any of them would do counts. */
export interface Surroundings {
  /** What a component without a policy sees. */
  withoutPolicy: WithoutPolicy;
  /** Names of variables that they hand out, besides those that this process knows; null where one of them does not say. */
  environment: readonly string[] | null;
  /** Where they keep secrets, besides the secrets directory that this process knows. */
  secretsDirs: readonly string[];
  /** What a plan has to say of them. */
  caveats: readonly string[];
  /** Why nothing can be changed now, and what to do; null where it can. */
  obstacle: string | null;
}

export interface WholeReadingOptions {
  signal?: AbortSignal | undefined;
  /** Whether everything is read, whatever is remembered of it: something was not as it was remembered. */
  afresh?: boolean | undefined;
}

export interface ComponentStore {
  readonly componentDir: string;

  /** Ids of the installed components, of policies without one, and files that Wassette does not load. */
  list(): Promise<ComponentListing>;
  /** Components as they are, including half-written ones: for listing, not for exporting. */
  read(ids: readonly string[], signal?: AbortSignal): Promise<HostComponent[]>;
  /**
   * Whole components, and why others are not whole: an export must not take half-written code. What was read before and has
   * not changed since need not be read again.
   */
  readWhole(ids: readonly string[], options?: WholeReadingOptions): Promise<WholeReading>;

  /**
   * Caveats to be given with any statement about the store; none when it is certain.
   * @throws StoreError STORE_OTHER_HOST when the running Wassette works on another directory
   */
  remarks(signal?: AbortSignal): Promise<string[]>;
  /** The version of the Wassette that this process knows; null when none can be asked, or the version is unknown. */
  version(signal?: AbortSignal): Promise<WassetteVersion | null>;

  /** What a Wassette lists the tools of and never loads. */
  phantoms(): Promise<Phantoms>;

  /** The ids of those whose native code may be of other code than is there: Wassette would run it all the same. */
  doubtfulNativeCode(components: readonly HostComponent[]): string[];

  /** The tools of `ids` that a running Wassette calls now; null where none can be asked. */
  toolsOf(ids: readonly string[], signal?: AbortSignal): Promise<string[] | null>;
  /** What each Wassette that runs on it says of its tools, by component. */
  toolLists(signal?: AbortSignal): Promise<SaidTools>;
  surroundings(signal?: AbortSignal): Promise<Surroundings>;

  /** Whether an import was interrupted and waits to be finished or cleared away. */
  isUnfinished(): Promise<boolean>;
  /** @throws StoreError STORE_UNSUPPORTED when no import can change this kind of store */
  assertChangeable(): void;
  /** @throws StoreError STORE_BUSY while a Wassette runs on it that will not be told what changes */
  assertIdle(): Promise<void>;

  /**
   * Runs `work`, which only reads, while no wassette-state changes the store, after finishing an interrupted import. When
   * we may not write there, it runs without the lock.
   */
  whileUnchanged<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T>;
  /** Runs `work` under the lock, after finishing an interrupted import. Makes the store if there is none. */
  exclusively<T>(work: (locked: LockedStore) => Promise<T>, signal?: AbortSignal): Promise<T>;

  /** Finishes an interrupted import, or clears away one that was never committed. */
  recover(): Promise<'finished' | 'dropped'>;
  /** Gives up an interrupted import as it is. Returns false when there was nothing to give up. */
  abandon(): Promise<boolean>;
}
