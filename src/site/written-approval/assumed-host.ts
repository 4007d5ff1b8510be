// A host that is assumed for an approval in writing: empty, or as a snapshot of it says. What nobody can know of it is not
// known: where links lead, which variables there are.
import path from 'node:path';
import type { BlobName } from '../../codec/blob-name.ts';
import { sha256Hex } from '../../codec/digest.ts';
import {
  type GrantedDirectory,
  partsOfPath,
  storageUrisOf,
  writtenPath,
} from '../../plan/directory-grants.ts';
import type { SecretsChange } from '../../plan/secrets-change.ts';
import { isUnread, secretsOf } from '../../plan/stored-secrets.ts';
import type { DesiredComponent, TargetComponent, TargetState } from '../../plan/target.ts';
import { parseVersion, withoutPolicy } from '../../policy/wassette-versions.ts';
import { secretProjection } from '../../snapshot/component-id.ts';
import type { Document } from '../../snapshot/document.ts';
import { policyMetaFor } from '../../snapshot/policy-meta.ts';
import type { SealedSecrets } from '../../snapshot/sealed-secrets.ts';
import { noSecrets } from '../import/secrets.ts';

/** What is assumed. */
export interface AssumedHost {
  /** What the host has; null for nothing. */
  content: Document | null;
  /** Where paths of policies lead there, by storage URI. */
  directories: ReadonlyMap<string, string>;
}

/** The host that is assumed, and what happens to its secrets. */
export interface AssumedState {
  target: TargetState;
  secretsChanges: ReadonlyMap<string, SecretsChange>;
}

/**
 * @param withSecrets whether the secrets that the snapshot carries are imported, too
 * @throws UsageError USAGE_BAD_ARGUMENT where it carries none
 */
export function assume(
  host: AssumedHost,
  desired: readonly DesiredComponent[],
  { sealed }: Document,
  withSecrets: boolean,
): AssumedState {
  const target = targetOf(host, desired);
  if (!withSecrets) return { target, secretsChanges: new Map() };
  if (sealed === null) throw noSecrets();
  return { target, secretsChanges: changesOf(sealed, target) };
}

function targetOf({ content, directories }: AssumedHost, desired: readonly DesiredComponent[]): TargetState {
  const described = content?.tree.components ?? [];
  const components = described.map((component): TargetComponent => {
    const policy = content!.policyOf(component);
    const meta = component.policy ? policyMetaFor(component.policy) : null;
    return {
      component_id: component.component_id,
      artifact: named(component.artifact),
      policy: policy && { ...nameOf(Buffer.from(policy.text)), rights: policy.rights },
      policyMeta: meta && nameOf(meta),
      toolNames: component.metadata.tool_names,
    };
  });
  const rights = [...desired, ...components].map(({ policy }) => policy?.rights ?? 'none');
  const uris = rights.flatMap(storageUrisOf);
  return {
    path: content === null ? 'an empty host' : `a host as in ${content.digest}`,
    protectedDirs: [],
    components,
    secrets: {
      files: new Map(
        described.map(({ component_id, secret_names }) => [
          secretProjection(component_id),
          secret_names ?? [],
        ]),
      ),
      unread: null,
    },
    otherSecretsDirs: [],
    withoutPolicy:
      content === null
        ? 'unknown'
        : withoutPolicy(parseVersion(content.tree.metadata?.wassette_version ?? '')),
    environment: new Set(),
    caveats: [],
    obstacle: null,
    directories: new Map(uris.flatMap((uri) => assumedDirectory(uri, directories.get(uri)))),
  };
}

/** The secrets that a snapshot brings, by their names; values are not known to be others. */
function changesOf(sealed: SealedSecrets, { secrets }: TargetState): Map<string, SecretsChange> {
  return new Map(
    [...sealed.names].map(([id, names]): [string, SecretsChange] => {
      const found = secretsOf(secrets, id);
      const stored = isUnread(found) ? [] : found;
      return [
        id,
        {
          added: names.filter((name) => !stored.includes(name)).sort(),
          replaced: names.filter((name) => stored.includes(name)).sort(),
          removed: [],
          file: { old: null, new: nameOf(Buffer.from(names.join('\n'))) },
        },
      ];
    }),
  );
}

/** An absolute path leads to what it says, as long as no link is in it; a relative one nobody can tell. */
function assumedDirectory(uri: string, leadsTo: string | undefined): [string, GrantedDirectory][] {
  const written = writtenPath(uri);
  if (written === null) return [];
  const plain = path.posix.isAbsolute(written) ? `/${partsOfPath(written).join('/')}` : null;
  const real = leadsTo ?? plain ?? written;
  const hidden = leadsTo === undefined && plain === null ? written : null;
  return [[uri, { uri, written, real, exists: true, ofProcess: null, hidden }]];
}

function nameOf(bytes: Uint8Array): BlobName {
  return { sha256: sha256Hex(bytes), size: bytes.length };
}

function named({ sha256, size }: BlobName): BlobName {
  return { sha256, size };
}
