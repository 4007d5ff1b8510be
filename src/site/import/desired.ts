// Turns a snapshot, or an undo record, into what is desired on a host.
import type { BlobName } from '../../codec/blob-name.ts';
import { sha256Hex } from '../../codec/digest.ts';
import type { Blobs } from '../../disk/blobs/blob.ts';
import { firstOf, readBlobs } from '../../disk/blobs/blobs.ts';
import { UsageError } from '../../errors.ts';
import type { OpenSnapshot } from '../../places/place.ts';
import { differs, storedFilesBefore } from '../../plan/file-kinds.ts';
import type { Overlay } from '../../plan/overlay/overlay.ts';
import type { Source } from '../../plan/source.ts';
import type { DesiredComponent } from '../../plan/target.ts';
import { type Policy, rightsIn } from '../../policy/policy.ts';
import { parseVersion, type WithoutPolicy, withoutPolicy } from '../../policy/wassette-versions.ts';
import { policyMetaFor } from '../../snapshot/policy-meta.ts';
import type { SnapshotComponent } from '../../snapshot/shape.ts';
import type { UndoRecord } from '../../state/undo-records.ts';
import type { Host } from '../../wassette/host.ts';
import { asksForOverlay, type OverlayOptions } from '../overlay-options.ts';
import { type SignedSnapshot, signedBy, type TrustOptions } from '../signers.ts';
import type { Site } from '../site.ts';
import { type SecretsWanted, secretsIn, type UnsealingOptions, type WantedSecrets } from './secrets.ts';

/** What is desired on a host, whether by a snapshot or an undo record. */
export interface Desired {
  /** A snapshot digest, or the name of an undo record. */
  source: string;
  /** Where the snapshot was opened, for the audit log. */
  reference?: string | undefined;
  components: readonly DesiredComponent[];
  /** New policies and their provenance files, by SHA-256. */
  smallFiles: ReadonlyMap<string, Uint8Array>;
  /** Where code comes from beyond the target itself. */
  code: Blobs;
  /** By component, where a snapshot says that code can be had which it does not carry. */
  sources: ReadonlyMap<string, string>;
  /** What having no policy means on the host it comes from. */
  cameFrom: WithoutPolicy;
  /** Secrets that come with it, by component id. */
  secrets: SecretsWanted;
  /** The import that is taken back, if any. */
  reverts: Pick<UndoRecord, 'import_id' | 'changes' | 'source'> | null;
  /** Origins of code that this host itself vouches for: to be remembered once the code is here. */
  origins: readonly { component_id: string; artifact: BlobName; source_uri: string }[];
  /** Where the snapshot is; null for one that was handed over, and for an undo record. */
  openedFrom: Source | null;
  /** Who signed the snapshot; null for what is no snapshot. */
  signed: SignedSnapshot | null;
  /** What is other on this host than in the snapshot; null where nothing is. */
  overlay: Overlay | null;
}

