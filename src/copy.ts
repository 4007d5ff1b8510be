// The story of a copy: open the snapshot where it is, and write the very same to another place. No host is touched.
import type { Compression } from './codec/compression/compression.ts';
import { firstOf } from './disk/blobs/blobs.ts';
import type { ExportResult } from './export.ts';
import { openSnapshotBy } from './open.ts';
import type { OpenSnapshot } from './places/place.ts';
import type { Reference } from './places/reference.ts';
import { codeAtSources } from './site/code/fetching.ts';
import { type ExportDestination, placeToWrite, plainDestination } from './site/places.ts';
import { noteCopy } from './site/recording.ts';
import { type FetchOptions, type OpenOptions, openSite } from './site/site.ts';

/** How a snapshot is copied. */
export interface CopyOptions extends OpenOptions, FetchOptions {
  /** Whether a JSON file carries the code; by default where the snapshot that is copied does. Other places always do. */
  includeBinaries?: boolean | undefined;
  /**
   * As for an export: what the file, or the code at another place, is compressed with. Code stays as it is where that is left
   * out, or is what it is compressed with already.
   */
  compress?: Compression | undefined;
}

/**
 * Copies a snapshot with its signatures from any place to any other: the same document, digest and code. The place is sent
 * only what it lacks; where it has this very snapshot already, that is left alone but for signatures that it lacks.
 * @param from as for `openSnapshot`; code that is not there is taken from the local store, or fetched from where the
 * snapshot says that it can be had
 * @throws StoreError STORE_EXISTS when something else is there, STORE_NO_SPACE; as `openSnapshot`
 * @throws UsageError USAGE_BAD_ARGUMENT for a place that cannot be written
 * @throws PolicyError POLICY_OUTSIDE_FENCE for what `allowDirs` or `allowRemote` leave out
 * @example
 * ```ts
 * import { copySnapshot, openSnapshot } from 'wassette-state';
 *
 * const { digest } = await copySnapshot('tools.json', { name: 'tools' });
 * console.log(digest === (await openSnapshot('tools')).digest); // true
 * ```
 */
export async function copySnapshot(
  from: string | Reference,
  to: ExportDestination,
  options: CopyOptions = {},
): Promise<ExportResult> {
  const { signal, onProgress, compress } = options;
  const destination = plainDestination(to);
  const site = await openSite(options);
  const snapshot = await openSnapshotBy(from, options, site);
  const { content, signatures, carriesBinaries, notes } = snapshot;
  const { includeBinaries = carriesBinaries || (await hasAnyCode(snapshot)) } = options;
  const place = await placeToWrite(destination, site, { ...options, includeBinaries });
  await place.assertTakes({
    document: true,
    code: includeBinaries,
    labels: content.tree.metadata !== undefined,
    secrets: content.sealed !== null,
    signatures: signatures.length > 0,
    compress,
  });
  const { code, remote } = await codeAtSources(snapshot, site, options);
  try {
    const blobs = firstOf([snapshot.blobs, site.store.blobs, code]);
    const written = await place.write(content, blobs, { signal, onProgress, signatures, compress });
    const unrecorded = await noteCopy(site, from, destination, written);
    return { ...written, notes: [...notes, ...(remote?.notes ?? []), ...written.notes, ...unrecorded] };
  } finally {
    await remote?.close();
  }
}

/** What has some of the code is not copied without it. */
async function hasAnyCode({ blobs, content }: OpenSnapshot): Promise<boolean> {
  for (const { artifact } of content.tree.components) if (await blobs.has(artifact)) return true;
  return false;
}
