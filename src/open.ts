// Opening a snapshot by reference, wherever it is.
import type { Reference } from './places/reference.ts';
import { placeToOpen } from './site/places.ts';
import type { OpenOptions, Site } from './site/site.ts';
import { Snapshot } from './site/snapshot.ts';

/**
 * Opens and verifies the document; binaries are verified when they are delivered.
 * @throws UsageError, StoreError STORE_NOT_FOUND, FormatError, VerificationError; PolicyError POLICY_OUTSIDE_FENCE
 */
export async function openSnapshot(
  reference: string | Reference,
  options: OpenOptions = {},
  site?: Site,
): Promise<Snapshot> {
  const { signal, onProgress } = options;
  const place = await placeToOpen(reference, options, site);
  return new Snapshot(await place.open({ signal, onProgress }));
}
