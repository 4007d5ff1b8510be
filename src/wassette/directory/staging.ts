// Stages an import's new files: whole and synced, beside the directory into which they will be renamed.
import { lstatSync } from 'node:fs';
import { chmod, type FileHandle, mkdir, open, rm } from 'node:fs/promises';
import path from 'node:path';
import { WasmSections } from '../../component/whole.ts';
import type { BlobSink } from '../../disk/blobs/blob.ts';
import { type FileIdentity, makeDirectoryDurably, syncDirectory, writeAll } from '../../disk/durable-file.ts';
import { storeErrorFrom, whileDoing } from '../../disk/system-error.ts';
import { FormatError, StoreError } from '../../errors.ts';
import {
  type ComponentChange,
  directoriesOf,
  type FileDirectory,
  type FileKind,
} from '../../plan/file-kinds.ts';
import type { StateDirectory } from '../../state/directory.ts';
import { type AnyFileKind, type FileLocations, fileName, pathOf, placeOf } from './files.ts';
import { noteOwner, secretsFolder, stagingFolder } from './own-folder.ts';

/** Owner and permission bits for all new files of one component. */
interface Attributes {
  uid: number;
  gid: number;
  mode: number;
}

export class Staging {
  /** Files staged by this process, as they were once their bytes were verified and synced. */
  readonly #verified = new Map<string, FileIdentity>();

  /** Those in which something changes. */
  readonly directories: readonly FileDirectory[];

  constructor(
    readonly locations: FileLocations,
    readonly importId: string,
    changes: readonly ComponentChange[],
  ) {
    this.directories = directoriesOf(changes);
  }

  /** Makes the folders, after a note of which state directory will hold the journal. */
  async create(state: StateDirectory): Promise<void> {
    const withSecrets = this.directories.includes('secretsDir');
    await noteOwner(this.locations, state, withSecrets);
    if (withSecrets) await makeSecretsDirectory(this.locations);
    for (const directory of this.directories) {
      const folder = this.folderIn(directory);
      await whileDoing(`create ${folder}`, () => mkdir(folder, { mode: 0o700 }));
      await syncDirectory(path.dirname(folder));
      await syncDirectory(this.locations[directory]);
    }
  }

  /** Staged files are on the file system on which they will be renamed. */
  folderIn(directory: FileDirectory): string {
    return stagingFolder(this.locations, directory, this.importId);
  }

  fileOf(id: string, kind: AnyFileKind): string {
    return path.join(this.folderIn(placeOf(kind).directory), fileName(id, kind));
  }

  /** A sink that stages the code of the components `ids`, which all have the same bytes. */
  async wasmSink(ids: readonly string[]): Promise<BlobSink> {
    const files = await Promise.all(ids.map((id) => this.#create(id, 'wasm')));
    const sections = new WasmSections();
    const staging = this;
    return {
      async write(chunk) {
        sections.write(chunk);
        for (const file of files) await writeStaged(file, chunk);
      },
      async end() {
        const problem = sections.problem();
        if (problem !== null) throw notAComponent(ids[0]!, problem);
        for (const [i, file] of files.entries()) await staging.#finish(file, staging.fileOf(ids[i]!, 'wasm'));
      },
      async abort() {
        await Promise.all(files.map((file) => file.close().catch(() => undefined)));
      },
    };
  }

  async addFile(id: string, kind: FileKind, bytes: Uint8Array): Promise<void> {
    const file = await this.#create(id, kind);
    try {
      await writeStaged(file, bytes);
    } finally {
      await this.#finish(file, this.fileOf(id, kind));
    }
  }

  /** Stages a tool cache, which need not be durable, with owner and mode of the installed code. */
  async addCache(id: string, bytes: Uint8Array): Promise<string> {
    const file = await this.#create(id, 'toolCache');
    try {
      await writeStaged(file, bytes);
    } finally {
      await file.close();
    }
    return this.fileOf(id, 'toolCache');
  }

  /** A staged file's identity when it was verified; null when that was before a crash. */
  verifiedIdentity(id: string, kind: FileKind): FileIdentity | null {
    return this.#verified.get(this.fileOf(id, kind)) ?? null;
  }

  async remove(): Promise<void> {
    for (const folder of this.#folders) await rm(folder, { recursive: true, force: true });
  }

  /** Makes everything staged survive power loss. */
  async sync(): Promise<void> {
    for (const folder of this.#folders) await syncDirectory(folder);
  }

  get #folders(): string[] {
    return this.directories.map((directory) => this.folderIn(directory));
  }

  async #finish(file: FileHandle, name: string): Promise<void> {
    await whileDoing(`write ${name}`, async () => {
      try {
        await file.sync();
        this.#verified.set(name, await file.stat({ bigint: true }));
      } finally {
        await file.close();
      }
    });
  }

  async #create(id: string, kind: AnyFileKind): Promise<FileHandle> {
    const name = this.fileOf(id, kind);
    const attributes = this.#attributesFor(id, kind);
    const file = await whileDoing(`create ${name}`, () => open(name, 'wx', 0o600));
    try {
      await setAttributes(file, attributes);
      return file;
    } catch (error) {
      await file.close();
      throw ownershipError(error, id);
    }
  }

  #attributesFor(id: string, kind: AnyFileKind): Attributes {
    const { directory, ownedLike, mode, hasFixedMode } = placeOf(kind);
    const present = lstatSync(pathOf(this.locations, id, ownedLike), { throwIfNoEntry: false });
    if (present)
      return { uid: present.uid, gid: present.gid, mode: hasFixedMode ? mode : present.mode & 0o777 };
    const { uid, gid } = lstatSync(this.locations[directory]);
    return { uid, gid, mode };
  }
}

/** As Wassette does: nobody else may look into it. */
async function makeSecretsDirectory(locations: FileLocations): Promise<void> {
  const { secretsDir } = locations;
  await makeDirectoryDurably(secretsDir);
  if ((lstatSync(secretsDir).mode & 0o077) !== 0)
    await whileDoing(`protect ${secretsDir}`, () => chmod(secretsDir, 0o700));
  await makeDirectoryDurably(secretsFolder(locations));
}

async function setAttributes(file: FileHandle, { uid, gid, mode }: Attributes): Promise<void> {
  const created = await file.stat();
  if (process.platform !== 'win32' && (created.uid !== uid || created.gid !== gid))
    await file.chown(uid, gid);
  if (mode !== 0o600) await file.chmod(mode);
}

function ownershipError(error: unknown, id: string): unknown {
  if ((error as NodeJS.ErrnoException).code !== 'EPERM')
    return storeErrorFrom(error, `stage component "${id}"`);
  return new StoreError(
    'STORE_DENIED',
    `the files of component "${id}" cannot be given to the owner of the directory`,
    {
      hint: 'run as the user who owns the component directory; nothing was changed',
      details: { component_id: id },
      cause: error,
    },
  );
}

function writeStaged(file: FileHandle, bytes: Uint8Array): Promise<void> {
  return whileDoing('write a staged file', () => writeAll(file, bytes));
}

function notAComponent(id: string, problem: string): FormatError {
  return new FormatError('FORMAT_NOT_A_COMPONENT', `component "${id}": ${problem}`, {
    hint: 'the snapshot does not hold a runnable component under this id: leave it out',
    remedy: { do: 'leave-out' },
    details: { component_id: id },
  });
}
