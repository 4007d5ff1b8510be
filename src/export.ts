// The story of an export: read the host as one picture, make the document, write it where it was asked for.

import { quoted, safeText } from './codec/safe-text.ts';
import type { BlobSource } from './disk/blob.ts';
import { blobsOf } from './disk/blobs.ts';
import { assertDirectoryOf } from './disk/durable-file.ts';
import { type FileRef, fencedFile } from './disk/fence.ts';
import { PolicyError, StateError, StoreError, UsageError } from './errors.ts';
import { writeJsonFile } from './places/json/writer.ts';
import type { WrittenSnapshot } from './places/place.ts';
import { parseReference, type Reference } from './places/reference.ts';
import { enclosingProtected } from './plan/directory-grants.ts';
import type { WassetteVersion } from './policy/wassette-versions.ts';
import {
  buildDocument,
  describeComponents,
  type InstalledComponent,
  type UserMetadata,
} from './site/capture.ts';
import { exportDeployment } from './site/export-deployment.ts';
import { namesUnknown, refusedElsewhere } from './site/export-notes.ts';
import { assertSomewhere, nothingToExport, refuseAll, refuseUnserved } from './site/export-refusals.ts';
import { type CommonOptions, chooseIds, openSite, type Site } from './site/site.ts';
import { Snapshot } from './site/snapshot.ts';
import { type SnapshotDocument, snapshotDigest } from './snapshot/document.ts';
import { originsOf, rememberOrigin } from './state/origins.ts';
import { describeUnserved } from './wassette/directory/listing.ts';
import type { Host } from './wassette/host.ts';
import { realPathAsFarAsItExists } from './wassette/locations.ts';

export interface ExportOptions extends CommonOptions {
  /** Whether a JSON file or text carries the code itself (default false). The local store always keeps it. */
  includeBinaries?: boolean | undefined;
  /** Not in this version: asking for it is an error. */
  includeSecrets?: boolean | undefined;
  /** Ids of the components to export; all by default. */
  componentFilter?: readonly string[] | undefined;
  /** Whether a state without any component is exported, too; by default it is an error. */
  allowEmpty?: boolean | undefined;
  metadata?: UserMetadata | undefined;
  /** Where the code of components came from, by id: kept for later exports of the same bytes, too. */
  sources?: Readonly<Record<string, string>> | undefined;
  /** Real paths: a file is written only below these. */
  allowDirs?: readonly string[] | undefined;
}

export interface ExportDestination {
  /** A `.json` path, or a `.yaml` one for a deployment manifest, or its file URL; without one the local store. */
  file?: string | undefined;
  /** A name in the local store. */
  name?: string | undefined;
}

export interface ExportResult extends WrittenSnapshot {
  /** Whether the code is at the place too, so that the reference alone is enough for an import. */
  carriesBinaries: boolean;
  /** What could not be said there as it is here, what is not certain about here, and what another host will refuse. */
  notes: readonly string[];
}

/** How often an export starts over when a component changes under its hands. */
const ATTEMPTS = 3;

/**
 * Captures what this host's Wassette would run.
 * @throws StoreError STORE_NOT_FOUND when there is nothing to export, STORE_OTHER_HOST when `live` works on another
 * directory; STORE_CHANGING, STORE_LOCKED, STORE_UNSAFE_FILE, STORE_UNSUPPORTED
 * @throws FormatError FORMAT_INVALID_ID, FORMAT_INVALID_POLICY, FORMAT_NOT_A_COMPONENT
 * @throws UsageError USAGE_UNKNOWN_COMPONENT, USAGE_NOT_AVAILABLE, USAGE_UNSUPPORTED_URI
 */
export async function exportState(options: ExportOptions = {}): Promise<Snapshot> {
  refuseSecrets(options);
  const { host } = await openSite(options);
  assertSomewhere(host);
  const remarks = await host.components.remarks(options.signal);
  const captured = await host.components.undisturbed(() => capture(host, options), options.signal);
  const { document, sources } = captured;
  const notes = [...captured.notes, ...remarks];
  const opened = { document, digest: snapshotDigest(document), blobs: blobsOf(sources), notes };
  return new Snapshot(opened, { includeBinaries: options.includeBinaries ?? false });
}

/** Captures and writes to a place while nobody else changes the directory. @throws as `exportState`, and StoreError STORE_EXISTS */
export async function exportStateTo(
  destination: ExportDestination,
  options: ExportOptions = {},
): Promise<ExportResult> {
  refuseSecrets(options);
  const site = await openSite(options);
  const { host } = site;
  const write = await writerFor(destination, site, options);
  assertSomewhere(host);
  const remarks = await host.components.remarks(options.signal);
  return host.components.undisturbed(async () => {
    let captured = await capture(host, options);
    for (let attempt = 1; ; attempt++) {
      const { document, sources, notes } = captured;
      try {
        const written = await write(document, sources);
        return { ...written, notes: [...notes, ...written.notes, ...remarks] };
      } catch (error) {
        if (!isLoss(error)) throw error;
        captured = await capture(host, options);
        // What is there as it was has not moved on: something else was lost.
        if (captured.document.state_digest === document.state_digest) throw error;
        if (attempt === ATTEMPTS) throw keepsChanging(error);
      }
    }
  }, options.signal);
}

interface Captured {
  document: SnapshotDocument;
  sources: BlobSource[];
  /** What is not in the document although it looks like a component, and what another host will refuse. */
  notes: string[];
}

