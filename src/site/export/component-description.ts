// Describes the components of a host in a snapshot document: what it would run, without native code and secret values.
import type { BlobName } from '../../codec/blob-name.ts';
import { quoted } from '../../codec/safe-text.ts';
import { withoutCredentials } from '../../codec/shown-uri.ts';
import { FormatError, UsageError } from '../../errors.ts';
import { isUnread, type SecretsStore, secretsOf } from '../../plan/stored-secrets.ts';
import { policyTextOf } from '../../policy/policy.ts';
import { assertComponentId, byId, clashInWords, findIdClash } from '../../snapshot/component-id.ts';
import { assertCountWithinLimit, Document } from '../../snapshot/document.ts';
import { type Policies, readPolicies } from '../../snapshot/policies.ts';
import { parsePolicyMeta } from '../../snapshot/policy-meta.ts';
import { INLINE_POLICY, niName, SNAPSHOT_VERSION } from '../../snapshot/schema.ts';
import type { SnapshotComponent, SnapshotLabels, SnapshotPolicy } from '../../snapshot/shape.ts';
import { stateComponentOf, stateDigest } from '../../snapshot/state-digest.ts';
import { toolCacheFor } from '../../snapshot/tool-cache.ts';
import type { HostComponent } from '../../wassette/directory/component-files.ts';
import type { ComponentProblem } from '../../wassette/directory/reading.ts';

/** A component whose code was there when it was read. */
export type InstalledComponent = HostComponent & { artifact: BlobName };

/** What a user says about a snapshot. */
export interface Labels {
  description?: string | undefined;
  /** Where it comes from, such as the name of a machine. */
  source?: string | undefined;
  /** As Wassette prints it. */
  wassetteVersion?: string | undefined;
  tags?: Readonly<Record<string, string>> | undefined;
}

export interface Described {
  /** Sorted by id, without clashes. */
  components: readonly SnapshotComponent[];
  policies: Policies;
  /** Why others cannot be described: nothing is exported that could not be restored elsewhere. */
  problems: readonly ComponentProblem[];
}

/**
 * What a document says of each component.
 * @param origins known source URIs by SHA-256
 * @throws FormatError FORMAT_LIMIT_EXCEEDED for all policies together
 */
export function describeComponents(
  installed: readonly InstalledComponent[],
  secrets: SecretsStore,
  origins: ReadonlyMap<string, string>,
): Described {
  const described: SnapshotComponent[] = [];
  const problems: ComponentProblem[] = [];
  for (const component of installed) {
    try {
      described.push(describe(component, secrets, origins));
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      problems.push({ component_id: component.component_id, error });
    }
  }
  described.sort(byId);
  const { policies, problems: unread } = readPolicies(described);
  for (const [component_id, error] of unread) problems.push({ component_id, error });
  return {
    components: described.filter(({ component_id }) => !unread.has(component_id)),
    policies,
    problems: [...problems, ...clashesOf(described)],
  };
}

/** A problem for each id that clashes with an earlier one. */
function clashesOf(described: readonly SnapshotComponent[]): ComponentProblem[] {
  const problems: ComponentProblem[] = [];
  let ids = described.map((component) => component.component_id);
  for (let clash = findIdClash(ids); clash !== null; clash = findIdClash(ids)) {
    const { first, second } = clash;
    const error = new FormatError(
      'FORMAT_INVALID_ID',
      `components ${quoted(first)} and ${quoted(second)} ${clashInWords(clash)}`,
      { hint: 'only one of them can be exported', details: { first, second } },
    );
    problems.push({ component_id: second, error });
    ids = ids.filter((id) => id !== second);
  }
  return problems;
}

/** @param described without problems @throws FormatError FORMAT_LIMIT_EXCEEDED; UsageError USAGE_BAD_ARGUMENT */
export function documentOf(
  { components, policies }: Described,
  labels: Labels | undefined,
  nowSeconds: number,
): Document {
  assertCountWithinLimit(components);
  const tree = {
    version: SNAPSHOT_VERSION,
    created_at: nowSeconds,
    ...(labels === undefined ? {} : { metadata: snapshotLabels(labels) }),
    components: [...components],
    state_digest: stateDigest(components.map(stateComponentOf)),
  };
  return new Document(tree, policies);
}

function describe(
  component: InstalledComponent,
  secrets: SecretsStore,
  origins: ReadonlyMap<string, string>,
): SnapshotComponent {
  const { component_id, artifact } = component;
  assertComponentId(component_id, 'component directory');
  const policy = describePolicy(component);
  const stored = secretsOf(secrets, component_id);
  const names = isUnread(stored) ? [] : stored;
  return {
    component_id,
    source_uri: origins.get(artifact.sha256) ?? component.sourceUri ?? niName(artifact.sha256),
    artifact: { sha256: artifact.sha256, size: artifact.size },
    metadata: toolCacheFor(component_id, component.toolCache?.bytes, {
      ...artifact,
      mtimeSeconds: component.wasmMtimeSeconds,
    }),
    ...(policy === null ? {} : { policy }),
    ...(names.length === 0 ? {} : { secret_names: [...names] }),
  };
}

function describePolicy({ component_id, policy, policyMeta }: InstalledComponent): SnapshotPolicy | null {
  if (policy === null) return null;
  const provenance = parsePolicyMeta(policyMeta?.bytes);
  return {
    content: policyTextOf(policy.bytes, { componentId: component_id }),
    source_uri: provenance === null ? INLINE_POLICY : withoutCredentials(provenance.source_uri),
    created_at: provenance?.attached_at ?? policy.mtimeSeconds,
  };
}

/** The first three are always strings, because readers of the earlier draft need that. @throws UsageError USAGE_BAD_ARGUMENT */
function snapshotLabels({ description, source, wassetteVersion, tags = {} }: Labels): SnapshotLabels {
  const texts = [description, source, wassetteVersion, ...Object.keys(tags), ...Object.values(tags)];
  if (texts.some((text) => text?.isWellFormed() === false) || Object.hasOwn(tags, '__proto__')) {
    throw new UsageError(
      'USAGE_BAD_ARGUMENT',
      'a description or tag has something that JSON readers do not keep',
      {
        hint: 'leave out lone surrogates (half characters) and the key __proto__',
      },
    );
  }
  const sorted = Object.fromEntries(Object.entries(tags).sort(([a], [b]) => (a < b ? -1 : 1)));
  return {
    description: description ?? '',
    wassette_version: wassetteVersion ?? '',
    source: source ?? '',
    ...(Object.keys(sorted).length > 0 ? { tags: sorted } : {}),
  };
}
