// From the files of a host to a snapshot document: what a host would run, and nothing that is only a cache or a secret.
import { quoted } from './codec/safe-text.ts';
import { FormatError, UsageError } from './errors.ts';
import type { HostComponent } from './host/component-directory.ts';
import { parsePolicyMeta } from './host/policy-meta.ts';
import { toolMetadataFor } from './host/tool-metadata.ts';
import { assertComponentId, byId, findIdClash, secretProjection } from './model/component-id.ts';
import { DEFAULT_LIMITS } from './model/limits.ts';
import { decodePolicy } from './model/policy.ts';
import {
  assertWithinLimits,
  INLINE_POLICY,
  niName,
  SNAPSHOT_VERSION,
  type SnapshotComponent,
  type SnapshotDocument,
  type SnapshotMetadata,
  type SnapshotPolicy,
  stateComponentOf,
  stateDigest,
  withoutCredentials,
} from './model/snapshot.ts';
import type { FileState } from './model/target.ts';

/** A component whose code was there when it was read. */
export type InstalledComponent = HostComponent & { artifact: FileState };

export interface UserMetadata {
  description?: string | undefined;
  source?: string | undefined;
  wassetteVersion?: string | undefined;
  tags?: Readonly<Record<string, string>> | undefined;
}

/**
 * @param sources known source URIs by SHA-256
 * @throws FormatError FORMAT_INVALID_ID, FORMAT_INVALID_POLICY: what could not be restored elsewhere is not exported
 */
export function buildDocument(
  components: readonly InstalledComponent[],
  secrets: ReadonlyMap<string, readonly string[]>,
  sources: ReadonlyMap<string, string>,
  metadata: UserMetadata | undefined,
  nowSeconds: number,
): SnapshotDocument {
  const described = components.map((component) => describe(component, secrets, sources)).sort(byId);
  const clash = findIdClash(described.map((component) => component.component_id));
  if (clash !== null) {
    throw new FormatError(
      'FORMAT_INVALID_ID',
      `components ${quoted(clash.first)} and ${quoted(clash.second)} ${clash.reason === 'case' ? 'differ only in case' : 'share one secrets file'}`,
      {
        hint: 'leave one out with a component filter',
        details: { first: clash.first, second: clash.second },
      },
    );
  }
  const document: SnapshotDocument = {
    version: SNAPSHOT_VERSION,
    created_at: nowSeconds,
    ...(metadata === undefined ? {} : { metadata: metadataFor(metadata) }),
    components: described,
    state_digest: stateDigest(described.map(stateComponentOf)),
  };
  assertWithinLimits(document, DEFAULT_LIMITS);
  return document;
}

function describe(
  component: InstalledComponent,
  secrets: ReadonlyMap<string, readonly string[]>,
  sources: ReadonlyMap<string, string>,
): SnapshotComponent {
  const { component_id, artifact } = component;
  assertComponentId(component_id, 'component directory');
  const policy = describePolicy(component);
  const names = secrets.get(secretProjection(component_id)) ?? [];
  return {
    component_id,
    source_uri: sources.get(artifact.sha256) ?? component.sourceUri ?? niName(artifact.sha256),
    artifact: { sha256: artifact.sha256, size: artifact.size },
    metadata: toolMetadataFor(component_id, component.metadata?.bytes, {
      ...artifact,
      mtimeSeconds: component.wasmMtimeSeconds,
    }),
    ...(policy === null ? {} : { policy }),
    ...(names.length === 0 ? {} : { secret_names: [...names] }),
  };
}

function describePolicy({ component_id, policy, policyMeta }: InstalledComponent): SnapshotPolicy | null {
  if (policy === null) return null;
  const { text } = decodePolicy(policy.bytes, { componentId: component_id });
  const provenance = parsePolicyMeta(policyMeta?.bytes);
  return {
    content: text,
    source_uri: provenance === null ? INLINE_POLICY : withoutCredentials(provenance.source_uri),
    created_at: provenance?.attached_at ?? policy.mtimeSeconds,
  };
}

/** Readers of the earlier draft need the first three to be strings. @throws UsageError USAGE_BAD_ARGUMENT */
function metadataFor({ description, source, wassetteVersion, tags = {} }: UserMetadata): SnapshotMetadata {
  const texts = [description, source, wassetteVersion, ...Object.keys(tags), ...Object.values(tags)];
  if (texts.some((text) => text?.isWellFormed() === false) || Object.hasOwn(tags, '__proto__')) {
    throw new UsageError('USAGE_BAD_ARGUMENT', 'a description or tag holds what no JSON reader keeps', {
      hint: 'leave out half characters (lone surrogates) and the key __proto__',
    });
  }
  const sorted = Object.fromEntries(Object.entries(tags).sort(([a], [b]) => (a < b ? -1 : 1)));
  return {
    description: description ?? '',
    wassette_version: wassetteVersion ?? '',
    source: source ?? '',
    ...(Object.keys(sorted).length > 0 ? { tags: sorted } : {}),
  };
}
