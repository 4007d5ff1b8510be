// One import, all of it or nothing: its files are staged, the undo record is written, the journal commits it, and it is
// finished.

import { randomBytes } from 'node:crypto';
import type { BlobName } from '../../codec/blob-name.ts';
import { copyAllVerified } from '../../disk/blobs/blob.ts';
import { watched } from '../../disk/blobs/blobs.ts';
import { readFileBytes } from '../../disk/blobs/file-bytes.ts';
import { nowSeconds } from '../../disk/clock.ts';
import { inParallel } from '../../disk/parallel.ts';
import {
  type ComponentChange,
  changesSecrets,
  differs,
  filesBefore,
  KINDS_BESIDE_CODE,
  newBytes,
} from '../../plan/file-kinds.ts';
import type { AuditEntry } from '../../state/audit/entry.ts';
import { codeOf, componentsIn } from '../../state/audit/line.ts';
import { writeJournal } from '../../state/journal.ts';
import { assertKept } from '../../state/kept-plans.ts';
import { assertSignersReadable, makeSignersFolder } from '../../state/signers.ts';
import { readUndoRecords, writePendingUndo } from '../../state/undo-records.ts';
import type { Carrying, ImportRequest } from '../component-store.ts';
import type { StagedCode } from '../live/several/native-code.ts';
import { pathOf } from './files.ts';
import { clearAway, finish, type HostPaths, keptSecretsOf } from './recovery.ts';
import { Staging } from './staging.ts';

/**
 * An import whose files are staged, under the caller's lock. Until it is committed, an error leaves the directory as it
 * was; afterwards it will be finished, by us or by the next recovery.
 */
export class StagedImport {
  #isCommitted = false;
  #hasBegun = false;

  private constructor(
    readonly importId: string,
    private readonly paths: HostPaths,
    private readonly request: ImportRequest,
    private readonly carrying: Carrying,
    private readonly staging: Staging,
    private readonly assertHeld: () => void,
  ) {}

  /** @throws VerificationError, FormatError, StoreError with nothing left behind */
  static async stage(
    paths: HostPaths,
    request: ImportRequest,
    carrying: Carrying,
    assertHeld: () => void,
  ): Promise<StagedImport> {
    const importId = randomBytes(8).toString('hex');
    const staging = new Staging(paths.locations, importId, request.changes);
    // What cannot be read or written would stop the import after its commit, so it is found now.
    await readUndoRecords(paths.state);
    if (request.remembers !== null) await makeSignersFolder(paths.state);
    if (request.reverts !== null) await assertSignersReadable(paths.state);
    const staged = new StagedImport(importId, paths, request, carrying, staging, assertHeld);
    await staged.orDiscarded(async () => {
      await staging.create(paths.state);
      await stageFiles(staging, request, carrying);
    });
    return staged;
  }

  /** Where the new code of a component is staged. */
  fileOf(id: string): string {
    return this.staging.fileOf(id, 'wasm');
  }

  /** All new code that is staged. */
  get code(): StagedCode[] {
    return this.request.changes.flatMap(({ component_id, wasm }) => {
      const code = newBytes(wasm);
      return code === null ? [] : [{ component_id, sha256: code.sha256, file: this.fileOf(component_id) }];
    });
  }

