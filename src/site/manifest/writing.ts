// Writes what a host runs as a deployment manifest: a URI for each component and what it is allowed. What a manifest cannot
// say is reported, and in doubt the component is allowed less.
import path from 'node:path';
import { declarationFor } from '../../deployment/expressible.ts';
import { idOfOrigin } from '../../deployment/origin-id.ts';
import type { DeclaredComponent } from '../../deployment/reading.ts';
import { Remarks } from '../../deployment/remarks.ts';
import { nameComponent } from '../../disk/blobs/component-bytes.ts';
import { readFileBytes } from '../../disk/blobs/file-bytes.ts';
import { type FileRef, pathOf } from '../../disk/paths/fence.ts';
import { StateError, UsageError } from '../../errors.ts';
import { writeDeploymentFile } from '../../places/deployment-file.ts';
import type { WrittenSnapshot } from '../../places/place.ts';
import { NO_TRANSFER } from '../../places/transfer.ts';
import { parseVersion, withoutPolicy } from '../../policy/wassette-versions.ts';
import type { Document } from '../../snapshot/document.ts';
import type { SnapshotComponent } from '../../snapshot/shape.ts';
import { fileName } from '../../wassette/directory/files.ts';
import { documentOfDeployment } from './document.ts';

/**
 * Writes `document`, which was read from the component directory, as a manifest to `file`.
 * @returns the document that its reader gets, which may say less than `document`; `notes` name what is lost
 * @throws UsageError USAGE_BAD_ARGUMENT without components; as `writeDeploymentFile`
 */
export async function exportDeployment(
  file: FileRef,
  document: Document,
  componentDir: string,
  signal?: AbortSignal,
): Promise<WrittenSnapshot & { notes: readonly string[] }> {
  const captured = document.tree.components;
  if (captured.length === 0) throw nothingToDeclare();
  const remarks = new Remarks();
  const components: DeclaredComponent[] = [];
  const meaning = withoutPolicy(parseVersion(document.tree.metadata?.wassette_version ?? ''));
  for (const component of captured) {
    const remark = (text: string) => remarks.about(component.component_id, text);
    const uri = await uriFor(component, componentDir, remark, signal);
    components.push({
      component_id: component.component_id,
      uri,
      // Of an image the digest of the code says nothing: there it would be that of the image.
      digest: uri.startsWith('oci:') ? null : component.artifact.sha256,
      ...declarationFor(component, document.policyOf(component), remark, meaning),
    });
  }
  const resolved = components.map((declared, i) => ({
    declared,
    artifact: captured[i]!.artifact,
  }));
  const written = documentOfDeployment(resolved);
  return {
    reference: pathOf(file),
    digest: written.digest,
    changed: await writeDeploymentFile(file, components),
    transfer: NO_TRANSFER,
    document: written.tree,
    signatures: [],
    notes: remarks.lines(),
  };
}

/** The origin of the code, if it gives the same id and still has the same code; else its file in the component directory. */
async function uriFor(
  { component_id: id, source_uri: origin, artifact }: SnapshotComponent,
  componentDir: string,
  remark: (text: string) => void,
  signal: AbortSignal | undefined,
): Promise<string> {
  const named = idOfOrigin(origin);
  const isNamedSo = 'id' in named && named.id === id;
  if ('id' in named && !isNamedSo)
    remark('its source is not used: Wassette would install it from there under another id');
  if (isNamedSo && !origin.startsWith('file:')) {
    remark('refers to the URI it came from; Wassette 0.8 does not verify what it fetches');
    return origin;
  }
  remark('refers to a file on this machine: the manifest works only where that file is');
  const isThere = isNamedSo && (await holds(origin.slice('file://'.length), artifact.sha256, signal));
  return isThere ? origin : `file://${path.join(componentDir, fileName(id, 'wasm'))}`;
}

function nothingToDeclare(): UsageError {
  return new UsageError('USAGE_BAD_ARGUMENT', 'a manifest needs a component, and there is none to export', {
    hint: 'load one first, or write a .json file, which may have none',
  });
}

async function holds(file: string, sha256: string, signal: AbortSignal | undefined): Promise<boolean> {
  try {
    return (await nameComponent(readFileBytes(file), file, { signal })).sha256 === sha256;
  } catch (error) {
    if (error instanceof StateError) return false;
    throw error;
  }
}
