// What is in a snapshot, or on this host: read, never written, not even to finish an interrupted import.

import { fewOf } from './codec/enumeration.ts';
import { quoted, safeText } from './codec/safe-text.ts';
import { shownUri } from './codec/shown-uri.ts';
import { toolNamesOf } from './component/derived-interface.ts';
import { StateError } from './errors.ts';
import type { Reference } from './places/reference.ts';
import { storageUrisOf } from './plan/directory-grants.ts';
import type { Plan } from './plan/plan.ts';
import { isUnread, type StoredSecrets, secretsOf } from './plan/stored-secrets.ts';
import type { Lacks } from './plan/warnings/lacks.ts';
import { signersInWords } from './plan/words/signers.ts';
import type { WithoutPolicy } from './policy/wassette-versions.ts';
import { outlookOn } from './site/code/fetching.ts';
import type { InstalledComponent } from './site/export/component-description.ts';
import { withFit } from './site/fit/listing.ts';
import { CodeReadings } from './site/fit/readings.ts';
import { readInterface } from './site/import/code-check.ts';
import { desiredBy } from './site/import/desired.ts';
import { type ImportOptions, Planning } from './site/import/planning.ts';
import { runningIn } from './site/import/running-state.ts';
import type { ListedComponent } from './site/listing/listed-component.ts';
import { ToolReadings } from './site/listing/tool-readings.ts';
import { listWithoutCode } from './site/listing/without-code.ts';
import { named, placeToOpen } from './site/places.ts';
import { type SignedSnapshot, signedBy, type TrustOptions, trustIn } from './site/signers.ts';
import { type CommonOptions, type OpenOptions, openSite, type Site } from './site/site.ts';
import { Snapshot } from './site/snapshot.ts';
import { stateDigest } from './snapshot/state-digest.ts';
import { cachedToolNames } from './snapshot/tool-cache.ts';
import { originsOf } from './state/origins.ts';
import { describeUnloadable, type UnloadableFile } from './wassette/directory/listing.ts';
import type { Host } from './wassette/host.ts';
import { resolveDirectories } from './wassette/target-state.ts';

/** What is on this host. */
export interface HostListing {
  /** Real path. */
  component_dir: string;
  /** Equal for two states that run the same code under the same policies. */
  state_digest: string;
  components: readonly ListedComponent[];
  /** Whether an import was interrupted and waits to be finished. */
  unfinished: boolean;
  /** Files that look like components and are not loaded by Wassette. */
  unloadable: readonly UnloadableFile[];
  /** What a reader should know, one sentence each. */
  notes: readonly string[];
}

/** What an import of a snapshot into this host would need, or why it would be refused. */
export type ImportOutlook =
  | {
      plan: Plan;
      /** Ids of the components whose code can be had nowhere. */
      missing_code: readonly string[];
      /** Code that is neither in the snapshot nor here, and would be fetched. */
      fetched_code: readonly { component_id: string; source_uri: string }[];
      lacks: Lacks;
      remarks: readonly string[];
    }
  | { refused: StateError };

export interface SnapshotListing {
  /** Null where not all of the code is to be had: such a file can only be listed. */
  snapshot: Snapshot | null;
  components: readonly ListedComponent[];
  notes: readonly string[];
  codeReadings: CodeReadings;
}

/** Opens a snapshot and lists it; a file that lacks code is listed as far as it says something. @throws as `openSnapshot` */
export async function listReference(
  reference: string | Reference,
  options: OpenOptions = {},
): Promise<SnapshotListing> {
  const { signal, onProgress } = options;
  const place = await placeToOpen(reference, options);
  try {
    const snapshot = Snapshot.of(named(await place.open({ signal, onProgress }), reference));
    const codeReadings = codeIn(snapshot, signal);
    const components = await withDerivedTools(snapshot, options, codeReadings);
    return { snapshot, components, notes: snapshot.notes, codeReadings };
  } catch (error) {
    const listed = await listWithoutCode(error, place, signal);
    if (listed === null) throw error;
    return { snapshot: null, ...listed, codeReadings: CodeReadings.none() };
  }
}

