// The interface of an object driver: the few operations that a layout needs from whatever keeps its objects.

export interface ObjectHead {
  size: number;
  /** Opaque; changes whenever the object's content does. */
  etag: string;
  /** Milliseconds since 1970 of the last write or renewal, by the clock of whatever keeps the object. */
  modifiedMs: number;
}

/** An object that is read. */
export interface OpenObject {
  etag: string;
  bytes: AsyncIterable<Uint8Array>;
}

/** An object as a listing has it. */
export interface ListedObject {
  key: string;
  head: ObjectHead;
}

export interface PutOptions {
  /** Only when no object has this key. */
  ifAbsent?: boolean;
  /** Only when the object still has this etag. */
  ifMatch?: string;
  /** Of the bytes, where it is known before: who would hash them for the service need not. They throw where it is another. */
  sha256?: string;
}

/** `young`: it was used so lately that no pruning removes it for long, and was left as it is. */
export type Renewal = 'renewed' | 'young' | 'gone';

export interface ObjectDriver {
  /** The object's bytes, or null when there is none. */
  get(key: string): Promise<OpenObject | null>;
  /**
   * Writes the whole object or nothing. The bytes may throw: then nothing is written. Returns null when the condition does
   * not hold, else the new etag. After a failure that leaves open what became of it, only reading again tells.
   */
  put(key: string, bytes: AsyncIterable<Uint8Array>, options?: PutOptions): Promise<string | null>;
  head(key: string): Promise<ObjectHead | null>;
  /** Objects whose keys start with `prefix`, in any order. */
  list(prefix: string): AsyncIterable<ListedObject>;
  /**
   * Returns false when the object is not as it was `seen`, and stays: written or renewed since. Deleting what is not there
   * is no error.
   */
  delete(key: string, seen?: ObjectHead): Promise<boolean>;
  /** Resets the age of an object that is used again. */
  renew(key: string, seen: ObjectHead): Promise<Renewal>;

  /** Makes every put since the last flush survive power loss. Only of drivers whose put alone does not. */
  flush?(): Promise<void>;
  /** Runs `work` while nobody else runs work on the same objects. Only of drivers that can keep others out. */
  exclusively?<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T>;
  /**
   * Removes unfinished objects older than `beforeMs`; returns the bytes freed, as far as they are known. Only of drivers
   * where a killed put leaves something that does not go away by itself.
   */
  removeLeftovers?(beforeMs: number): Promise<number>;
}
