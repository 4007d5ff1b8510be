// What every place offers: a document and the bytes it names.
import type { Blobs } from '../disk/blob.ts';
import type { GrantLines } from '../policy/lines.ts';
import type { SnapshotDocument } from '../snapshot/document.ts';

/** A snapshot that was opened: its document has passed every check of FORMAT.md. */
export interface OpenSnapshot {
  readonly document: SnapshotDocument;
  /** `sha256:<hex>` of the canonical document. */
  readonly digest: string;
  readonly blobs: Blobs;
  /** What a reader should know, e.g. that digests had to be computed. */
  readonly notes: readonly string[];
  /**
   * Set where a manifest of this host was opened: its URIs are the host's own word, and not what somebody says in a
   * snapshot; and grants stand on these lines of it, by component, and nowhere in a policy that somebody wrote.
   */
  readonly manifestLines?: ReadonlyMap<string, GrantLines> | undefined;
}

export interface WrittenSnapshot {
  /** What opens this snapshot again. */
  readonly reference: string;
  readonly digest: string;
  /** False when the same state was there already and was left alone. */
  readonly changed: boolean;
  /** The document now at the place: an earlier one when `changed` is false. */
  readonly document: SnapshotDocument;
}