/** What a snapshot asks for; who signed it is asked first. @throws as `signedBy` and `secretsIn` */
export async function desiredBy(
  snapshot: OpenSnapshot,
  { host, store }: Site,
  options: TrustOptions & UnsealingOptions & OverlayOptions,
): Promise<Desired> {
  const signed = await signedBy(snapshot, host, options);
  const secrets = await secretsIn(snapshot, options);
  const smallFiles = new Map<string, Uint8Array>();
  const keep = (bytes: Uint8Array) => {
    const sha256 = sha256Hex(bytes);
    smallFiles.set(sha256, bytes);
    return { sha256, size: bytes.length };
  };
  const { content } = snapshot;
  const overlaid = asksForOverlay(options)
    ? await (await import('../overlay.ts')).overlayOn(content, options)
    : null;
  const components = content.tree.components.map((component): DesiredComponent => {
    const here = overlaid?.policies.get(component.component_id);
    const policy = here?.policy ?? content.policyOf(component);
    // What was changed on the way comes from no other place.
    const meta = component.policy && here === undefined ? policyMetaFor(component.policy) : null;
    return {
      component_id: component.component_id,
      artifact: component.artifact,
      policy: policy && { ...keep(Buffer.from(policy.text)), rights: policy.rights },
      ...writtenIn(component, policy, snapshot.manifestLines),
      ...(here === undefined ? {} : { overlaid: here.change }),
      policyMeta: meta && keep(meta),
      keepsPolicy: component.keep_policy ?? false,
      toolNames: component.metadata.tool_names,
      toolSchemas: component.metadata.tool_schemas,
      secretNames: component.secret_names ?? [],
      sealedNames: content.sealed?.names.get(component.component_id) ?? [],
    };
  });
  return {
    source: content.digest,
    reference: snapshot.openedAs,
    components,
    smallFiles,
    code: firstOf([snapshot.blobs, store.blobs]),
    sources: sourcesIn(snapshot),
    cameFrom: withoutPolicy(parseVersion(content.tree.metadata?.wassette_version ?? '')),
    secrets,
    reverts: null,
    origins: snapshot.manifestLines === undefined ? [] : content.tree.components,
    openedFrom: snapshot.openedFrom ?? null,
    signed,
    overlay: overlaid?.overlay ?? null,
  };
}

/** The code of a manifest was found, or fetched, when it was opened. */
function sourcesIn({ content, carriesBinaries, manifestLines }: OpenSnapshot): Desired['sources'] {
  if (carriesBinaries || manifestLines !== undefined) return new Map();
  return new Map(content.tree.components.map(({ component_id, source_uri }) => [component_id, source_uri]));
}

function writtenIn(
  { component_id }: SnapshotComponent,
  policy: Policy | null,
  manifestLines: OpenSnapshot['manifestLines'],
): Pick<DesiredComponent, 'writtenIn'> {
  const lines = manifestLines?.get(component_id);
  if (lines !== undefined) return { writtenIn: { what: 'manifest', lines } };
  if (manifestLines !== undefined) return {};
  return policy ? { writtenIn: { what: 'policy', text: policy.text } } : {};
}

/**
 * What an import replaced.
 * @throws VerificationError VERIFY_PART_MISSING, VERIFY_DIGEST_MISMATCH when the store no longer has a policy
 */
export async function desiredBefore(record: UndoRecord, { store, host }: Site): Promise<Desired> {
  const smallFiles = await readBlobs(store.blobs, record.changes.flatMap(storedFilesBefore));
  const components = record.changes.map(
    ({ component_id, wasm, policy, policyMeta }): DesiredComponent => ({
      component_id,
      artifact: wasm.old,
      policy: policy.old && {
        ...policy.old,
        rights: rightsIn(smallFiles.get(policy.old.sha256)!, component_id),
      },
      policyMeta: policyMeta.old,
      toolNames: [],
      toolSchemas: [],
      secretNames: [],
    }),
  );
  return {
    source: `undo of ${record.import_id}`,
    components,
    smallFiles,
    code: store.blobs,
    sources: new Map(),
    // What may be missing was missing here before.
    cameFrom: 'nothing',
    secrets: await secretsBefore(record, host),
    reverts: record,
    origins: [],
    openedFrom: null,
    signed: null,
    overlay: null,
  };
}

/** @throws UsageError USAGE_BAD_ARGUMENT where secrets are kept elsewhere now */
async function secretsBefore({ changes, secrets_dir }: UndoRecord, host: Host): Promise<SecretsWanted> {
  const changed = changes.filter(({ secrets }) => differs(secrets));
  if (changed.length > 0 && secrets_dir !== host.locations.secretsDir) {
    throw new UsageError(
      'USAGE_BAD_ARGUMENT',
      `that import changed secrets in ${secrets_dir}, and not in ${host.locations.secretsDir}`,
      {
        hint: 'name that secrets directory',
        remedy: { do: 'name-directories' },
      },
    );
  }
  const wanted = new Map<string, WantedSecrets>();
  for (const { component_id, secrets } of changed)
    wanted.set(component_id, { file: secrets.old && (await host.keptSecrets(secrets.old)) });
  return wanted;
}
