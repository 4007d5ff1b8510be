// The table of places by kind of reference. A new place is a row here, its own file, and a line in `parseReference`.
import { safeText } from '../codec/safe-text.ts';
import { type FileRef, fencedFile } from '../disk/paths/fence.ts';
import { PolicyError, UsageError } from '../errors.ts';
import type { AddressFence } from '../net/address-fence.ts';
import { RemoteFence } from '../net/remote-fence.ts';
import { JsonFilePlace } from '../places/json/place.ts';
import { BucketPlace, openBucket } from '../places/oci/bucket-place.ts';
import type { OciLayout } from '../places/oci/layout.ts';
import { StorePlace } from '../places/oci/place.ts';
import type { OpenSnapshot, Place } from '../places/place.ts';
import { isRemote, type Reference, referenceTo, shownReference } from '../places/reference.ts';
import { isSnapshotName } from '../places/snapshot-name.ts';
import { enclosingProtected } from '../plan/directory-grants.ts';
import type { Host } from '../wassette/host.ts';
import { realPathAsFarAsItExists } from '../wassette/locations.ts';
import { ManifestPlace } from './manifest/place.ts';
import { manifestRefused } from './signers.ts';
import { type OpenOptions, openSite, type Site } from './site.ts';

interface Surroundings {
  /** The file of a place, which must stay inside the fence. */
  fenced(path: string): FileRef;
  /** Opens the site, which not every place needs. */
  site(): Promise<Site>;
  options: OpenOptions & { includeBinaries?: boolean | undefined };
}

type PlaceMaker<R> = (reference: R, at: Surroundings) => Promise<Place>;

const PLACES: { [K in Reference['kind']]: PlaceMaker<Extract<Reference, { kind: K }>> } = {
  store: async ({ name }, { site }) => new StorePlace((await site()).store, name),
  file: async ({ path }, { fenced, options }) =>
    new JsonFilePlace(fenced(path), options.includeBinaries ?? false),
  deployment: async ({ path }, { fenced, site, options }) =>
    new ManifestPlace(fenced(path), await site(), options),
  registry: async (reference, { site, options }) => {
    const { registryPlace } = await import('./registry-place.ts');
    return registryPlace(reference, await addressFence(options), site);
  },
  bucket: async (reference) => new BucketPlace(reference),
  https: async ({ url }, { options }) => {
    const { HttpsPlace } = await import('../places/https/place.ts');
    return new HttpsPlace(new URL(url), await addressFence(options));
  },
};

/** Its table of addresses is made when it is loaded, for which an import from here would wait. */
async function addressFence({ allowRemote }: OpenOptions): Promise<AddressFence> {
  const { AddressFence } = await import('../net/address-fence.ts');
  return allowRemote === undefined ? AddressFence.open : AddressFence.forOthers(RemoteFence.of(allowRemote));
}

async function placeAt<R extends Reference>(reference: R, at: Surroundings): Promise<Place> {
  const { allowRemote } = at.options;
  if (isRemote(reference) && allowRemote !== undefined)
    RemoteFence.of(allowRemote).assertIncludes(reference.remote, reference.text);
  // The table's type guarantees that the row of a kind takes references of that kind; it cannot be inferred here.
  return (PLACES[reference.kind] as PlaceMaker<R>)(reference, at);
}

/**
 * @param site opened when a place needs it, unless it is given
 * @throws UsageError USAGE_UNSUPPORTED_URI, USAGE_BAD_ARGUMENT; PolicyError POLICY_SIGNATURE_REQUIRED
 */
export async function placeToOpen(
  reference: string | Reference,
  options: OpenOptions,
  site?: Site,
): Promise<Place> {
  const place = await placeAt(referenceTo(reference), {
    fenced: (path) => fencedFile(path, options.allowDirs),
    site: async () => site ?? openSite(options),
    options,
  });
  if (options.requireSignature && place.sign === undefined) throw manifestRefused();
  return place;
}

/**
 * With what it is called, if that may be another snapshot some day: its name in the store, the path of its file, or where
 * it is reached over the network.
 */
export function named(opened: OpenSnapshot, reference: string | Reference): OpenSnapshot {
  const to = referenceTo(reference);
  if (isRemote(to)) return { ...opened, name: to.isPinned ? null : to.text };
  if (!('path' in to) || 'isPassing' in to) return opened;
  return { ...opened, name: realPathAsFarAsItExists(to.path) };
}

/** Where a snapshot is written. With neither, the local store keeps it under its digest. */
export interface ExportDestination {
  /**
   * A `.json`, `.json.gz` or `.json.zst` path, or a `.yaml` one for a deployment manifest, or its file URL; or a reference to
   * a remote place. Without one it is the local store.
   */
  file?: string | Reference | undefined;
  /** A name in the local store. */
  name?: string | undefined;
}

