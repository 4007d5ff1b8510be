// One import, all of it or nothing: stage, remember, commit, place, finish; and the same again after a crash.

import { randomBytes } from 'node:crypto';
import type { BlobName } from '../../codec/blob-name.ts';
import type { BlobSink, BlobSource } from '../../disk/blob.ts';
import { syncDirectory } from '../../disk/durable-file.ts';
import { readFileBytes } from '../../disk/file-bytes.ts';
import { inParallel } from '../../disk/parallel.ts';
import { ownWords, StateError, StoreError } from '../../errors.ts';
import { type ComponentChange, filesBefore, KINDS_BESIDE_CODE, newBytes } from '../../plan/file-kinds.ts';
import type { StateDirectory } from '../../state/directory.ts';
import { readJournal, removeJournal, writeJournal } from '../../state/journal.ts';
import {
  dropPendingUndo,
  readUndoRecords,
  settlePendingUndo,
  writePendingUndo,
} from '../../state/undo-records.ts';
import type { LiveComponent, RunningWassette } from '../live/live-wassette.ts';
import { changedComponents } from '../live/loading.ts';
import { type RollForwardOptions, rollForward } from './commit.ts';
import { type FileLocations, pathOf } from './files.ts';
import { dropStaging, Staging } from './staging.ts';

export interface RestoreRequest {
  changes: readonly ComponentChange[];
  /** Bytes of every new policy and policy.meta, by SHA-256. */
  smallFiles: ReadonlyMap<string, Uint8Array>;
  /** Streams the code that is wanted, each once, verified. */
  deliverCode(wanted: readonly BlobName[], sinkFor: (code: BlobName) => Promise<BlobSink>): Promise<void>;
  /** Keeps the bytes of files that are about to change, durably. */
  keepBlobs(sources: readonly BlobSource[]): Promise<void>;
  /** The last word before the commit: paths of the staged code files, each `<id>.wasm`. May throw. */
  inspectCode?: ((files: readonly string[]) => Promise<void>) | undefined;
  /** The running Wassette that will load what is new: it makes the tool lists itself, and is not asked during the commit. */
  live: RunningWassette | undefined;
  source: string;
  reverts: string | null;
  nowSeconds: number;
  signal?: AbortSignal | undefined;
}

/** Where files are put, and where what was put is remembered. */
export interface HostPaths {
  locations: FileLocations;
  state: StateDirectory;
}

/**
 * Applies changes under the caller's lock. Until the journal is written an error leaves the directory as it was;
 * afterwards the import will be finished, by us or by the next recovery.
 * @throws VerificationError, FormatError, StoreError before the commit; StoreError STORE_INTERRUPTED after it
 */
export async function restore(
  paths: HostPaths,
  request: RestoreRequest,
  assertHeld: () => void,
): Promise<string> {
  const { locations, state } = paths;
  const importId = randomBytes(8).toString('hex');
  const staging = new Staging(locations, importId);
  // A damaged record would stop the import after its commit; better now.
  await readUndoRecords(state);
  let changed: readonly LiveComponent[] = [];
  try {
    await staging.create(state);
    await stageFiles(staging, request);
    await request.inspectCode?.(stagedCode(staging, request.changes));
    await rememberForUndo(paths, importId, request);
    if (request.live !== undefined)
      changed = await changedComponents(request.live, request.changes, (id) => staging.fileOf(id, 'wasm'));
    request.signal?.throwIfAborted();
  } catch (error) {
    // What cannot be cleared away now is cleared away by the next run; the cause of the failure is what counts.
    await clearAway(paths, staging, assertHeld).catch(() => undefined);
    throw error;
  }
  const commitThis = () => commit(paths, staging, request, importId, assertHeld);
  await (request.live === undefined ? commitThis() : request.live.undisturbed(changed, commitThis));
  return importId;
}

async function commit(
  paths: HostPaths,
  staging: Staging,
  { changes, live }: RestoreRequest,
  importId: string,
  assertHeld: () => void,
): Promise<void> {
  const { state } = paths;
  try {
    assertHeld();
    await writeJournal(state, {
      import_id: importId,
      component_dir: state.componentDir,
      changes: [...changes],
    });
  } catch (error) {
    await clearAway(paths, staging, assertHeld).catch(() => undefined);
    throw error;
  }
  await finish(paths, staging, changes, { assertHeld, recovering: false, withToolLists: live === undefined });
}

