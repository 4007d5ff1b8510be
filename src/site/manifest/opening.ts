// Opening a deployment manifest: what it declares, with the bytes that its URIs name as far as they are on this machine.

import type { BlobName } from '../../codec/blob-name.ts';
import { fewOf } from '../../codec/enumeration.ts';
import { quoted, safeText } from '../../codec/safe-text.ts';
import { shownUri } from '../../codec/shown-uri.ts';
import type { DeclaredComponent, Deployment } from '../../deployment/reading.ts';
import { Remarks } from '../../deployment/remarks.ts';
import type { BlobSource } from '../../disk/blob.ts';
import { blobsOf, firstOf } from '../../disk/blobs.ts';
import { nowSeconds } from '../../disk/clock.ts';
import { nameComponent } from '../../disk/component-bytes.ts';
import { assertAllowed, type FileRef, fencedFile } from '../../disk/fence.ts';
import { readFileBytes } from '../../disk/file-bytes.ts';
import { StateError, UsageError, VerificationError } from '../../errors.ts';
import { readDeploymentFile } from '../../places/deployment-file.ts';
import type { LocalStore } from '../../places/oci/local-store.ts';
import type { OpenSnapshot } from '../../places/place.ts';
import { seenWithoutPolicy, withoutPolicy } from '../../policy/wassette-versions.ts';
import { codeFromOrigins, rememberOrigin } from '../../state/origins.ts';
import { withFetchedCode } from '../../wassette/live/fetched-code.ts';
import { realPathAsFarAsItExists } from '../../wassette/locations.ts';
import type { OpenOptions, Site } from '../site.ts';
import { documentOfDeployment, type ResolvedComponent } from './document.ts';

const NAME_LOST =
  'its name in the manifest is not kept: it stands in the description of a policy, and none is attached';

/** What a manifest declares, as far as its code is on this machine. */
interface LocalDeployment {
  deployment: Deployment;
  resolved: readonly ResolvedComponent[];
  /** Components whose code would have to be fetched. */
  absent: readonly DeclaredComponent[];
  files: readonly BlobSource[];
  remarks: Remarks;
}

/**
 * Code comes from `file://`, from the local store where that is known to hold it, or through `loader`.
 * @throws FormatError as `parseDeployment`, FORMAT_NOT_A_COMPONENT; VerificationError VERIFY_DIGEST_MISMATCH
 * @throws UsageError USAGE_NOT_AVAILABLE for components that nobody here may fetch; StoreError STORE_NOT_FOUND, STORE_UNREACHABLE
 */
export async function openDeployment(
  file: FileRef,
  site: Site,
  options: OpenOptions = {},
): Promise<OpenSnapshot> {
  const local = await openLocally(file, site, options);
  const { deployment, files, remarks } = local;
  const resolved = [...local.resolved];
  const absent: DeclaredComponent[] = [];
  for (const declared of local.absent) {
    const artifact = await fetchIntoStore(declared, site, remarks, options);
    if (artifact === null) absent.push(declared);
    else resolved.push({ declared, artifact });
  }
  if (absent.length > 0) throw notFetched(absent);
  return {
    content: documentOfDeployment(resolved),
    carriesBinaries: true,
    blobs: firstOf([blobsOf(files), site.store.blobs]),
    notes: [...deployment.notes, ...remarks.lines()],
    manifestLines: deployment.grantLines,
  };
}

/**
 * The snapshot that a manifest would be if what is to be fetched were the code that is here already, or new: no other
 * code would allow less. Null where nothing is to be fetched. Nothing is, and that code is not to be had from it.
 * @throws as `openDeployment`
 */
export async function outlineDeployment(
  file: FileRef,
  site: Site,
  options: OpenOptions,
): Promise<OpenSnapshot | null> {
  const { deployment, resolved, absent } = await openLocally(file, site, options);
  if (absent.length === 0) return null;
  const { installed } = await site.host.components.list();
  const components = await site.host.components.read(installed, options.signal);
  const there = new Map(components.map(({ component_id, artifact }) => [component_id, artifact]));
  const standIns = absent.map((declared) => ({ declared, artifact: standIn(declared, there) }));
  return {
    content: documentOfDeployment([...resolved, ...standIns]),
    carriesBinaries: false,
    blobs: site.store.blobs,
    notes: [],
    manifestLines: deployment.grantLines,
  };
}

function standIn(
  { component_id, uri, digest }: DeclaredComponent,
  there: ReadonlyMap<string, BlobName | null>,
): BlobName {
  // The digest of an image is not that of its code.
  if (digest !== null && !uri.startsWith('oci:')) return { sha256: digest, size: 0 };
  return there.get(component_id) ?? { sha256: '0'.repeat(64), size: 0 };
}

async function openLocally(
  file: FileRef,
  { host, store }: Site,
  options: OpenOptions,
): Promise<LocalDeployment> {
  const deployment = await readDeploymentFile(file);
  const remote = deployment.components.filter(({ uri }) => !uri.startsWith('file:'));
  const known =
    remote.length === 0
      ? new Map<string, string[]>()
      : await codeFromOrigins(host.state, new Set(remote.map(({ uri }) => shownUri(uri))));
  const keeps = `the policy that it has where it is imported stays as it is; without one it sees ${seenWithoutPolicy(withoutPolicy(await host.components.version(options.signal)))}`;
  const files: BlobSource[] = [];
  const remarks = new Remarks();
  const resolved: ResolvedComponent[] = [];
  const absent: DeclaredComponent[] = [];
  for (const declared of deployment.components) {
    const artifact = declared.uri.startsWith('file:')
      ? await openNamedFile(declared, { host, store }, files, options)
      : await findInStore(declared, known.get(shownUri(declared.uri)) ?? [], store, remarks, options);
    if (artifact === null) absent.push(declared);
    else resolved.push({ declared, artifact });
    if (declared.grants === null) remarks.about(declared.component_id, keeps);
    if (declared.grants === null && declared.name !== null) remarks.about(declared.component_id, NAME_LOST);
  }
  return { deployment, resolved, absent, files, remarks };
}

