// A component store in front of which a Wassette runs that can be asked and told: what is said about the store is held
// against it, and what is imported runs in it at once, or is taken back here and there.
import type { BlobName } from '../../codec/blob-name.ts';
import type { BlobSource } from '../../disk/blob.ts';
import { readBlobs } from '../../disk/blobs.ts';
import { filesBefore, inverseOf } from '../../plan/file-kinds.ts';
import type { WassetteVersion } from '../../policy/wassette-versions.ts';
import type {
  Applied,
  BlobKeeper,
  Carrying,
  ComponentStore,
  ImportRequest,
  LockedStore,
} from '../component-store.ts';
import type { HostComponent } from '../directory/component-files.ts';
import type { LockedDirectory } from '../directory/directory.ts';
import type { ComponentListing } from '../directory/listing.ts';
import type { WholeReading } from '../directory/reading.ts';
import type { RunningWassette } from './live-wassette.ts';
import { cannotTakeBack, changedComponents, loadChanges, waitUntilLoaded } from './loading.ts';
import { assertNoWassetteRuns } from './processes.ts';
import { assertRightDirectory, remarksOnDirectory } from './right-directory.ts';
import { assertLoadable } from './trial-load.ts';

/** A store whose files Wassette reads; one that only its own Wassette may change never gets as far as being locked. */
interface FileStore extends ComponentStore {
  exclusively<T>(work: (locked: LockedDirectory) => Promise<T>, signal?: AbortSignal): Promise<T>;
}

export class LiveStore implements ComponentStore {
  readonly componentDir: string;

  constructor(
    private readonly files: FileStore,
    private readonly live: RunningWassette,
  ) {
    this.componentDir = files.componentDir;
  }

  list(): Promise<ComponentListing> {
    return this.files.list();
  }

  read(ids: readonly string[], signal?: AbortSignal): Promise<HostComponent[]> {
    return this.files.read(ids, signal);
  }

  readWhole(ids: readonly string[], signal?: AbortSignal): Promise<WholeReading> {
    return this.files.readWhole(ids, signal);
  }

  codeOf(component: { component_id: string; artifact: BlobName }): BlobSource {
    return this.files.codeOf(component);
  }

  remarks(signal?: AbortSignal): Promise<string[]> {
    return remarksOnDirectory(this.live, this.files, signal);
  }

  version(signal?: AbortSignal): Promise<WassetteVersion | null> {
    return this.live.version(signal);
  }

  isUnfinished(): Promise<boolean> {
    return this.files.isUnfinished();
  }

  assertChangeable(): void {
    this.files.assertChangeable();
  }

  async assertIdle(): Promise<void> {
    this.assertChangeable();
    await assertNoWassetteRuns(this.componentDir, this.live);
  }

  undisturbed<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    return this.files.undisturbed(work, signal);
  }

  async exclusively<T>(work: (locked: LockedStore) => Promise<T>, signal?: AbortSignal): Promise<T> {
    await this.remarks(signal); // also where there turns out to be nothing to do
    return this.live.withoutChanges(
      () =>
        this.files.exclusively(
          (locked) => work(new LockedLive(locked, this.live, this.componentDir)),
          signal,
        ),
      signal,
    );
  }

  recover(): Promise<'finished' | 'dropped'> {
    return this.files.recover();
  }

  abandon(): Promise<boolean> {
    return this.files.abandon();
  }
}

class LockedLive implements LockedStore {
  constructor(
    private readonly locked: LockedDirectory,
    private readonly live: RunningWassette,
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
    // It makes the tool lists itself.
    await live.undisturbed(changed, () => staged.commit({ withToolLists: false }));
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

  /** Restores what the import replaced, on disk and in the running Wassette. */
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