/** Finishes an interrupted import, or clears away one that never reached its commit point. Under the lock. */
export async function recoverRestore(
  paths: HostPaths,
  assertHeld: () => void,
): Promise<'finished' | 'dropped'> {
  const journal = await readJournal(paths.state);
  if (journal !== null) {
    // The crash may have come before the journal's name was certain to last; what follows relies on it.
    await syncDirectory(paths.state.host);
    const staging = new Staging(paths.locations, journal.import_id);
    await finish(paths, staging, journal.changes, { assertHeld, recovering: true, withToolLists: true });
    return 'finished';
  }
  await dropStaging(paths.locations, paths.state);
  await dropPendingUndo(paths.state);
  return 'dropped';
}

/** Whoever lost the lock may remove only what is its own by name: the rest belongs to the next import. */
async function clearAway(
  { locations, state }: HostPaths,
  staging: Staging,
  assertHeld: () => void,
): Promise<void> {
  try {
    assertHeld();
  } catch {
    return staging.remove();
  }
  // The journal first: while there is one, the staged files are still needed.
  await removeJournal(state);
  await dropPendingUndo(state);
  await dropStaging(locations, state);
}

/**
 * Gives up a committed import where it stands; false when there was none. Its undo record stays, so that what it
 * replaced is not lost.
 */
export async function abandonRestore({ locations, state }: HostPaths): Promise<boolean> {
  const isCommitted = await wasCommitted(state);
  if (isCommitted) await settlePendingUndo(state);
  else await dropPendingUndo(state);
  await removeJournal(state);
  await dropStaging(locations, state);
  return isCommitted;
}

/** A journal that cannot be read was still written whole, by the commit. */
async function wasCommitted(state: StateDirectory): Promise<boolean> {
  try {
    return (await readJournal(state)) !== null;
  } catch (error) {
    if (error instanceof StoreError && error.code === 'STORE_DAMAGED') return true;
    throw error;
  }
}

async function stageFiles(staging: Staging, request: RestoreRequest): Promise<void> {
  const idsByCode = new Map<string, string[]>();
  const wanted = new Map<string, BlobName>();
  for (const { component_id, wasm } of request.changes) {
    const code = newBytes(wasm);
    if (code === null) continue;
    wanted.set(code.sha256, code);
    idsByCode.set(code.sha256, [...(idsByCode.get(code.sha256) ?? []), component_id]);
  }
  if (wanted.size > 0) {
    await request.deliverCode([...wanted.values()], ({ sha256 }) => staging.wasmSink(idsByCode.get(sha256)!));
  }
  await inParallel(
    request.changes,
    8,
    async (change) => {
      for (const kind of KINDS_BESIDE_CODE) {
        const file = newBytes(change[kind]);
        if (file !== null)
          await staging.addFile(change.component_id, kind, request.smallFiles.get(file.sha256)!);
      }
    },
    request.signal,
  );
  await staging.sync();
}

function stagedCode(staging: Staging, changes: readonly ComponentChange[]): string[] {
  return changes
    .filter(({ wasm }) => newBytes(wasm) !== null)
    .map(({ component_id }) => staging.fileOf(component_id, 'wasm'));
}

async function rememberForUndo(paths: HostPaths, importId: string, request: RestoreRequest): Promise<void> {
  const { locations, state } = paths;
  const replaced = request.changes.flatMap((change) =>
    filesBefore(change).map(({ kind, ...blob }) => ({
      ...blob,
      open: () => readFileBytes(pathOf(locations, change.component_id, kind)),
    })),
  );
  await request.keepBlobs(replaced);
  await writePendingUndo(state, {
    import_id: importId,
    created_at: request.nowSeconds,
    source: request.source,
    reverts: request.reverts,
    changes: [...request.changes],
  });
}

async function finish(
  { locations, state }: HostPaths,
  staging: Staging,
  changes: readonly ComponentChange[],
  options: RollForwardOptions,
): Promise<void> {
  try {
    await rollForward(staging, changes, options);
    await settlePendingUndo(state);
    await removeJournal(state);
    await dropStaging(locations, state);
  } catch (error) {
    if (error instanceof StateError && error.code === 'STORE_INTERRUPTED') throw error;
    throw new StoreError(
      'STORE_INTERRUPTED',
      `the import is committed but could not be finished: ${ownWords(error)}`,
      { hint: 'nothing is lost: correct the cause first', remedy: { do: 'recover' }, cause: error },
    );
  }
}
