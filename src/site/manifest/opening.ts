// Opens a deployment manifest as a snapshot: what it declares, with the code that its URIs name, as far as it is on this machine.

import type { BlobName } from '../../codec/blob-name.ts';
import { fewOf } from '../../codec/enumeration.ts';
import type { DeclaredComponent, Deployment } from '../../deployment/reading.ts';
import { Remarks } from '../../deployment/remarks.ts';
import type { FileRef } from '../../disk/paths/fence.ts';
import { UsageError } from '../../errors.ts';
import { readDeploymentFile } from '../../places/deployment-file.ts';
import type { OpenSnapshot } from '../../places/place.ts';
import { seenWithoutPolicy } from '../../policy/wassette-versions.ts';
import type { OpenOptions, Site } from '../site.ts';
import { ManifestCode, whose } from './code.ts';
import { documentOfDeployment, type ResolvedComponent } from './document.ts';

const NAME_LOST =
  'its name in the manifest is not kept: a name is kept in the description of a policy, and it gets no policy';

/** What a manifest declares, as far as its code is on this machine. */
interface LocalDeployment {
  deployment: Deployment;
  resolved: readonly ResolvedComponent[];
  /** Components whose code would have to be fetched. */
  absent: readonly DeclaredComponent[];
  code: ManifestCode;
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
  const { deployment, code, remarks } = local;
  const resolved = [...local.resolved];
  const absent: DeclaredComponent[] = [];
  for (const declared of local.absent) {
    const artifact = await code.fetch(declared);
    if (artifact === null) absent.push(declared);
    else resolved.push({ declared, artifact });
  }
  if (absent.length > 0) throw notFetched(absent);
  return {
    content: documentOfDeployment(resolved),
    carriesBinaries: true,
    blobs: code.blobs,
    signatures: [],
    notes: [...deployment.notes, ...remarks.lines()],
    manifestLines: deployment.grantLines,
  };
}

/**
 * The snapshot that a manifest would be if what is to be fetched were the code that is here already, or new: no other
 * code would allow less. Null when nothing would have to be fetched. It fetches nothing, and does not give that code.
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
    signatures: [],
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

async function openLocally(file: FileRef, site: Site, options: OpenOptions): Promise<LocalDeployment> {
  const deployment = await readDeploymentFile(file);
  const { withoutPolicy: meaning } = await site.host.components.surroundings(options.signal);
  const keeps = `an import keeps the policy that its host has for it; without one it sees ${seenWithoutPolicy(meaning)}`;
  const remarks = new Remarks();
  const code = await ManifestCode.of(deployment.components, site, options, remarks);
  const resolved: ResolvedComponent[] = [];
  const absent: DeclaredComponent[] = [];
  for (const declared of deployment.components) {
    const artifact = await code.find(declared);
    if (artifact === null) absent.push(declared);
    else resolved.push({ declared, artifact });
    if (declared.grants === null) remarks.about(declared.component_id, keeps);
    if (declared.grants === null && declared.name !== null) remarks.about(declared.component_id, NAME_LOST);
  }
  return { deployment, resolved, absent, code, remarks };
}

function notFetched(absent: readonly DeclaredComponent[]): UsageError {
  return new UsageError(
    'USAGE_NOT_AVAILABLE',
    `${fewOf(absent.map(whose), 5)}: the code is not on this machine, and there is no Wassette here to fetch it`,
    {
      hint: 'download the file and name it with file:// in the manifest, or export the component to the local store of this machine from a host that knows where it came from',
      remedy: { do: 'fetch-code' },
      details: { component_ids: absent.slice(0, 100).map(({ component_id }) => component_id) },
    },
  );
}
