// Reads a host as one document, and says where its code can be read.

import { findingIdsIn } from '../../credentials/finding-id.ts';
import type { Blobs } from '../../disk/blobs/blob.ts';
import { blobsOf } from '../../disk/blobs/blobs.ts';
import { nowSeconds } from '../../disk/clock.ts';
import type { WassetteVersion } from '../../policy/wassette-versions.ts';
import type { Document } from '../../snapshot/document.ts';
import { originsOf, originUri, rememberOrigin } from '../../state/origins.ts';
import { describeUnloadable } from '../../wassette/directory/listing.ts';
import type { Host } from '../../wassette/host.ts';
import { assertChoosesSome, type CommonOptions, chooseIds } from '../site.ts';
import {
  describeComponents,
  documentOf,
  type InstalledComponent,
  type Labels,
} from './component-description.ts';
import { namesUnknown, refusedElsewhere } from './notes.ts';
import { nothingToExport, refuseAll, refuseUnloadable } from './refusals.ts';
import { notesOnSealing, type SealingOptions, sealedForIn, withSealedSecrets } from './sealing.ts';

export interface HostDocumentOptions extends CommonOptions, SealingOptions {
  /** Ids of the components to export; all by default. An empty list is an error. */
  componentFilter?: readonly string[] | undefined;
  /** Whether a state without any component is exported, too; by default it is an error. */
  allowEmpty?: boolean | undefined;
  /** What the document says of itself. */
  metadata?: Labels | undefined;
  /** Where the code of components came from, by id: kept for later exports of the same bytes, too. */
  sources?: Readonly<Record<string, string>> | undefined;
  /** Whether this host keeps `sources` as what it knows (default true); else only what is exported says them. */
  keepSources?: boolean | undefined;
  /** Ids of what looks like a credential and is to be exported; the error that refuses it names them. */
  allowFindings?: readonly string[] | undefined;
}

export interface HostDocument {
  document: Document;
  blobs: Blobs;
  /** What is not in the document although it looks like a component, and what another host will refuse. */
  notes: readonly string[];
}

/**
 * Writes nothing that is refused: the origins it is told are kept only once the document has passed.
 * `name` is that of the snapshot in the store, if it gets one; `afresh` as in `WholeReadingOptions`.
 * @throws PolicyError POLICY_CREDENTIAL_FOUND
 * @throws StoreError STORE_NOT_FOUND, STORE_CHANGING, STORE_UNSAFE_FILE
 * @throws UsageError USAGE_UNKNOWN_COMPONENT, USAGE_BAD_ARGUMENT, USAGE_UNSUPPORTED_URI
 * @throws FormatError FORMAT_INVALID_ID, FORMAT_INVALID_POLICY, FORMAT_NOT_A_COMPONENT, FORMAT_INVALID_KEY,
 * FORMAT_INVALID_SECRETS, FORMAT_LIMIT_EXCEEDED
 */
export async function documentOfHost(
  host: Host,
  options: HostDocumentOptions,
  { name, afresh }: { name?: string | undefined; afresh?: boolean } = {},
): Promise<HostDocument> {
  const allowed = findingIdsIn(options.allowFindings ?? []);
  assertChoosesSome(options.componentFilter);
  const sealedFor = await sealedForIn(options);
  const { installed, unloadable } = await host.components.list();
  refuseUnloadable(unloadable, options.componentFilter);
  const ids = chooseIds(installed, options.componentFilter, 'the component directory');
  const { components, problems } = await host.components.readWhole(ids, { signal: options.signal, afresh });
  const present = components.filter((c): c is InstalledComponent => c.artifact !== null);
  const secrets = await host.secrets();
  const now = nowSeconds();
  const stated = statedOrigins(present, options.sources ?? {});
  const known = await originsOf(
    host.state,
    present.map(({ artifact }) => artifact.sha256),
  );
  const origins = new Map([...known, ...stated]);
  const described = describeComponents(present, secrets, origins);
  refuseAll([...problems, ...described.problems], ids);
  if (described.components.length === 0 && !options.allowEmpty) throw nothingToExport(host, unloadable);
  const bare = documentOf(
    described,
    withVersion(options.metadata, await host.components.version(options.signal)),
    now,
  );
  const document = sealedFor === null ? bare : await withSealedSecrets(bare, host, sealedFor);
  // Loaded here: nobody else needs that many rules.
  const { assertNoCredentials } = await import('./credential-scan.ts');
  const passed = assertNoCredentials({ tree: document.tree, name }, allowed);
  if (options.keepSources ?? true)
    for (const [sha256, uri] of stated) await rememberOrigin(host.state, sha256, uri, now);
  const isWhole = options.componentFilter === undefined;
  const leftOut = isWhole && unloadable.length > 0 ? [`not exported, ${describeUnloadable(unloadable)}`] : [];
  return {
    document,
    blobs: blobsOf(present.map((component) => host.codeOf(component))),
    notes: [
      ...passed,
      ...leftOut,
      ...(sealedFor === null ? [] : notesOnSealing(document)),
      ...namesUnknown(document, secrets),
      ...refusedElsewhere(document, host),
    ],
  };
}

/** The version that the caller gives takes precedence. */
function withVersion(labels: Labels | undefined, version: WassetteVersion | null): Labels | undefined {
  return version === null ? labels : { ...labels, wassetteVersion: labels?.wassetteVersion ?? version.text };
}

/** By the hash of the code. @throws UsageError USAGE_UNKNOWN_COMPONENT, USAGE_UNSUPPORTED_URI */
function statedOrigins(
  components: readonly InstalledComponent[],
  sources: Readonly<Record<string, string>>,
): Map<string, string> {
  const shas = new Map(components.map(({ component_id, artifact }) => [component_id, artifact.sha256]));
  const ids = chooseIds([...shas.keys()], Object.keys(sources), 'the components to export');
  return new Map(ids.map((id) => [shas.get(id)!, originUri(sources[id]!)]));
}
