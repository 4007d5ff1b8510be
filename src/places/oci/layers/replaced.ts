// The snapshot that loses its name to the one that is written. What it names is there as long as it is in the index, since
// pruning removes nothing that an index names: its code is not looked for again (docs/decisions/0014).
import { type Index, sha256Of } from '../../../snapshot/oci-manifest.ts';
import type { OciBlobs } from '../blobs.ts';
import { lookedAtIn, nameOf } from '../index-value.ts';
import type { ObjectDriver } from '../object-driver.ts';
import { nullIfDamaged, readImage } from '../stored-snapshot.ts';

/** A bucket may lose code by other ways than pruning, and go by the age of what it removes: once a day all is looked for. */
const TRUSTED_MS = 24 * 60 * 60 * 1000;

export interface ReplacedSnapshot {
  /** Of its manifest. */
  readonly digest: string;
  readonly lookedAt: number;
  /** Hex SHA-256. */
  readonly layers: ReadonlySet<string>;
}

/** Null where all code has to be looked for: in a store on this machine, which costs little, and where nothing is replaced. */
export async function replacedIn(
  { manifests }: Index,
  blobs: OciBlobs,
  driver: ObjectDriver,
  name: string | undefined,
  now: number,
): Promise<ReplacedSnapshot | null> {
  if (driver.exclusively !== undefined || name === undefined) return null;
  const entry = manifests.find((descriptor) => nameOf(descriptor) === name);
  const lookedAt = entry && lookedAtIn(entry);
  if (entry === undefined || lookedAt == null || lookedAt > now || now - lookedAt >= TRUSTED_MS) return null;
  const image = await readImage(blobs, entry).catch(nullIfDamaged);
  return image && { digest: entry.digest, lookedAt, layers: new Set(image.layers.map(sha256Of)) };
}
