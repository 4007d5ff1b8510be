// What bytes are known by, wherever they are kept.

/** What bytes are known by: their hash and length. */
export interface BlobName {
  /** Lower-case hex. */
  sha256: string;
  /** In bytes. */
  size: number;
}
