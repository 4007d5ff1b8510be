// What every reference to a remote place says of itself.

/** A place that is reached over the network. */
export interface RemotePlace {
  /** The reference as it may be shown: without credentials, and a query can hold some. */
  readonly text: string;
  /** Whether it means the same bytes for ever. */
  readonly isPinned: boolean;
}
