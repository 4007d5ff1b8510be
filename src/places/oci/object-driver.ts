// The interface of an object driver: the few operations that a layout needs from whatever keeps its objects.

export interface ObjectHead {
  size: number;
  /** Opaque; changes whenever the object's content does. */
  etag: string;
  /** Milliseconds since 1970 of the last write or `touch`. */
  modifiedMs: number;
}

export interface PutOptions {
  /** Only when no object has this key. */
  ifAbsent?: boolean;
  /** Only when the object still has this etag. */
  ifMatch?: string;
}

export interface ObjectDriver {
  /** The object's bytes, or null when there is none. */
  get(key: string): Promise<{ head: ObjectHead; bytes: AsyncIterable<Uint8Array> } | null>;
  /**
   * Writes the whole object or nothing, durably. The bytes may throw: then nothing is written.
   * Returns null when the condition does not hold, else the new head.
   */
  put(key: string, bytes: AsyncIterable<Uint8Array>, options?: PutOptions): Promise<ObjectHead | null>;
  head(key: string): Promise<ObjectHead | null>;
  /** Resets the age of an object that is used again. */
  touch(key: string): Promise<void>;
  /** Keys that start with `prefix`, in any order. */
  list(prefix: string): AsyncIterable<{ key: string; head: ObjectHead }>;
  /** Deleting what is not there is no error. */
  delete(key: string): Promise<void>;
  /** Makes every put since the last flush survive power loss; drivers whose put already does may do nothing. */
  flush(): Promise<void>;
  /** Runs `work` while nobody else runs work on the same objects, as far as the driver can guarantee that. */
  exclusively<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T>;
  /** Removes unfinished objects older than `beforeMs`, where puts can leave such; returns the bytes freed. */
  removeLeftovers(beforeMs: number): Promise<number>;
}