/** With how what each component may do fits its code, as far as that is at hand. @throws as `readInterface` */
export async function withRemarks(listing: SnapshotListing): Promise<SnapshotListing> {
  return { ...listing, components: await withFit(listing.components, listing.codeReadings) };
}

/** Where no Wassette had listed the tools yet, they are those of the code, as far as the snapshot carries it. */
export async function withDerivedTools(
  snapshot: Snapshot,
  options: CommonOptions,
  codeReadings = codeIn(snapshot, options.signal),
): Promise<ListedComponent[]> {
  const listed = listSnapshot(snapshot, await meaningHere(await openSite(options), options.signal));
  const readings = new ToolReadings();
  for (const component of listed) {
    if (!readings.isDueFor(component.tools)) continue;
    const artifact = { sha256: component.sha256!, size: component.size! };
    const found = await codeReadings.read({ component_id: component.component_id, artifact });
    component.tools = (found && toolNamesOf(found)) ?? [];
  }
  return listed;
}

function codeIn({ blobs }: Snapshot, signal?: AbortSignal): CodeReadings {
  return CodeReadings.verifying(({ artifact }) => readInterface(artifact, blobs, signal));
}

/**
 * The components of a snapshot, without touching any host.
 * @param without what a component without a policy sees where it will run; unknown by default
 * @example
 * ```ts
 * import { listSnapshot, Snapshot } from 'wassette-state';
 *
 * const snapshot = await Snapshot.loadFromFile('tools.json');
 * for (const { component_id } of listSnapshot(snapshot)) console.log(component_id); // weather
 * ```
 */
export function listSnapshot(snapshot: Snapshot, without: WithoutPolicy = 'unknown'): ListedComponent[] {
  return snapshot.document.components.map((component) => ({
    component_id: component.component_id,
    sha256: component.artifact.sha256,
    size: component.artifact.size,
    source_uri: component.source_uri,
    tools: component.metadata.tool_names,
    rights: component.keep_policy ? 'kept' : (snapshot.content.policyOf(component)?.rights ?? 'none'),
    without_policy: without,
    secret_names: component.secret_names ?? [],
  }));
}

/**
 * What is on disk here; nothing where no Wassette ever ran. Writes nothing, and finishes no interrupted import.
 * @throws StoreError STORE_OTHER_HOST when `live` works on another directory; STORE_UNSUPPORTED, STORE_CHANGING,
 * STORE_DENIED
 * @throws UsageError USAGE_BAD_ARGUMENT when Wassette's `config.toml` cannot be read
 * @example
 * ```ts
 * import { listHost } from 'wassette-state';
 *
 * const { components } = await listHost({ componentDir: './components' });
 * for (const { component_id, rights } of components) console.log(component_id, typeof rights); // weather object
 * ```
 */
export async function listHost(options: CommonOptions = {}): Promise<HostListing> {
  const site = await openSite(options);
  const { host } = site;
  const remarks = await host.components.remarks(options.signal);
  const { installed, orphans, unloadable } = await host.components.list();
  const components = await host.components.read(installed, options.signal);
  const secrets = await host.secrets();
  const without = await meaningHere(site, options.signal);
  const present = components.filter((c): c is InstalledComponent => c.artifact !== null);
  const origins = await originsOf(
    host.state,
    present.map(({ artifact }) => artifact.sha256),
  );
  const readings = new ToolReadings();
  const toolsOf = (component: InstalledComponent) => {
    const cached = cachedToolNames(component.toolCache?.bytes);
    return readings.isDueFor(cached) ? (toolNamesOf(host.interfaceOf(component)) ?? []) : cached;
  };
  const listed = present.map(
    (component): ListedComponent => ({
      component_id: component.component_id,
      sha256: component.artifact.sha256,
      size: component.artifact.size,
      source_uri: origins.get(component.artifact.sha256) ?? component.sourceUri,
      tools: toolsOf(component),
      ...rightsHere(component, host),
      without_policy: without,
      secret_names: namesOrNull(secretsOf(secrets, component.component_id)),
    }),
  );
  return {
    component_dir: host.componentDir,
    state_digest: stateDigest(runningIn(present)),
    components: await withFit(listed, CodeReadings.on(host)),
    unfinished: await host.components.isUnfinished(),
    unloadable,
    notes: [...hostNotes(host, orphans, unloadable), ...notesOnCode(present), ...remarks],
  };
}