/**
 * The same destination with what names the local store as its `name`.
 * @throws UsageError USAGE_UNSUPPORTED_URI; USAGE_BAD_ARGUMENT for a digest, which nobody can choose, and for two places
 */
export function plainDestination({ file, name }: ExportDestination): ExportDestination {
  if (file === undefined) return { name };
  if (name !== undefined) {
    throw new UsageError(
      'USAGE_BAD_ARGUMENT',
      'a name belongs to the local store, and another place was given, too',
      {
        hint: 'leave out one of them',
      },
    );
  }
  const reference = referenceTo(file);
  if (!('name' in reference) || isRemote(reference)) return { file: reference };
  if (reference.name.includes('.')) throw neitherFileNorName(reference);
  if (isSnapshotName(reference.name)) return { name: reference.name };
  throw new UsageError(
    'USAGE_BAD_ARGUMENT',
    `${shownReference(reference)} is a digest, which follows from what is written`,
    {
      hint: 'give a name, a file such as ./state.json, or nothing',
    },
  );
}

/** @throws UsageError USAGE_UNSUPPORTED_URI, USAGE_BAD_ARGUMENT; PolicyError POLICY_OUTSIDE_FENCE */
export async function placeToWrite(
  destination: ExportDestination,
  site: Site,
  options: Surroundings['options'],
): Promise<Place> {
  const { file, name } = plainDestination(destination);
  if (file === undefined) return new StorePlace(site.store, name ?? null);
  return placeAt(referenceTo(file), {
    fenced: (path) => writableFile(path, site.host, options.allowDirs),
    site: async () => site,
    options,
  });
}

/** A store of many snapshots, and which of them is meant; null for all. */
export interface StoreReference {
  layout: OciLayout;
  snapshot: string | null;
}

/**
 * The local store, for a name or digest in it or nothing, or that in a bucket.
 * @throws UsageError USAGE_BAD_ARGUMENT for what keeps one snapshot
 */
export async function storeAt(
  text: string | undefined,
  { store }: Site,
  options: Pick<OpenOptions, 'signal'>,
): Promise<StoreReference> {
  if (text === undefined) return { layout: store, snapshot: null };
  const reference = referenceTo(text);
  if (reference.kind === 'store') return { layout: store, snapshot: reference.name };
  if (reference.kind === 'bucket')
    return { layout: await openBucket(reference, options), snapshot: reference.name };
  throw new UsageError('USAGE_BAD_ARGUMENT', `${shownReference(reference)} is no store of snapshots`, {
    hint:
      reference.kind === 'registry'
        ? 'tags are listed by the repository alone; registries remove by their own rules'
        : 'leave it out for the local store, or name one in a bucket, such as s3://bucket/prefix',
  });
}

/** The place of a snapshot that is there, which is to be signed. @throws as `placeToWrite` */
export async function placeToSign(
  reference: string | Reference,
  site: Site,
  options: OpenOptions,
): Promise<Place> {
  return placeAt(referenceTo(reference), {
    fenced: (path) => writableFile(path, site.host, options.allowDirs),
    site: async () => site,
    options,
  });
}

/** Nothing is exported into a directory that decides about rights: Wassette's, or our own. */
function writableFile(path: string, host: Host, allowDirs: readonly string[] | undefined): FileRef {
  assertNotOurs(path, host);
  return fencedFile(
    path,
    allowDirs,
    host.protectedDirs().map((dir) => dir.path),
  );
}

/**
 * For a file that somebody has us write.
 * @throws PolicyError POLICY_OUTSIDE_FENCE where it is in the component, secrets or state directory, or the operator's
 * policy or the list of accepted signers, also where they are by default
 */
export function assertNotOurs(path: string, host: Host): void {
  const real = realPathAsFarAsItExists(path);
  const inside = enclosingProtected(real, host.protectedDirs());
  if (inside === null) return;
  const is = inside.path === real ? 'is' : 'is inside';
  throw new PolicyError('POLICY_OUTSIDE_FENCE', `${safeText(real, 400)} ${is} the ${inside.name}`, {
    hint: 'write it somewhere else',
    details: { directory: inside.path },
  });
}

/** Whether the code is always there with the snapshot: anywhere but in a file. @throws as `plainDestination` */
export function alwaysKeepsCode(destination: ExportDestination): boolean {
  const { file } = plainDestination(destination);
  return file === undefined || isRemote(referenceTo(file));
}

/** Most likely a file was meant. */
function neitherFileNorName(reference: Reference): UsageError {
  return new UsageError(
    'USAGE_BAD_ARGUMENT',
    `${shownReference(reference)} has another ending: a snapshot file ends in .json, .json.gz or .json.zst, a manifest in .yaml`,
    { hint: 'use a path such as ./state.json, or give a name for the local store as the name' },
  );
}
