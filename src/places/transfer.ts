// What became of the code of a snapshot on its way to a place: only what the place lacks is sent.
import type { BlobName } from '../codec/blob-name.ts';
import { totalSize } from '../disk/blobs/blobs.ts';
import { distinctArtifacts } from '../snapshot/oci-manifest.ts';
import type { SnapshotDocument } from '../snapshot/shape.ts';

/** Code, each blob counted once, by its size before any compression. */
export interface Amount {
  readonly blobs: number;
  readonly bytes: number;
}

/** What became of the code of a snapshot; all of it is in one of these, or none where the place takes no code. */
export interface Transfer {
  /** The place lacked it. */
  readonly sent: Amount;
  /** The place had it from other snapshots. */
  readonly shared: Amount;
  /** The place had this very snapshot, which was left alone. */
  readonly skipped: Amount;
}

const NOTHING: Amount = { blobs: 0, bytes: 0 };

/** For a place that takes no code. */
export const NO_TRANSFER: Transfer = { sent: NOTHING, shared: NOTHING, skipped: NOTHING };

/** For a snapshot whose code has one fate. */
export function allOf(document: SnapshotDocument, fate: keyof Transfer): Transfer {
  return { ...NO_TRANSFER, [fate]: amountOf(distinctArtifacts(document)) };
}

/** For a snapshot of which `sent` was sent, and shares the rest of its code. @param sent anything else in it does not count */
export function sharingAllBut(sent: Iterable<BlobName>, document: SnapshotDocument): Transfer {
  const hashes = new Set([...sent].map(({ sha256 }) => sha256));
  const code = distinctArtifacts(document);
  return {
    ...NO_TRANSFER,
    sent: amountOf(code.filter(({ sha256 }) => hashes.has(sha256))),
    shared: amountOf(code.filter(({ sha256 }) => !hashes.has(sha256))),
  };
}

function amountOf(blobs: readonly BlobName[]): Amount {
  return { blobs: blobs.length, bytes: totalSize(blobs) };
}
