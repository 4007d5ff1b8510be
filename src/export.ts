// The story of an export: read the host as one picture, make the document, write it where it was asked for.

import { quoted, safeText } from './codec/safe-text.ts';
import type { Blobs } from './disk/blob.ts';
import { assertDirectoryOf } from './disk/durable-file.ts';
import { type FileRef, fencedFile } from './disk/fence.ts';
import { PolicyError, StateError, StoreError, UsageError } from './errors.ts';
import { writeJsonFile } from './places/json/writer.ts';
import type { WrittenSnapshot } from './places/place.ts';
import { parseReference, type Reference } from './places/reference.ts';
import { enclosingProtected } from './plan/directory-grants.ts';
import { exportDeployment } from './site/export-deployment.ts';
import { assertSomewhere } from './site/export-refusals.ts';
import { documentOfHost, type HostDocumentOptions } from './site/host-document.ts';
import { openSite, type Site } from './site/site.ts';
import { Snapshot } from './site/snapshot.ts';
import type { Document } from './snapshot/document.ts';
import type { Host } from './wassette/host.ts';
import { realPathAsFarAsItExists } from './wassette/locations.ts';

export interface ExportOptions extends HostDocumentOptions {
  /** Whether a JSON file or text carries the code itself (default false). The local store always keeps it. */
  includeBinaries?: boolean | undefined;
  /** Not in this version: asking for it is an error. */
  includeSecrets?: boolean | undefined;
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
  const { document, blobs, notes } = await host.components.undisturbed(
    () => documentOfHost(host, options),
    options.signal,
  );
  return new Snapshot({
    content: document,
    blobs,
    notes: [...notes, ...remarks],
    carriesBinaries: options.includeBinaries ?? false,
  });
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
    let captured = await documentOfHost(host, options);
    for (let attempt = 1; ; attempt++) {
      const { document, blobs, notes } = captured;
      try {
        const written = await write(document, blobs);
        return { ...written, notes: [...notes, ...written.notes, ...remarks] };
      } catch (error) {
        if (!isLoss(error)) throw error;
        captured = await documentOfHost(host, options);
        // What is there as it was has not moved on: something else was lost.
        if (captured.document.tree.state_digest === document.tree.state_digest) throw error;
        if (attempt === ATTEMPTS) throw keepsChanging(error);
      }
    }
  }, options.signal);
}

type Writer = (document: Document, blobs: Blobs) => Promise<ExportResult>;

async function writerFor(
  destination: ExportDestination,
  { host, store }: Site,
  options: ExportOptions,
): Promise<Writer> {
  const { signal, onProgress } = options;
  if (destination.file === undefined) {
    const { name } = destination;
    return async (document, blobs) => ({
      ...(await store.write(document, blobs, { name, signal, onProgress })),
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
  return async (document, blobs) => ({
    ...(await writeJsonFile(file, document, carriesBinaries ? blobs : null, {
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