/** Links are followed, as Wassette does; what was checked is what is opened. */
async function openNamedFile(
  declared: DeclaredComponent,
  { host: { componentDir }, store }: Site,
  files: BlobSource[],
  { allowDirs, signal }: OpenOptions,
): Promise<BlobName> {
  const real = realPathAsFarAsItExists(declared.uri.slice('file://'.length));
  // What is in the component directory is this host's own.
  const allowed = allowDirs && [...allowDirs, componentDir];
  assertAllowed(real, allowed);
  const open = () => readFileBytes(fencedFile(real, allowed));
  try {
    const artifact = await nameComponent(open(), whose(declared), { signal });
    assertDigest(declared, artifact.sha256);
    files.push({ ...artifact, open });
    return artifact;
  } catch (error) {
    const isGone = error instanceof StateError && error.code === 'STORE_NOT_FOUND';
    const stored = isGone ? await findDigest(declared.digest, store, whose(declared), signal) : null;
    if (stored === null) throw error;
    return stored;
  }
}

/** By the digest of its code, where the manifest gives that, else by what this host knows to be loaded from there. */
async function findInStore(
  declared: DeclaredComponent,
  known: readonly string[],
  store: LocalStore,
  remarks: Remarks,
  { signal }: OpenOptions,
): Promise<BlobName | null> {
  const { component_id: id, uri, digest, grants } = declared;
  const isImage = uri.startsWith('oci:');
  if (!isImage && digest !== null) return findDigest(digest, store, whose(declared), signal);
  // The digest of an image is not that of its code: it holds only where the source that is known names it, too.
  if (isImage && digest !== null && !uri.endsWith(`@sha256:${digest}`)) return null;
  for (const sha256 of known) {
    const found = await findDigest(sha256, store, whose(declared), signal);
    if (found === null) continue;
    remarks.about(id, 'the code is what was last loaded from its source here; nothing was fetched');
    if (isImage && grants === null)
      remarks.about(id, 'a policy that the image may bring along is not known here');
    return found;
  }
  return null;
}

/** Kept in the store, so that what was reviewed is what is imported. Null where nobody may fetch, or nobody could tell what. */
async function fetchIntoStore(
  declared: DeclaredComponent,
  { host, store }: Site,
  remarks: Remarks,
  { loader, signal }: OpenOptions,
): Promise<BlobName | null> {
  const { component_id: id, uri, digest } = declared;
  const isImage = uri.startsWith('oci:');
  if (!loader || (isImage && digest !== null && !uri.endsWith(`@sha256:${digest}`))) return null;
  return withFetchedCode(
    loader,
    declared,
    async (file) => {
      const open = () => readFileBytes(file);
      const artifact = await nameComponent(open(), whose(declared), { signal });
      if (!isImage) assertDigest(declared, artifact.sha256);
      await store.putBlobs([{ ...artifact, open }], { signal });
      await rememberOrigin(host.state, artifact.sha256, uri, nowSeconds());
      remarks.about(id, 'the code was fetched from its source by Wassette');
      return artifact;
    },
    signal,
  );
}

async function findDigest(
  sha256: string | null,
  store: LocalStore,
  what: string,
  signal: AbortSignal | undefined,
): Promise<BlobName | null> {
  const found = sha256 === null ? null : await store.blobs.find(sha256);
  if (found === null) return null;
  // The store holds other things than code, too.
  const named = await nameComponent(store.blobs.source(found).open(), what, { signal });
  if (named.sha256 !== sha256) throw mismatch(what, sha256!, named.sha256);
  return named;
}

function assertDigest(declared: DeclaredComponent, sha256: string): void {
  const { digest } = declared;
  if (digest !== null && digest !== sha256) throw mismatch(whose(declared), digest, sha256);
}

function mismatch(what: string, expected: string, found: string): VerificationError {
  return new VerificationError(
    'VERIFY_DIGEST_MISMATCH',
    `${what}: expected sha256 ${expected}, got ${found}`,
    {
      hint: 'it is other code than the manifest means; get the right file, or correct the digest if you trust this one',
      details: { expected, found },
    },
  );
}

function whose(declared: DeclaredComponent): string {
  return `component ${quoted(declared.component_id)} (${safeText(shownUri(declared.uri), 400)})`;
}

function notFetched(absent: readonly DeclaredComponent[]): UsageError {
  return new UsageError(
    'USAGE_NOT_AVAILABLE',
    `${fewOf(absent.map(whose), 5)}: the code is not on this machine, and there is no Wassette here to fetch it`,
    {
      hint: 'download the file and name it in the manifest with file://, or export the component to the local store of this machine from a host that was told where it came from',
      remedy: { do: 'fetch-code' },
      details: { component_ids: absent.slice(0, 100).map(({ component_id }) => component_id) },
    },
  );
}
