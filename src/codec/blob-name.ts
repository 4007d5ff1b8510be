// The name of a blob: the hash and size of its bytes.

/** What bytes are known by: their hash and length. */
export interface BlobName {
  /** Lower-case hex. */
  sha256: string;
  /** In bytes. */
  size: number;
}
