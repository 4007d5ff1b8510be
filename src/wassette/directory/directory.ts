// The component store that is a plain directory, which Wassette reads when it starts. Every Wassette that runs on it and can
// be told has what is imported at once; a running one never looks at the directory by itself.
import { lstat, rmdir, stat } from 'node:fs/promises';
import { makeDirectoryDurably } from '../../disk/durable-file.ts';
import type { Lock } from '../../disk/lock.ts';
import { whileDoing } from '../../disk/system-error.ts';
import { StateError } from '../../errors.ts';
import type { WassetteVersion } from '../../policy/wassette-versions.ts';
import { HashCache } from '../../state/hash-cache.ts';
import { readJournal } from '../../state/journal.ts';
import type { ComponentStore, LockedStore, Surroundings, WholeReadingOptions } from '../component-store.ts';
import type { LiveWassette } from '../live/live-wassette.ts';
import { remarksOnDirectory } from '../live/right-directory.ts';
import { RunningWassettes } from '../live/several/running-wassettes.ts';
import type { SaidTools } from '../live/several/said-tools.ts';
import { surroundingsOf } from '../live/several/surroundings.ts';
import type { HostComponent } from './component-files.ts';
import { type ComponentListing, listComponents } from './listing.ts';
import { LockedDirectory } from './locked-directory.ts';
import { DirectoryLocks, under } from './locks.ts';
import { doubtfulNativeCode } from './native-code.ts';
import { fileSystemTime, hasStaging, ownFolder } from './own-folder.ts';
import { type Phantoms, phantomsAmong } from './phantoms.ts';
import { readComponents, readWholeComponents, type WholeReading } from './reading.ts';
import { abandonImport, type HostPaths } from './recovery.ts';

export class Directory implements ComponentStore {
  readonly componentDir: string;
  readonly #locks: DirectoryLocks;

  /** @param live the Wassette that this process knows; others are found */
  constructor(
    private readonly paths: HostPaths,
    private readonly live?: LiveWassette,
  ) {
    this.componentDir = paths.locations.componentDir;
    this.#locks = new DirectoryLocks(this.componentDir, paths.state.root);
  }

  async list(): Promise<ComponentListing> {
    return listComponents(this.componentDir);
  }

  async read(ids: readonly string[], signal?: AbortSignal): Promise<HostComponent[]> {
    return readComponents(this.componentDir, ids, { requireWhole: false, signal });
  }

  async readWhole(ids: readonly string[], options: WholeReadingOptions = {}): Promise<WholeReading> {
    const { paths, componentDir } = this;
    if (ids.length === 0) return { components: [], problems: [] }; // also where there is no directory
    const stat = await whileDoing(`look at ${componentDir}`, () => lstat(componentDir, { bigint: true }));
    const hashes = await HashCache.open(paths.state, stat, fileSystemTime(componentDir));
    if (options.afresh) hashes.forget();
    const reading = await readWholeComponents(componentDir, ids, hashes, options.signal);
    await hashes.save();
    return reading;
  }

  async remarks(signal?: AbortSignal): Promise<string[]> {
    const own = this.live === undefined ? [] : await remarksOnDirectory(this.live, this, signal);
    return (await this.isUnfinished())
      ? own
      : [...own, ...(await this.#running((all) => all.remarks(signal)))];
  }

  async version(signal?: AbortSignal): Promise<WassetteVersion | null> {
    return (await this.live?.version(signal)) ?? null;
  }

  async phantoms(): Promise<Phantoms> {
    return phantomsAmong(this.componentDir, (await this.list()).unloadable);
  }

  doubtfulNativeCode(components: readonly HostComponent[]): string[] {
    return doubtfulNativeCode(this.componentDir, components);
  }

  async toolsOf(ids: readonly string[], signal?: AbortSignal): Promise<string[] | null> {
    return this.#running((running) => running.toolsOf(ids, signal));
  }

  async toolLists(signal?: AbortSignal): Promise<SaidTools> {
    return this.#running((running) => running.toolLists(signal));
  }

  surroundings(signal?: AbortSignal): Promise<Surroundings> {
    return this.#running((running) => surroundingsOf(this.live, running, signal));
  }

  async isUnfinished(): Promise<boolean> {
    if ((await readJournal(this.paths.state)) !== null) return true;
    return (await hasStaging(this.componentDir)) && (await this.#locks.haveDeadOwner());
  }

  assertChangeable(): void {}

  async assertIdle(): Promise<void> {
    await this.#running((running) => running.assertAllTell());
  }

  async whileUnchanged<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    await this.#assertExists();
    await this.#clearDead();
    let lock: Lock;
    try {
      lock = await this.#locks.forFiles(signal);
    } catch (error) {
      if (isDenied(error)) return work(); // nor can we have anything to clear away there
      throw error;
    }
    const done = await under(lock, async () =>
      (await readJournal(this.paths.state)) === null ? { result: await work() } : null,
    );
    if (done !== null) return done.result;
    // Whoever holds the Wassettes must not have the files locked: an import takes these in the opposite order.
    await this.recover();
    return this.whileUnchanged(work, signal);
  }

  /** Removes a directory that it made if the import fails. */
  async exclusively<T>(work: (locked: LockedStore) => Promise<T>, signal?: AbortSignal): Promise<T> {
    await this.remarks(signal); // checked even if there turns out to be nothing to do
    const made = await makeDirectoryDurably(this.componentDir, 0o777);
    try {
      return await under(await this.#locks.forImport(signal), (assertHeld) =>
        this.#running((running) =>
          running.withoutChanges(async () => {
            const locked = this.#held(running, assertHeld);
            await locked.recover();
            return work(locked);
          }, signal),
        ),
      );
    } catch (error) {
      if (made !== undefined) {
        // Both fail on purpose when anything is inside: only empty directories are removed.
        await rmdir(ownFolder(this.componentDir)).catch(() => undefined);
        await rmdir(this.componentDir).catch(() => undefined);
      }
      throw error;
    }
  }

  async recover(): Promise<'finished' | 'dropped'> {
    await this.#assertExists();
    return under(await this.#locks.forImport(), (assertHeld) =>
      this.#running((running) => running.withoutChanges(() => this.#held(running, assertHeld).recover())),
    );
  }

  async abandon(): Promise<boolean> {
    await this.#assertExists();
    return under(await this.#locks.forImport(), async () =>
      under(await this.#locks.forFiles(), () => abandonImport(this.paths)),
    );
  }

  /** Finishes or clears away what a process left that was killed; where we may not, only what is unfinished stops us. */
  async #clearDead(): Promise<void> {
    const isUnfinished = await this.isUnfinished();
    if (!isUnfinished && !(await this.#locks.haveDeadImport())) return;
    try {
      await this.recover();
    } catch (error) {
      if (isUnfinished || !isDenied(error)) throw error;
    }
  }

  #held(running: RunningWassettes, assertHeld: () => void): LockedDirectory {
    return new LockedDirectory(this.paths, this.#locks, running, assertHeld);
  }

  #running<T>(work: (running: RunningWassettes) => Promise<T>): Promise<T> {
    return RunningWassettes.during(this.live, this.paths.state, work);
  }

  async #assertExists(): Promise<void> {
    await whileDoing(`read the component directory ${this.componentDir}`, () => stat(this.componentDir));
  }
}

function isDenied(error: unknown): boolean {
  return error instanceof StateError && error.code === 'STORE_DENIED';
}
