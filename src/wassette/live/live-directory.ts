// The component store that is a directory with a running Wassette. What is on disk is compared with what that Wassette
// lists; an import is loaded into it at once, or taken back on disk and in Wassette.
import { readBlobs } from '../../disk/blobs.ts';
import { filesBefore, inverseOf } from '../../plan/file-kinds.ts';
import type { WassetteVersion } from '../../policy/wassette-versions.ts';
import type { Applied, BlobKeeper, Carrying, ImportRequest, LockedStore } from '../component-store.ts';
import { Directory, type LockedDirectory } from '../directory/directory.ts';
import type { HostPaths } from '../directory/recovery.ts';
import type { LiveWassette } from './live-wassette.ts';
import { cannotTakeBack, changedComponents, loadChanges, waitUntilLoaded } from './loading.ts';
import { assertLoadable } from './program/trial-load.ts';
import { assertRightDirectory, remarksOnDirectory } from './right-directory.ts';
import { assertNoWassetteRuns } from './wassette-processes.ts';

export class LiveDirectory extends Directory {
  constructor(
    paths: HostPaths,
    private readonly live: LiveWassette,
  ) {
    super(paths);
  }

  override remarks(signal?: AbortSignal): Promise<string[]> {
    return remarksOnDirectory(this.live, this, signal);
  }

  override version(signal?: AbortSignal): Promise<WassetteVersion | null> {
    return this.live.version(signal);
  }

  override async assertIdle(): Promise<void> {
    await assertNoWassetteRuns(this.componentDir, this.live);
  }

  override async exclusively<T>(work: (locked: LockedStore) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const { live, componentDir } = this;
    await this.remarks(signal); // checked even if there turns out to be nothing to do
    const locked = () =>
      this.lockedForImport((files) => work(new LockedLive(files, live, componentDir)), signal);
    return live.withoutChanges(locked, signal);
  }
}

class LockedLive implements LockedStore {
  constructor(
    private readonly locked: LockedDirectory,
    private readonly live: LiveWassette,
    private readonly componentDir: string,
  ) {}

  async apply(request: ImportRequest, carrying: Carrying): Promise<Applied> {
    const { live, componentDir } = this;
    const { changes } = request;
    const { keeper, signal } = carrying;
    await assertRightDirectory(live, componentDir, signal);
    await waitUntilLoaded(live, componentDir, changes, signal);
    const staged = await this.locked.stage(request, carrying);
    const changed = await staged.orDiscarded(async () => {
      if (live.program !== null) await assertLoadable(live.program, staged.codeFiles, signal);
      return changedComponents(live, changes, (id) => staged.fileOf(id));
    });
    await staged.remember();
    // The running Wassette makes the tool caches itself.
    await live.alone(changed, () => staged.commit({ withToolLists: false }));
    try {
      const loaded = await loadChanges(live, componentDir, changes);
      return { importId: staged.importId, tools: [...loaded.values()].flat() };
    } catch (error) {
      try {
        await this.#takeBack(request, staged.importId, keeper);
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
   * Restores what the import replaced, on disk and in the running Wassette. Calls of it still wait, since the import is
   * not over; the tool lists are for the next start, should nothing load any more.
   */
  async #takeBack({ changes }: ImportRequest, importId: string, keeper: BlobKeeper): Promise<void> {
    const small = changes.flatMap((change) => filesBefore(change).filter(({ kind }) => kind !== 'wasm'));
    const back = changes.map(inverseOf);
    const request = {
      changes: back,
      smallFiles: await readBlobs(keeper.blobs, small),
      code: keeper.blobs,
      source: `undo of ${importId}`,
      reverts: importId,
    };
    await this.locked.apply(request, { keeper });
    await loadChanges(this.live, this.componentDir, back);
  }
}
