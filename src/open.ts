// Opening a snapshot by reference, wherever it is.
import { fencedFile } from './disk/fence.ts';
import { openJsonFile } from './places/json/reader.ts';
import { parseReference } from './places/reference.ts';
import { type OpenOptions, openDeployment } from './site/open-deployment.ts';
import { openSite } from './site/site.ts';
import { Snapshot } from './site/snapshot.ts';

/**
 * Opens and verifies the document; binaries are verified when they are delivered.
 * @throws UsageError, StoreError STORE_NOT_FOUND, FormatError, VerificationError; PolicyError POLICY_OUTSIDE_FENCE
 */
export async function openSnapshot(reference: string, options: OpenOptions = {}): Promise<Snapshot> {
  const parsed = parseReference(reference);
  if (parsed.kind === 'file') {
    return new Snapshot(await openJsonFile(fencedFile(parsed.path, options.allowDirs), options));
  }
  if (parsed.kind === 'deployment') return new Snapshot(await openDeployment(parsed.path, options));
  const { store } = await openSite(options);
  return new Snapshot(await store.open(parsed.name));
}
