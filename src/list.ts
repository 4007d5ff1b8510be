// What is in a snapshot, or on this host: read, never written, not even to finish an interrupted import.
import { safeText } from './codec/safe-text.ts';
import { fencedFile } from './disk/fence.ts';
import { StateError } from './errors.ts';
import { remarksOnDirectory } from './host/right-directory.ts';
import { readSources } from './host/sources.ts';
import { toolNamesIn } from './host/tool-metadata.ts';
import { secretProjection } from './model/component-id.ts';
import type { Lacks } from './model/lacks.ts';
import type { Plan } from './model/plan.ts';
import { parsePolicy, type Rights, rightsIn } from './model/policy.ts';
import { policyOf, stateDigest } from './model/snapshot.ts';
import { openSnapshot } from './open.ts';
import type { OpenOptions } from './open-deployment.ts';
import { type CommonOptions, openWorkplace } from './options.ts';
import type { DraftComponent } from './places/draft.ts';
import { listDraftFile } from './places/json-reader.ts';
import { parseReference } from './places/reference.ts';
import { type ImportOptions, planWish } from './planning.ts';
import type { Snapshot } from './snapshot.ts';
import { wishFor } from './wish.ts';

export interface ListedComponent {
  component_id: string;
  /** Null for a file of the earlier draft without its binaries. */
  sha256: string | null;
  size: number | null;
  /** Null when it is not known. */
  source_uri: string | null;
  tools: readonly string[];
  /** `kept` where an import leaves the policy of its host as it is. */
  rights: Rights | 'kept';
  secret_names: readonly string[];
}

export interface HostListing {
  component_dir: string;
  state_digest: string;
  components: readonly ListedComponent[];
  notes: readonly string[];
}

/** What an import of a snapshot into this host would need, or why it would be refused. */
export type ImportOutlook =
  | { plan: Plan; missing_code: readonly string[]; lacks: Lacks; remarks: readonly string[] }
  | { refused: StateError };

export interface SnapshotListing {
  /** Null for a file of the earlier draft that lacks binaries: such a file can only be listed. */
  snapshot: Snapshot | null;
  components: readonly ListedComponent[];
  notes: readonly string[];
}

/** Opens a snapshot and lists it. @throws as `openSnapshot` */
export async function listReference(reference: string, options: OpenOptions = {}): Promise<SnapshotListing> {
  try {
    const snapshot = await openSnapshot(reference, options);
    return { snapshot, components: listSnapshot(snapshot), notes: snapshot.notes };
  } catch (error) {
    const parsed = parseReference(reference);
    const lacksCode = error instanceof StateError && error.code === 'VERIFY_PART_MISSING';
    const draft =
      lacksCode && parsed.kind === 'file'
        ? await listDraftFile(fencedFile(parsed.path, options.allowDirs), options.signal)
        : null;
    if (draft === null) throw error;
    const notes = [
      'a file of the earlier draft without its binaries: it can only be listed, and nothing is verified',
    ];
    return { snapshot: null, components: draft.map(listedDraft), notes };
  }
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
    secret_names: [],
  };
}

/** The components of a snapshot, without touching any host. */
export function listSnapshot(snapshot: Snapshot): ListedComponent[] {
  return snapshot.document.components.map((component) => ({
    component_id: component.component_id,
    sha256: component.artifact.sha256,
    size: component.artifact.size,
    source_uri: component.source_uri,
    tools: component.metadata.tool_names,
    rights: component.keep_policy ? 'kept' : (policyOf(component) ?? 'none'),
    secret_names: component.secret_names ?? [],
  }));
}

/** What is on disk here. @throws StoreError STORE_NOT_FOUND, STORE_UNSUPPORTED, STORE_CHANGING, STORE_OTHER_HOST */
export async function listHost(options: CommonOptions = {}): Promise<HostListing> {
  const { host } = await openWorkplace(options);
  const notes = await remarksOnDirectory(options.live, host, options.signal);
  const { installed, orphans } = await host.list();
  if (installed.length === 0) await host.assertExists();
  const components = await host.inspect(installed, options.signal);
  const secrets = await host.secretNames();
  if (await host.isUnfinished()) {
    notes.push('an import was interrupted: `wassette-state recover` finishes it or clears it away');
  }
  if (orphans.length > 0) {
    notes.push(
      `policies without a component: ${orphans
        .slice(0, 5)
        .map((id) => safeText(id, 128))
        .join(', ')}`,
    );
  }
  const present = components.filter((component) => component.artifact !== null);
  const sources = await readSources(
    host.stateDir,
    present.map(({ artifact }) => artifact!.sha256),
  );
  return {
    component_dir: host.componentDir,
    state_digest: stateDigest(
      present.map(({ component_id, artifact, policy }) => ({
        component_id,
        artifact: artifact!,
        policy: policy === null ? null : policy.bytes.toString('utf8'),
      })),
    ),
    components: present.map((component) => ({
      component_id: component.component_id,
      sha256: component.artifact!.sha256,
      size: component.artifact!.size,
      source_uri: sources.get(component.artifact!.sha256) ?? component.sourceUri,
      tools: toolNamesIn(component.metadata?.bytes),
      rights: rightsIn(component.policy?.bytes ?? null, component.component_id),
      secret_names: secrets.get(secretProjection(component.component_id)) ?? [],
    })),
    notes,
  };
}

/** What importing all of `snapshot` here would need. Changes nothing. */
export async function outlookFor(snapshot: Snapshot, options: ImportOptions = {}): Promise<ImportOutlook> {
  const workplace = await openWorkplace(options);
  try {
    const remarks = await remarksOnDirectory(options.live, workplace.host, options.signal);
    const { plan, missingCode } = await planWish(wishFor(snapshot, workplace), workplace, options, '');
    return { plan, missing_code: missingCode, lacks: plan.lacks, remarks };
  } catch (error) {
    if (error instanceof StateError) return { refused: error };
    throw error;
  }
}