function rightsHere(
  component: InstalledComponent,
  host: Host,
): Pick<ListedComponent, 'rights' | 'directories'> {
  const rights = host.rightsOf(component);
  return { rights, directories: resolveDirectories(storageUrisOf(rights), host.componentDir) };
}

function hostNotes(host: Host, orphans: readonly string[], unloadable: readonly UnloadableFile[]): string[] {
  const notes = unloadable.length === 0 ? [] : [describeUnloadable(unloadable)];
  if (!host.exists())
    notes.push('the directory does not exist: no Wassette has run here yet, or it uses another one');
  if (orphans.length > 0)
    notes.push(`policies without a component: ${fewOf(orphans.map((id) => safeText(id, 128)))}`);
  return notes;
}

/** What lies there under a component's name, and is none: Wassette does not load it. */
function notesOnCode(components: readonly InstalledComponent[]): string[] {
  const broken = components.filter(({ problem }) => problem !== null);
  if (broken.length === 0) return [];
  const named = fewOf(broken.map(({ component_id, problem }) => `${quoted(component_id)} (${problem})`));
  return [`not a WebAssembly component, so Wassette does not load it: ${named}`];
}

async function meaningHere({ host }: Site, signal?: AbortSignal): Promise<WithoutPolicy> {
  return (await host.components.surroundings(signal)).withoutPolicy;
}

function namesOrNull(secrets: StoredSecrets): readonly string[] | null {
  return isUnread(secrets) ? null : secrets;
}

/** Who signed a snapshot, as far as their signatures hold, and which do not. @throws as `allowedSignersOf` */
export async function signersIn(
  snapshot: Snapshot,
  options: CommonOptions & TrustOptions = {},
): Promise<SignedSnapshot> {
  const { host } = await openSite(options);
  // Whether a signature is required is asked by an import.
  return signedBy(snapshot, host, { ...options, requireSignature: false });
}

/** The same in words that follow "signed by"; null where nobody did. @throws as `allowedSignersOf` */
export async function signersInWordsOf(
  snapshot: Snapshot,
  options: CommonOptions & TrustOptions = {},
): Promise<string | null> {
  return signersInWords({ ...(await signersIn(snapshot, options)), remembered: null });
}

/** What importing all of `snapshot` here would need. Changes nothing. */
export async function outlookFor(snapshot: Snapshot, options: ImportOptions = {}): Promise<ImportOutlook> {
  const site = await openSite(options);
  try {
    const remarks = await site.host.components.remarks(options.signal);
    const planning = await Planning.survey(await desiredBy(snapshot, site, trustIn(options)), site, options);
    const plan = planning.plan('', await planning.readCode(options));
    const { sources } = outlookOn(planning.absent);
    const fetched_code = sources.map(({ component_id, uri }) => ({
      component_id,
      source_uri: shownUri(uri),
    }));
    const fetched = new Set(fetched_code.map(({ component_id }) => component_id));
    const missing = await planning.missingCode(plan);
    return {
      plan,
      missing_code: missing.filter((id) => !fetched.has(id)),
      fetched_code,
      lacks: plan.lacks,
      remarks,
    };
  } catch (error) {
    if (error instanceof StateError) return { refused: error };
    throw error;
  }
}
