// The component store that is a plain directory, which Wassette reads when it starts. No running Wassette is told.
import { chown, lstat, mkdir, rmdir, stat } from 'node:fs/promises';
import { makeDirectoryDurably, unsafeFile } from '../../disk/durable-file.ts';
import { acquireLock, findDeadOwners, type Lock } from '../../disk/lock.ts';
import { whileDoing } from '../../disk/system-error.ts';
import { StateError } from '../../errors.ts';
import type { WassetteVersion } from '../../policy/wassette-versions.ts';
import { readJournal } from '../../state/journal.ts';
import type { Applied, Carrying, ComponentStore, ImportRequest, LockedStore } from '../component-store.ts';
import { assertNoWassetteRuns } from '../live/wassette-processes.ts';
import type { HostComponent } from './component-files.ts';
import { type ComponentListing, listComponents } from './listing.ts';
import { hasStaging, ownFolder } from './own-folder.ts';
import { readComponents, readWholeComponents, type WholeReading } from './reading.ts';
import { abandonImport, type HostPaths, recoverImport } from './recovery.ts';
import { StagedImport } from './staged-import.ts';

export class Directory implements ComponentStore {
  readonly componentDir: string;

  constructor(private readonly paths: HostPaths) {
    this.componentDir = paths.locations.componentDir;
  }

  async list(): Promise<ComponentListing> {
    return listComponents(this.componentDir);
  }

  async read(ids: readonly string[], signal?: AbortSignal): Promise<HostComponent[]> {
    return readComponents(this.componentDir, ids, { requireWhole: false, signal });
  }

  async readWhole(ids: readonly string[], signal?: AbortSignal): Promise<WholeReading> {
    return readWholeComponents(this.componentDir, ids, signal);
  }

  async remarks(): Promise<string[]> {
    return [];
  }

  async version(): Promise<WassetteVersion | null> {
    return null;
  }

  async isUnfinished(): Promise<boolean> {
    if ((await readJournal(this.paths.state)) !== null) return true;
    return (await hasStaging(this.componentDir)) && (await findDeadOwners(this.#ownFolder)).length > 0;
  }

  assertChangeable(): void {}

  async assertIdle(): Promise<void> {
    await assertNoWassetteRuns(this.componentDir, null);
  }

  async whileUnchanged<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    await this.#assertExists();
    let lock: Lock;
    try {
      lock = await this.#lock(signal);
    } catch (error) {
      const mayNotWrite = error instanceof StateError && error.code === 'STORE_DENIED';
      if (mayNotWrite && !(await this.isUnfinished())) return work();
      throw error;
    }
    return this.#locked(lock, async (assertHeld) => {
      await recoverImport(this.paths, assertHeld);
      return work();
    });
  }

  exclusively<T>(work: (locked: LockedStore) => Promise<T>, signal?: AbortSignal): Promise<T> {
    return this.lockedForImport(work, signal);
  }

  /** Removes a directory that it made if the import fails. */
  protected async lockedForImport<T>(
    work: (locked: LockedDirectory) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> {
    const made = await makeDirectoryDurably(this.componentDir, 0o777);
    try {
      return await this.#locked(await this.#lock(signal), async (assertHeld) => {
        await recoverImport(this.paths, assertHeld);
        return work(new LockedDirectory(this.paths, assertHeld));
      });
    } catch (error) {
      if (made !== undefined) {
        // Both fail on purpose when anything is inside: only empty directories are removed.
        await rmdir(this.#ownFolder).catch(() => undefined);
        await rmdir(this.componentDir).catch(() => undefined);
      }
      throw error;
    }
  }

  async recover(): Promise<'finished' | 'dropped'> {
    await this.#assertExists();
    return this.#locked(await this.#lock(), (assertHeld) => recoverImport(this.paths, assertHeld));
  }

  async abandon(): Promise<boolean> {
    await this.#assertExists();
    return this.#locked(await this.#lock(), () => abandonImport(this.paths));
  }

  async #assertExists(): Promise<void> {
    await whileDoing(`read the component directory ${this.componentDir}`, () => stat(this.componentDir));
  }

  async #locked<T>(lock: Lock, work: (assertHeld: () => void) => Promise<T>): Promise<T> {
    try {
      return await work(() => lock.assertHeld());
    } finally {
      await lock.release();
    }
  }

  /** Takes the lock, which is in our own folder; that gets the owner of the component directory. */
  async #lock(signal?: AbortSignal): Promise<Lock> {
    const folder = this.#ownFolder;
    await whileDoing(`lock ${this.componentDir}`, async () => {
      const { uid, gid } = await stat(this.componentDir);
      await mkdir(folder, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw error;
      });
      const own = await lstat(folder);
      if (!own.isDirectory()) throw unsafeFile(folder);
      if (process.geteuid?.() === 0 && own.uid !== uid) await chown(folder, uid, gid);
    });
    return acquireLock(folder, { stateDir: this.paths.state.root, signal });
  }

  get #ownFolder(): string {
    return ownFolder(this.componentDir);
  }
}

export class LockedDirectory implements LockedStore {
  constructor(
    private readonly paths: HostPaths,
    private readonly assertHeld: () => void,
  ) {}

  async apply(request: ImportRequest, carrying: Carrying): Promise<Applied> {
    const staged = await this.stage(request, carrying);
    await staged.remember();
    await staged.commit({ withToolLists: true });
    return { importId: staged.importId, tools: null };
  }

  /** Stages the new files, whole and verified; Wassette sees none of them yet. */
  async stage(request: ImportRequest, carrying: Carrying): Promise<StagedImport> {
    return StagedImport.stage(this.paths, request, carrying, this.assertHeld);
  }
}
