// The story of an export: read the host as one picture, make the document, write it where it was asked for.

import type { Compression } from './codec/compression/compression.ts';
import { StateError, StoreError, UsageError } from './errors.ts';
import type { PlacedSnapshot } from './places/place.ts';
import { documentOfHost, type HostDocumentOptions } from './site/export/host-document.ts';
import { assertSomewhere } from './site/export/refusals.ts';
import { notesOnLabels, sameStateAt } from './site/export/same-state.ts';
import { type ExportDestination, placeToWrite, plainDestination } from './site/places.ts';
import { noteExport } from './site/recording.ts';
import { openSite } from './site/site.ts';
import { Snapshot } from './site/snapshot.ts';
import { type Signer, signedBy } from './snapshot/signatures/signing.ts';

/** What is exported, and how. */
export interface ExportOptions extends HostDocumentOptions {
  /** Whether a JSON file or text carries the code itself (default false). The local store always keeps it. */
  includeBinaries?: boolean | undefined;
  /**
   * What the file, or the code in a store, is compressed with. By default the ending of the file decides, and code in a store
   * is not compressed. A `.json.gz` or `.json.zst` file takes its own alone, perhaps with a level.
   */
  compress?: Compression | undefined;
  /** Who signs what is written; by default nobody. A manifest cannot be signed. */
  signers?: readonly Signer[] | undefined;
  /** Real paths of directories: a file is written only below these; anywhere by default. */
  allowDirs?: readonly string[] | undefined;
  /** Prefixes of places on other machines, such as `s3://bucket/prefix`: only these are written to; any by default. */
  allowRemote?: readonly string[] | undefined;
}

/** How a place is written to. */
export interface ExportToOptions extends ExportOptions {
  /**
   * Whether a snapshot of the same state at the place is left alone also where its description, tags or anything else differ
   * (default false). Not with secrets, which cannot be compared.
   */
  ifChanged?: boolean | undefined;
}

/** What was written. The notes say, too, what is not certain about here and what another host will refuse. */
export interface ExportResult extends PlacedSnapshot {}

/** How often an export starts over when a component changes under its hands. */
const ATTEMPTS = 3;

/**
 * Captures what this host's Wassette would run. Writes nothing; the code stays where it is until it is needed.
 * @throws StoreError STORE_NOT_FOUND when there is nothing to export, STORE_OTHER_HOST when `live` works on another
 * directory; STORE_CHANGING, STORE_LOCKED, STORE_UNSAFE_FILE, STORE_UNSUPPORTED
 * @throws FormatError FORMAT_INVALID_ID, FORMAT_INVALID_POLICY, FORMAT_NOT_A_COMPONENT, FORMAT_INVALID_KEY,
 * FORMAT_INVALID_SECRETS, FORMAT_LIMIT_EXCEEDED
 * @throws UsageError USAGE_UNKNOWN_COMPONENT, USAGE_BAD_ARGUMENT, USAGE_UNSUPPORTED_URI
 * @throws PolicyError POLICY_CREDENTIAL_FOUND unless `allowFindings` lets it through
 * @example
 * ```ts
 * import { exportState } from 'wassette-state';
 *
 * const snapshot = await exportState({ componentDir: './components', includeBinaries: true });
 * console.log(snapshot.document.components.length); // 1
 * await snapshot.saveToFile('backup.json');
 * ```
 */
export async function exportState(options: ExportOptions = {}): Promise<Snapshot> {
  const { host } = await openSite(options);
  assertSomewhere(host);
  const remarks = await host.components.remarks(options.signal);
  const { document, blobs, notes } = await host.components.whileUnchanged(
    () => documentOfHost(host, options),
    options.signal,
  );
  return Snapshot.of({
    content: document,
    blobs,
    signatures: signedBy(options.signers ?? [], document, []),
    notes: [...notes, ...remarks],
    carriesBinaries: options.includeBinaries ?? false,
  });
}

/**
 * Captures what this host's Wassette would run and writes it to a place, whole or not at all, while nobody else changes
 * the directory. A place that says the same already is left alone; with `ifChanged` one that has the same state.
 * @throws StoreError STORE_EXISTS when something else is there; STORE_NOT_FOUND when there is nothing to export or no
 * directory to write to, STORE_OTHER_HOST when `live` works on another directory; STORE_CHANGING, STORE_LOCKED,
 * STORE_UNSAFE_FILE, STORE_UNSUPPORTED, STORE_DAMAGED, STORE_DENIED, STORE_NO_SPACE
 * @throws FormatError FORMAT_INVALID_ID, FORMAT_INVALID_POLICY, FORMAT_NOT_A_COMPONENT, FORMAT_INVALID_KEY,
 * FORMAT_INVALID_SECRETS, FORMAT_LIMIT_EXCEEDED
 * @throws UsageError USAGE_UNKNOWN_COMPONENT, USAGE_BAD_ARGUMENT, USAGE_UNSUPPORTED_URI
 * @throws PolicyError POLICY_OUTSIDE_FENCE for what `allowDirs` or `allowRemote` leave out; POLICY_CREDENTIAL_FOUND unless
 * `allowFindings` lets it through
 * @example
 * ```ts
 * import { exportStateTo } from 'wassette-state';
 *
 * const here = { componentDir: './components' };
 * const { digest, changed } = await exportStateTo({ name: 'tools' }, here);
 * console.log(changed, digest.length); // true 71
 * ```
 */
export async function exportStateTo(
  to: ExportDestination,
  options: ExportToOptions = {},
): Promise<ExportResult> {
  assertComparable(options);
  const destination = plainDestination(to);
  const site = await openSite(options);
  const { host } = site;
  const { signal, onProgress, signers = [], compress } = options;
  const place = await placeToWrite(destination, site, options);
  await place.assertTakes({
    document: false,
    code: options.includeBinaries ?? false,
    labels: options.metadata !== undefined,
    signatures: signers.length > 0,
    secrets: options.includeSecrets ?? false,
    compress,
  });
  assertSomewhere(host);
  const remarks = await host.components.remarks(signal);
  return host.components.whileUnchanged(async () => {
    const { name } = destination;
    let captured = await documentOfHost(host, options, { name });
    for (let attempt = 1; ; attempt++) {
      const { document, blobs, notes } = captured;
      try {
        const toWrite = options.ifChanged
          ? await sameStateAt(place, document, signers, { signal })
          : document;
        const isNext = toWrite === document;
        const written = await place.write(toWrite, blobs, { signal, onProgress, signers, compress, isNext });
        const unrecorded = await noteExport(site, destination, written);
        const kept = isNext ? [] : notesOnLabels(document, written.document);
        return { ...written, notes: [...notes, ...kept, ...written.notes, ...remarks, ...unrecorded] };
      } catch (error) {
        if (!isLoss(error)) throw error;
        captured = await documentOfHost(host, options, { name, afresh: true });
        // What is there as it was has not moved on: something else was lost.
        if (captured.document.tree.state_digest === document.tree.state_digest) throw error;
        if (attempt === ATTEMPTS) throw keepsChanging(error);
      }
    }
  }, signal);
}

/** @throws UsageError USAGE_BAD_ARGUMENT for secrets, which nobody here can open to see whether they have changed */
function assertComparable({ ifChanged, includeSecrets }: ExportToOptions): void {
  if (!ifChanged || !includeSecrets) return;
  throw new UsageError('USAGE_BAD_ARGUMENT', 'whether sealed secrets have changed cannot be seen', {
    hint: 'export secrets every time, or leave them out',
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
