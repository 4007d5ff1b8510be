// One Wassette as seen from outside: its component directory, its secrets' names, and our state directory for it.

import { existsSync } from 'node:fs';
import { chown, lstat, mkdir, rmdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { BlobName } from '../codec/blob-name.ts';
import { type DerivedInterface, deriveInterface } from '../component/derived-metadata.ts';
import type { BlobSource } from '../disk/blob.ts';
import { makeDirectoryDurably, unsafeFile } from '../disk/durable-file.ts';
import { readFileBytes, withFileAt } from '../disk/file-bytes.ts';
import { acquireLock, findDeadOwners, type Lock } from '../disk/lock.ts';
import { otherNamesOf, readMounts } from '../disk/mounts.ts';
import { StateError, whileDoing } from '../errors.ts';
import type { ProtectedDirectory } from '../plan/directory-grants.ts';
import type { SecretsStore } from '../plan/stored-secrets.ts';
import { type StateDirectory, stateDirectory } from '../state/directory.ts';
import { readJournal } from '../state/journal.ts';
import { rememberOrigin } from '../state/origins.ts';
import { fileName, OWN_FOLDER } from './directory/files.ts';
import { type ComponentListing, listComponents } from './directory/listing.ts';
import {
  type HostComponent,
  readComponents,
  readWholeComponents,
  transactional,
  type WholeReading,
} from './directory/reading.ts';
import { abandonRestore, type RestoreRequest, recoverRestore, restore } from './directory/restore.ts';
import { hasStaging } from './directory/staging.ts';
import { assertNoWassetteRuns, type ToldWassette } from './live/processes.ts';
import type { Locations } from './locations.ts';
import { isTransactionalStore, readTransactionalStore } from './receipts/reading.ts';
import { readSecrets } from './secrets/directory.ts';

/** What may be done while the component directory is locked. */
export interface LockedHost {
  restore(request: RestoreRequest): Promise<string>;
}

export class Host {
  readonly componentDir: string;
  readonly stateDir: string;
  readonly state: StateDirectory;

  constructor(readonly locations: Locations) {
    this.componentDir = locations.componentDir;
    this.stateDir = locations.stateDir;
    this.state = stateDirectory(locations);
  }

  /** Ids of the installed components, of policies without one, and what Wassette passes over. */
  async list(): Promise<ComponentListing> {
    if (!(await isTransactionalStore(this.componentDir))) return listComponents(this.componentDir);
    const installed = await readTransactionalStore(this.componentDir);
    return { installed: installed.map(({ component_id }) => component_id), orphans: [], unserved: [] };
  }

  /** Reads components whole, and says why others cannot be; an export must not take half-written code. */
  async capture(ids: readonly string[], signal?: AbortSignal): Promise<WholeReading> {
    if (!(await isTransactionalStore(this.componentDir)))
      return readWholeComponents(this.componentDir, ids, signal);
    return {
      components: await readTransactionalStore(this.componentDir, { only: ids, signal }),
      problems: [],
    };
  }

  /** Reads components as they are, half-written ones included: for looking, not for exporting. */
  async inspect(ids: readonly string[], signal?: AbortSignal): Promise<HostComponent[]> {
    if (!(await isTransactionalStore(this.componentDir)))
      return readComponents(this.componentDir, ids, { requireWhole: false, signal });
    return readTransactionalStore(this.componentDir, { only: ids, signal });
  }

  async secrets(): Promise<SecretsStore> {
    return readSecrets(this.locations.secretsDir);
  }

  /** The bytes of an installed component, to be copied elsewhere. */
  codeOf(component: { component_id: string; artifact: BlobName }): BlobSource {
    const file = path.join(this.componentDir, fileName(component.component_id, 'wasm'));
    return { ...component.artifact, open: () => readFileBytes(file) };
  }

  /** What the code of an installed component says of itself. */
  interfaceOf({ component_id, artifact }: { component_id: string; artifact: BlobName }): DerivedInterface {
    const file = path.join(this.componentDir, fileName(component_id, 'wasm'));
    return withFileAt(file, (read) => deriveInterface(read, artifact.size));
  }

  /** Remembers where the code that is now installed under `id` was loaded from; a file of the directory itself is no source. */
  async rememberSource(id: string, uri: string, nowSeconds: number): Promise<void> {
    if (uri.startsWith(`file://${this.componentDir}${path.sep}`)) return;
    const { installed } = await this.list();
    const [component] = installed.includes(id) ? await this.inspect([id]) : [];
    if (component?.artifact) await rememberOrigin(this.state, component.artifact.sha256, uri, nowSeconds);
  }

  /** The same for many; where it cannot be kept, an export later says less. */
  async rememberSources(components: readonly { component_id: string; source_uri: string }[]): Promise<void> {
    const now = Math.floor(Date.now() / 1000);
    for (const { component_id, source_uri } of components)
      await this.rememberSource(component_id, source_uri, now).catch(() => undefined);
  }

  /** By every name they have. Of the component directory a part is not protected, so neither is another name of it. */
  protectedDirs(): ProtectedDirectory[] {
    const mounts = readMounts();
    const own: ProtectedDirectory[] = [
      { name: 'component directory', path: this.componentDir },
      { name: 'secrets directory', path: this.locations.secretsDir },
      { name: 'state directory', path: this.stateDir },
    ];
    return own.flatMap((dir) => {
      const { whole, parts } = otherNamesOf(dir.path, mounts);
      const others = dir.name === 'component directory' ? whole : [...whole, ...parts];
      return [dir, ...others.map((name) => ({ ...dir, path: name }))];
    });
  }

  /** Runs `work` while no other wassette-state changes the directory, after finishing an interrupted import. */
  async exclusively<T>(work: (host: LockedHost) => Promise<T>, signal?: AbortSignal): Promise<T> {
    return this.#locked(await this.#lock(signal), async (assertHeld) => {
      await recoverRestore(this, assertHeld);
      return work({ restore: (request) => restore(this, request, assertHeld) });
    });
  }

  /** @throws StoreError STORE_UNSUPPORTED for a store that only its own Wassette may change */
  async assertChangeable(): Promise<void> {
    if (await isTransactionalStore(this.componentDir)) throw transactional(this.componentDir);
  }

  /** Like `exclusively`, for reading: a directory that may not be written in is read without the lock. */
  async undisturbed<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    await this.assertExists();
    if (await isTransactionalStore(this.componentDir)) return work();
    let lock: Lock;
    try {
      lock = await this.#lock(signal);
    } catch (error) {
      const mayNotWrite = error instanceof StateError && error.code === 'STORE_DENIED';
      if (mayNotWrite && !(await this.isUnfinished())) return work();
      throw error;
    }
    return this.#locked(lock, async (assertHeld) => {
      await recoverRestore(this, assertHeld);
      return work();
    });
  }

  exists(): boolean {
    return existsSync(this.componentDir);
  }

  /** @throws StoreError STORE_NOT_FOUND when there is no component directory at all */
  async assertExists(): Promise<void> {
    await whileDoing(`read the component directory ${this.componentDir}`, () => stat(this.componentDir));
  }

  /**
   * Like `exclusively`, for an import: makes the component directory where there is none yet, as Wassette would, and
   * takes it away again when the import comes to nothing.
   */
  async createdFor<T>(work: (host: LockedHost) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const made = await makeDirectoryDurably(this.componentDir, 0o777);
    try {
      return await this.exclusively(work, signal);
    } catch (error) {
      if (made !== undefined) {
        // Only what is empty goes: these fail, and may, where anything is inside.
        await rmdir(this.#ownFolder).catch(() => undefined);
        await rmdir(this.componentDir).catch(() => undefined);
      }
      throw error;
    }
  }

  async recover(): Promise<'finished' | 'dropped'> {
    return this.#locked(await this.#lock(), (assertHeld) => recoverRestore(this, assertHeld));
  }

  /** False when there was nothing to give up. */
  async abandon(): Promise<boolean> {
    return this.#locked(await this.#lock(), () => abandonRestore(this));
  }

  /** Whether an import was interrupted and waits to be finished or cleared away. */
  async isUnfinished(): Promise<boolean> {
    if ((await readJournal(this.state)) !== null) return true;
    return (await hasStaging(this.componentDir)) && (await findDeadOwners(this.#ownFolder)).length > 0;
  }

  /** @throws StoreError STORE_BUSY */
  async assertIdle(told: ToldWassette | null = null): Promise<void> {
    await assertNoWassetteRuns(this.componentDir, told);
  }

  async #locked<T>(lock: Lock, work: (assertHeld: () => void) => Promise<T>): Promise<T> {
    try {
      return await work(() => lock.assertHeld());
    } finally {
      await lock.release();
    }
  }

  /** Takes the lock in our own folder, which gets the owner of the component directory. */
  async #lock(signal?: AbortSignal): Promise<Lock> {
    const folder = this.#ownFolder;
    await this.assertChangeable();
    await whileDoing(`lock ${this.componentDir}`, async () => {
      const { uid, gid } = await stat(this.componentDir);
      await mkdir(folder, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw error;
      });
      const own = await lstat(folder);
      if (!own.isDirectory()) throw unsafeFile(folder);
      if (process.geteuid?.() === 0 && own.uid !== uid) await chown(folder, uid, gid);
    });
    return acquireLock(folder, { stateDir: this.stateDir, signal });
  }

  get #ownFolder(): string {
    return path.join(this.componentDir, OWN_FOLDER);
  }
}