async function capture(host: Host, options: ExportOptions): Promise<Captured> {
  const { installed, unserved } = await host.components.list();
  refuseUnserved(unserved, options.componentFilter);
  const ids = chooseIds(installed, options.componentFilter, 'the component directory');
  const { components, problems } = await host.components.readWhole(ids, options.signal);
  const present = components.filter((c): c is InstalledComponent => c.artifact !== null);
  const secrets = await host.secrets();
  const now = Math.floor(Date.now() / 1000);
  await rememberSources(host, present, options.sources ?? {}, now);
  const sources = await originsOf(
    host.state,
    present.map(({ artifact }) => artifact.sha256),
  );
  const described = describeComponents(present, secrets, sources);
  refuseAll([...problems, ...described.problems], ids);
  if (described.described.length === 0 && !options.allowEmpty) throw nothingToExport(host, unserved);
  const document = buildDocument(
    described.described,
    withVersion(options.metadata, await host.components.version(options.signal)),
    now,
  );
  const isWhole = options.componentFilter === undefined;
  const leftOut = isWhole && unserved.length > 0 ? [`not exported, ${describeUnserved(unserved)}`] : [];
  return {
    document,
    sources: present.map((component) => host.components.codeOf(component)),
    notes: [...leftOut, ...namesUnknown(document, secrets), ...refusedElsewhere(document, host)],
  };
}

/** What the caller says comes first. */
function withVersion(
  metadata: UserMetadata | undefined,
  version: WassetteVersion | null,
): UserMetadata | undefined {
  return version === null
    ? metadata
    : { ...metadata, wassetteVersion: metadata?.wassetteVersion ?? version.text };
}

async function rememberSources(
  { state }: Host,
  components: readonly InstalledComponent[],
  sources: Readonly<Record<string, string>>,
  nowSeconds: number,
): Promise<void> {
  const shas = new Map(components.map(({ component_id, artifact }) => [component_id, artifact.sha256]));
  for (const id of chooseIds([...shas.keys()], Object.keys(sources), 'the components to export'))
    await rememberOrigin(state, shas.get(id)!, sources[id]!, nowSeconds);
}

type Writer = (document: SnapshotDocument, sources: readonly BlobSource[]) => Promise<ExportResult>;

async function writerFor(
  destination: ExportDestination,
  { host, store }: Site,
  options: ExportOptions,
): Promise<Writer> {
  const { signal, onProgress } = options;
  if (destination.file === undefined) {
    const { name } = destination;
    return async (document, sources) => ({
      ...(await store.write(document, sources, { name, signal, onProgress })),
      carriesBinaries: true,
      notes: [],
    });
  }
  if (destination.name !== undefined) {
    throw new UsageError('USAGE_BAD_ARGUMENT', 'a name belongs to the local store, not to a file', {
      hint: 'leave out either the name or the file',
    });
  }
  const reference = parseReference(destination.file);
  const file = writableFile(reference, host, options.allowDirs);
  await assertDirectoryOf(file);
  if (reference.kind === 'deployment') {
    refuseForManifest(options);
    return async (document) => ({
      ...(await exportDeployment(file, document, host.componentDir, signal)),
      carriesBinaries: false,
    });
  }
  const carriesBinaries = options.includeBinaries ?? false;
  return async (document, sources) => ({
    ...(await writeJsonFile(file, document, carriesBinaries ? blobsOf(sources) : null, {
      signal,
      onProgress,
    })),
    carriesBinaries,
    notes: [],
  });
}

/** The file to write. Nothing of ours is written where Wassette or we keep what decides about rights. */
function writableFile(reference: Reference, host: Host, allowDirs: readonly string[] | undefined): FileRef {
  if (reference.kind === 'store') {
    throw new UsageError(
      'USAGE_BAD_ARGUMENT',
      `${quoted(reference.name)} has another ending: a snapshot file ends in .json, a manifest in .yaml`,
      {
        hint: 'use a path such as ./state.json, or a name for the local store',
      },
    );
  }
  const real = realPathAsFarAsItExists(reference.path);
  const kept = host.protectedDirs();
  const inside = enclosingProtected(real, kept);
  if (inside === null)
    return fencedFile(
      reference.path,
      allowDirs,
      kept.map((dir) => dir.path),
    );
  throw new PolicyError('POLICY_OUTSIDE_FENCE', `${safeText(real, 400)} is inside the ${inside.name}`, {
    hint: 'write the snapshot somewhere else',
    details: { directory: inside.path },
  });
}

/** A manifest has no place for either, and what was asked for is not left out without a word. */
function refuseForManifest({ includeBinaries, metadata }: ExportOptions): void {
  const asked = includeBinaries ? 'code' : metadata !== undefined ? 'a description or tags' : null;
  if (asked === null) return;
  throw new UsageError('USAGE_BAD_ARGUMENT', `a manifest cannot hold ${asked}`, {
    hint: 'leave that out, or write a .json file',
  });
}

function refuseSecrets({ includeSecrets }: ExportOptions): void {
  if (!includeSecrets) return;
  throw new UsageError('USAGE_NOT_AVAILABLE', 'secret values cannot be exported in this version', {
    hint: 'export without them: the snapshot lists the names, and the import says which are missing',
  });
}

/** What it looks like when bytes were replaced or removed between reading the state and copying it. */
function isLoss(error: unknown): boolean {
  return error instanceof StateError && ['VERIFY_DIGEST_MISMATCH', 'STORE_NOT_FOUND'].includes(error.code);
}

function keepsChanging(cause: unknown): StoreError {
  return new StoreError('STORE_CHANGING', 'the component directory keeps changing while it is exported', {
    hint: 'wait until Wassette has finished loading and try again',
    cause,
  });
}
