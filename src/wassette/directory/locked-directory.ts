// A component directory during an import: nobody else imports, and no agent changes what the running Wassettes run.
import { existsSync } from 'node:fs';
import { readBlobs } from '../../disk/blobs/blobs.ts';
import { changesSecrets, inverseOf, storedFilesBefore } from '../../plan/file-kinds.ts';
import { readJournal } from '../../state/journal.ts';
import type { Applied, Carrying, ImportRequest, LockedStore } from '../component-store.ts';
import { cannotTakeBack } from '../live/loading.ts';
import type { NativeCode } from '../live/several/native-code.ts';
import type { RunningWassettes } from '../live/several/running-wassettes.ts';
import { pathOf } from './files.ts';
import { type DirectoryLocks, under } from './locks.ts';
import { clearUncommitted, finishCommitted, type HostPaths, keptSecretsOf } from './recovery.ts';
import { StagedImport } from './staged-import.ts';
import { Staging } from './staging.ts';

export class LockedDirectory implements LockedStore {
  constructor(
    private readonly paths: HostPaths,
    private readonly locks: DirectoryLocks,
    private readonly running: RunningWassettes,
    private readonly assertHeld: () => void,
  ) {}

  async apply(request: ImportRequest, carrying: Carrying): Promise<Applied> {
    const { running } = this;
    const { changes } = request;
    const { signal } = carrying;
    await running.assertRightDirectory(signal);
    await running.waitUntilLoaded(changes, signal);
    const staged = await StagedImport.stage(this.paths, request, carrying, this.assertHeld);
    return staged.orDiscarded(async () => {
      const native = await running.compile(staged.code, carrying);
      const secretsDir = changesSecrets(changes) ? this.paths.locations.secretsDir : null;
      const tools = await this.#whileSecretsStay(
        secretsDir,
        async (secretsHeld) => {
          await staged.remember();
          return under(await this.locks.forFiles(signal), (filesHeld) =>
            this.#exchange(staged, request, carrying, native, () => {
              secretsHeld();
              filesHeld();
            }),
          );
        },
        signal,
      );
      return { importId: staged.importId, tools };
    });
  }

  /** While all that changes is locked. */
  async #exchange(
    staged: StagedImport,
    request: ImportRequest,
    carrying: Carrying,
    native: NativeCode,
    filesHeld: () => void,
  ): Promise<string[] | null> {
    const { running } = this;
    const { changes } = request;
    return running.withNewcomers(changes, async () => {
      // One may have stopped answering since the plan was made, and not be known here.
      if (!carrying.force) await running.assertNoneUntold();
      await running.alone(
        changes,
        (id) => staged.fileOf(id),
        async () => {
          await running.assertNoneLeft();
          await staged.commit({ withToolLists: running.isEmpty, filesHeld });
        },
      );
      return this.#loadOrTakeBack(staged, request, carrying, native, filesHeld);
    });
  }

  /** Another component directory may share the secrets, and its imports change them. @param secretsDir null where none change */
  async #whileSecretsStay<T>(
    secretsDir: string | null,
    work: (assertHeld: () => void) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> {
    if (secretsDir === null) return work(() => undefined);
    return under(await this.locks.forSecrets(secretsDir, signal), work);
  }

  /** Finishes an interrupted import and has it loaded, or clears away one that was not committed. */
  async recover(): Promise<'finished' | 'dropped'> {
    const journal = await readJournal(this.paths.state);
    return this.#whileSecretsStay(journal?.secrets_dir ?? null, async () =>
      under(await this.locks.forFiles(), async (filesHeld) => {
        if (await this.#finishCommitted(filesHeld)) return 'finished';
        await clearUncommitted(this.paths);
        return 'dropped';
      }),
    );
  }

  /** While the files are locked; false when there was nothing to finish. */
  async #finishCommitted(filesHeld: () => void): Promise<boolean> {
    const { paths, running } = this;
    const journal = await readJournal(paths.state);
    if (journal === null) return false;
    const { import_id, changes } = journal;
    const staging = new Staging(paths.locations, import_id, changes);
    const fileOf = (id: string) => {
      const staged = staging.fileOf(id, 'wasm');
      return existsSync(staged) ? staged : pathOf(paths.locations, id, 'wasm');
    };
    await running.alone(changes, fileOf, () => finishCommitted(paths, filesHeld));
    await running.load(changes);
    return true;
  }

  /** Returns the tools that can now be called; null where no Wassette runs. */
  async #loadOrTakeBack(
    staged: StagedImport,
    request: ImportRequest,
    { keeper, onProgress }: Carrying,
    native: NativeCode,
    filesHeld: () => void,
  ): Promise<string[] | null> {
    const { running } = this;
    if (running.isEmpty) return null;
    try {
      const tools = await running.load(request.changes, native, onProgress);
      await native.drop();
      return tools;
    } catch (error) {
      try {
        await this.#takeBack(request, staged.importId, { keeper }, filesHeld);
      } catch (second) {
        throw cannotTakeBack(
          error,
          second,
          'stop Wassette, take the import back unless there is nothing to take back, and start Wassette again',
          { do: 'undo' },
        );
      }
      throw error;
    }
  }

  /**
   * Restores what the import replaced, on disk and in the running Wassettes. Calls of it still wait, since the import is
   * not over; the tool lists are for the next start, should nothing load any more.
   */
  async #takeBack(
    { changes, facts }: ImportRequest,
    importId: string,
    carrying: Carrying,
    filesHeld: () => void,
  ): Promise<void> {
    const { blobs } = carrying.keeper;
    const kept = keptSecretsOf(this.paths.locations);
    const secrets = changes.flatMap((change) => change.secrets.old ?? []);
    const smallFiles = await readBlobs(blobs, changes.flatMap(storedFilesBefore));
    for (const blob of secrets) smallFiles.set(blob.sha256, await kept.read(blob));
    const back = changes.map(inverseOf);
    const request = {
      changes: back,
      smallFiles,
      code: blobs,
      source: `undo of ${importId}`,
      reverts: importId,
      plan: null,
      remembers: null, // what the import remembered is forgotten with it
      facts: { plan: facts.plan, state_before: facts.state_after, state_after: facts.state_before },
    };
    const staged = await StagedImport.stage(this.paths, request, carrying, this.assertHeld);
    await staged.remember();
    await staged.commit({ withToolLists: true, filesHeld });
    await this.running.load(back);
  }
}
