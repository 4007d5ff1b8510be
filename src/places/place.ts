// What every place offers: a document and the bytes it names.
import type { Blobs } from '../disk/blob.ts';
import type { GrantLines } from '../policy/lines.ts';
import type { Document } from '../snapshot/document.ts';
import type { SnapshotDocument } from '../snapshot/schema.ts';

/** A snapshot that was opened. */
export interface OpenSnapshot {
  readonly content: Document;
  readonly blobs: Blobs;
  /** Whether the code of every component is at the place too. */
  readonly carriesBinaries: boolean;
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
