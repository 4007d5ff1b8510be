// What a file says of its components although their code is nowhere to be had: it can be listed, and nothing else.

import { shownUri } from '../codec/shown-uri.ts';
import { generatedPolicy } from '../deployment/generated-policy.ts';
import { type FileRef, fencedFile } from '../disk/fence.ts';
import { StateError } from '../errors.ts';
import { readDeploymentFile } from '../places/deployment-file.ts';
import { listDraftFile } from '../places/json/reader.ts';
import { parseReference } from '../places/reference.ts';
import { parsePolicy } from '../policy/policy.ts';
import type { DraftComponent } from '../snapshot/draft.ts';
import type { ListedComponent } from './listed-component.ts';
import type { OpenOptions } from './open-deployment.ts';

export interface ListingWithoutCode {
  components: readonly ListedComponent[];
  notes: readonly string[];
}

/** Null where `error` is about something else than code that is missing, or the reference is none of these files. */
export async function listWithoutCode(
  error: unknown,
  reference: string,
  { allowDirs, signal }: OpenOptions,
): Promise<ListingWithoutCode | null> {
  if (!(error instanceof StateError)) return null;
  const parsed = parseReference(reference);
  if (parsed.kind === 'file' && error.code === 'VERIFY_PART_MISSING') {
    const draft = await listDraftFile(fencedFile(parsed.path, allowDirs), signal);
    const note =
      'a file of the earlier draft without its binaries: it can only be listed, and nothing is verified';
    return draft && { components: draft.map(listedDraft), notes: [note] };
  }
  if (parsed.kind === 'deployment' && ['USAGE_NOT_AVAILABLE', 'STORE_NOT_FOUND'].includes(error.code))
    return listManifest(fencedFile(parsed.path, allowDirs));
  return null;
}

async function listManifest(file: FileRef): Promise<ListingWithoutCode> {
  const { components, notes } = await readDeploymentFile(file);
  return {
    components: components.map((declared) => ({
      component_id: declared.component_id,
      // Of an image it would be another digest than that of the code.
      sha256: declared.uri.startsWith('oci:') ? null : declared.digest,
      size: null,
      source_uri: shownUri(declared.uri),
      tools: [],
      rights:
        declared.grants === null
          ? 'kept'
          : parsePolicy(generatedPolicy(declared.grants, declared.name), {
              componentId: declared.component_id,
            }),
      without_policy: 'unknown',
      secret_names: [],
    })),
    notes: [
      ...notes,
      'not all of the code is on this machine: what the manifest says is listed, and nothing is verified',
    ],
  };
}

function listedDraft({ component_id, source_uri, metadata, policy }: DraftComponent): ListedComponent {
  const rights = policy ? parsePolicy(policy.content, { componentId: component_id }) : 'none';
  return {
    component_id,
    sha256: null,
    size: null,
    source_uri,
    tools: metadata.tool_names,
    rights,
    without_policy: 'unknown',
    secret_names: [],
  };
}
