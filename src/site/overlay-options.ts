// The options by which a snapshot is imported with something other than it says; what they do is loaded with overlay.ts.
import type { DirectoryMapping } from '../plan/overlay/directories.ts';
import type { WithheldEntry } from '../plan/overlay/overlay.ts';

/** What is other on this host than in the snapshot. Whatever of it fits nothing in the snapshot is an error. */
export interface OverlayOptions {
  /** Directories that are others here, each with all below it; of those that fit the longest counts. */
  mapDirs?: readonly DirectoryMapping[] | undefined;
  /** Entries of policies that components do not get here. */
  without?: readonly WithheldEntry[] | undefined;
  /** A file that says both (`overlay.schema.json`), besides what the other two say. */
  overlay?: string | undefined;
}

/** Whether anything is to be other. */
export function asksForOverlay({ mapDirs = [], without = [], overlay }: OverlayOptions): boolean {
  return mapDirs.length > 0 || without.length > 0 || overlay !== undefined;
}
