// Opening a snapshot by reference, wherever it is.
import { plainReference, type Reference, referenceTo } from './places/reference.ts';
import { named, placeToOpen } from './site/places.ts';
import type { OpenOptions, Site } from './site/site.ts';
import { Snapshot } from './site/snapshot.ts';
import { sourceOf } from './site/source.ts';

/**
 * Opens a snapshot or a deployment manifest and verifies the document; code is verified when it is read.
 * @param reference `sha256:<hex>` with 6 to 64 digits or a name in the local store, a `.json`, `.json.gz`,
 * `.json.zst` or `.yaml` path, a file URL, or where it is on another machine: `oci://`, `s3://`, `gs://`, `azblob://`, `https://`
 * @throws UsageError USAGE_BAD_ARGUMENT, USAGE_UNSUPPORTED_URI, USAGE_NOT_AVAILABLE for code that nobody here may fetch
 * @throws StoreError STORE_NOT_FOUND; STORE_UNSAFE_FILE, STORE_DENIED, STORE_CHANGING, STORE_DAMAGED, STORE_UNREACHABLE
 * @throws FormatError any of its codes, for what is not a valid snapshot or manifest
 * @throws VerificationError VERIFY_DIGEST_MISMATCH, VERIFY_PART_MISSING
 * @throws PolicyError POLICY_OUTSIDE_FENCE for what `allowDirs` or `allowRemote` leave out; POLICY_SIGNATURE_REQUIRED for a
 * manifest where `requireSignature` is set
 * @example
 * ```ts
 * import { openSnapshot } from 'wassette-state';
 *
 * const snapshot = await openSnapshot('tools.json');
 * console.log(snapshot.carriesBinaries); // true
 * ```
 */
export async function openSnapshot(
  reference: string | Reference,
  options: OpenOptions = {},
): Promise<Snapshot> {
  return openSnapshotBy(reference, options);
}

/** The same, with a site that was opened before. @throws as `openSnapshot` */
export async function openSnapshotBy(
  reference: string | Reference,
  options: OpenOptions,
  site?: Site,
): Promise<Snapshot> {
  const { signal, onProgress } = options;
  const place = await placeToOpen(reference, options, site);
  const opened = await place.open({ signal, onProgress });
  const openedAs = plainReference(referenceTo(reference));
  return Snapshot.of({ ...named(opened, reference), openedAs, openedFrom: sourceOf(reference) });
}