  /** Runs `work`. When it fails before the commit, nothing of the import is left behind. */
  async orDiscarded<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      // The next run clears away what cannot be cleared away now; the caller needs the first error.
      if (!this.#isCommitted) {
        await clearAway(this.paths, this.staging, this.assertHeld).catch(() => undefined);
        if (this.#hasBegun) await this.paths.log.note({ ...this.#said('failed'), code: codeOf(error) });
        this.#hasBegun = false;
      }
      throw error;
    }
  }

  /**
   * Writes the undo record, with the bytes of what is about to change.
   * @throws StoreError, the signal's reason; then nothing is left behind
   */
  async remember(): Promise<void> {
    await this.orDiscarded(async () => {
      await rememberForUndo(this.paths, this.importId, this.request, this.carrying);
      this.carrying.signal?.throwIfAborted();
    });
  }

  /**
   * While the files are locked, which `filesHeld` asserts.
   * @throws ConflictError CONFLICT_STALE_PLAN, StoreError before the commit point; StoreError STORE_INTERRUPTED after it
   */
  async commit({
    withToolLists,
    filesHeld,
  }: {
    withToolLists: boolean;
    filesHeld: () => void;
  }): Promise<void> {
    const { state, log } = this.paths;
    const { plan, reverts, remembers } = this.request;
    const changes = [...this.request.changes];
    const journal = {
      import_id: this.importId,
      component_dir: state.componentDir,
      changes,
      plan,
      reverts,
      remembers,
      secrets_dir: secretsDirOf(this.paths, changes),
    };
    const assertHeld = () => {
      this.assertHeld();
      filesHeld();
    };
    await this.orDiscarded(async () => {
      // What cannot be recorded is not done.
      await log.record(this.#said('begins'));
      this.#hasBegun = true;
      assertHeld();
      if (plan !== null) assertKept(state, plan);
      await writeJournal(state, journal);
    });
    this.#isCommitted = true;
    const options = { assertHeld, recovering: false, withToolLists };
    await finish(this.paths, this.staging, journal, options, this.#said('done'));
  }

  #said(result: AuditEntry['result']): AuditEntry {
    const { changes, source, reverts, facts } = this.request;
    return {
      event: reverts === null ? 'import' : 'undo',
      result,
      import: this.importId,
      ...(reverts === null ? { snapshot: source } : { reverts }),
      ...facts,
      components: componentsIn(changes),
    };
  }
}

async function stageFiles(staging: Staging, request: ImportRequest, carrying: Carrying): Promise<void> {
  const idsByCode = new Map<string, string[]>();
  const wanted = new Map<string, BlobName>();
  for (const { component_id, wasm } of request.changes) {
    const code = newBytes(wasm);
    if (code === null) continue;
    wanted.set(code.sha256, code);
    idsByCode.set(code.sha256, [...(idsByCode.get(code.sha256) ?? []), component_id]);
  }
  if (wanted.size > 0) {
    const code = [...wanted.values()];
    const sinkFor = ({ sha256 }: BlobName) => staging.wasmSink(idsByCode.get(sha256)!);
    const named = code.map((blob) => ({ ...blob, component_id: idsByCode.get(blob.sha256)![0]! }));
    await copyAllVerified(code, watched(request.code, named, 'copying', carrying), sinkFor);
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
    carrying.signal,
  );
  await staging.sync();
}

async function rememberForUndo(
  paths: HostPaths,
  importId: string,
  request: ImportRequest,
  { keeper, signal }: Carrying,
): Promise<void> {
  const { locations, state } = paths;
  const replaced = request.changes.flatMap((change) =>
    filesBefore(change).map(({ kind, ...blob }) => ({
      ...blob,
      kind,
      file: pathOf(locations, change.component_id, kind),
    })),
  );
  const kept = keptSecretsOf(locations);
  for (const { component_id, secrets } of request.changes)
    if (differs(secrets)) await kept.keep(secrets.old, pathOf(locations, component_id, 'secrets'));
  const blobs = replaced.filter(({ kind }) => kind !== 'secrets');
  await keeper.putBlobs(
    blobs.map(({ sha256, size, file }) => ({ sha256, size, open: () => readFileBytes(file) })),
    { signal },
  );
  await writePendingUndo(state, {
    import_id: importId,
    created_at: nowSeconds(),
    source: request.source,
    reverts: request.reverts,
    plan: request.plan,
    secrets_dir: secretsDirOf(paths, request.changes),
    changes: [...request.changes],
  });
}

function secretsDirOf({ locations }: HostPaths, changes: readonly ComponentChange[]): string | null {
  return changesSecrets(changes) ? locations.secretsDir : null;
}
