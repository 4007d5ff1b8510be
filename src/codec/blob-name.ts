// What bytes are known by, wherever they are kept.

export interface BlobName {
  /** Lower-case hex. */
  sha256: string;
  /** In bytes. */
  size: number;
}
