// Where an import's new files wait, whole and synced, beside the directory they will be renamed into.
import { lstatSync } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';
import { nameOf } from '../../codec/bytes.ts';
import { safeText } from '../../codec/safe-text.ts';
import { WasmSections } from '../../component/whole.ts';
import type { BlobSink } from '../../disk/blob.ts';
import { syncDirectory } from '../../disk/durable-file.ts';
import { readFileBytes } from '../../disk/file-bytes.ts';
import { readRecord, writeRecord } from '../../disk/record.ts';
import { FormatError, StoreError, storeErrorFrom, whileDoing } from '../../errors.ts';
import { FILE_DIRECTORIES, type FileDirectory, type FileKind } from '../../plan/file-kinds.ts';
import type { StateDirectory } from '../../state/directory.ts';
import { type AnyFileKind, type FileLocations, fileName, OWN_FOLDER, pathOf, placeOf } from './files.ts';

const STAGING_PREFIX = 'staging-';
/** In our folder beside the components: which state directory holds the journal. */
const OWNER = 'owner.json';
const OwnerSchema = z.object({ state_dir: z.string() });

/** Owner and permission bits that all new files of one component get. */
interface Attributes {
  uid: number;
  gid: number;
  mode: number;
}

/** Tells a file apart from any other, and from itself after a write. */
export interface FileIdentity {
  ino: bigint;
  size: bigint;
  mtimeNs: bigint;
}

export class Staging {
  /** Files staged by this process, as they were when their bytes had been verified and synced. */
  readonly #verified = new Map<string, FileIdentity>();

  constructor(
    readonly locations: FileLocations,
    readonly importId: string,
  ) {}

  /** Makes its folders, and first notes in each which state directory will hold the journal. */
  async create(state: StateDirectory): Promise<void> {
    for (const directory of FILE_DIRECTORIES) {
      const folder = this.folderIn(directory);
      await writeRecord(path.join(path.dirname(folder), OWNER), { state_dir: state.root });
      await whileDoing(`create ${folder}`, () => mkdir(folder, { mode: 0o700 }));
      await syncDirectory(path.dirname(folder));
      await syncDirectory(this.locations[directory]);
    }
  }

  /** Files wait on the file system that they will be renamed on. */
  folderIn(directory: FileDirectory): string {
    return path.join(this.locations[directory], OWN_FOLDER, `${STAGING_PREFIX}${this.importId}`);
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
        for (const file of files) await writeAll(file, chunk);
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
      await writeAll(file, bytes);
    } finally {
      await this.#finish(file, this.fileOf(id, kind));
    }
  }

  /** Stages a cache, which may as well be lost. Its owner and mode are those of the code in place. */
  async addCache(id: string, bytes: Uint8Array): Promise<string> {
    const file = await this.#create(id, 'metadata');
    try {
      await writeAll(file, bytes);
    } finally {
      await file.close();
    }
    return this.fileOf(id, 'metadata');
  }

  /** What a staged file was when it was verified, or null when that was before a crash. */
  verifiedIdentity(id: string, kind: FileKind): FileIdentity | null {
    return this.#verified.get(this.fileOf(id, kind)) ?? null;
  }

  async remove(): Promise<void> {
    for (const folder of this.#folders) await rm(folder, { recursive: true, force: true });
  }

  /** Everything staged will survive power loss. */
  async sync(): Promise<void> {
    for (const folder of this.#folders) await syncDirectory(folder);
  }

  get #folders(): string[] {
    return FILE_DIRECTORIES.map((directory) => this.folderIn(directory));
  }

  async #finish(file: FileHandle, name: string): Promise<void> {
    await whileDoing(`write ${name}`, async () => {
      try {
        await file.sync();
        const { ino, size, mtimeNs } = await file.stat({ bigint: true });
        this.#verified.set(name, { ino, size, mtimeNs });
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
    const { directory, ownedLike, mode } = placeOf(kind);
    const present = lstatSync(pathOf(this.locations, id, ownedLike), { throwIfNoEntry: false });
    if (present) return { uid: present.uid, gid: present.gid, mode: present.mode & 0o777 };
    const { uid, gid } = lstatSync(this.locations[directory]);
    return { uid, gid, mode };
  }
}

/**
 * Removes what unfinished imports left in Wassette's directories. Call it only under the lock and without a journal.
 * @throws StoreError STORE_INTERRUPTED when the journal may be in another state directory
 */
export async function dropStaging(locations: FileLocations, state: StateDirectory): Promise<void> {
  for (const directory of FILE_DIRECTORIES) await dropStagingIn(locations[directory], state);
}

async function dropStagingIn(directory: string, state: StateDirectory): Promise<void> {
  const own = path.join(directory, OWN_FOLDER);
  const folders = (await readdir(own).catch(() => [])).filter((name) => name.startsWith(STAGING_PREFIX));
  const owner = await readRecord(path.join(own, OWNER), OwnerSchema).catch(() => null);
  if (folders.length > 0 && owner !== null && owner.state_dir !== state.root) {
    throw new StoreError(
      'STORE_INTERRUPTED',
      `an import into ${directory} was interrupted; its journal is in ${safeText(owner.state_dir)}`,
      {
        hint: 'finish it with that state directory',
        remedy: { do: 'recover', stateDir: owner.state_dir },
        details: { state_dir: safeText(owner.state_dir, 4_096) },
      },
    );
  }
  await whileDoing(`clean up ${own}`, async () => {
    for (const name of folders) await rm(path.join(own, name), { recursive: true, force: true });
    await rm(path.join(own, OWNER), { force: true });
    for (const name of await readdir(own).catch(() => [])) {
      if (name.startsWith('.') && isOld(path.join(own, name)))
        await rm(path.join(own, name), { force: true });
    }
  });
}

/** A temporary file of a killed process, not of one that is at work. */
function isOld(file: string): boolean {
  const stat = lstatSync(file, { throwIfNoEntry: false });
  return stat !== undefined && stat.mtimeMs < Date.now() - 60_000;
}

/** Whether an unfinished import left files behind; its journal decides whether it counts. */
export async function hasStaging(componentDir: string): Promise<boolean> {
  const names = await readdir(path.join(componentDir, OWN_FOLDER)).catch(() => []);
  return names.some((name) => name.startsWith(STAGING_PREFIX));
}

/** SHA-256 of a staged or installed file; null when absent. @throws StoreError STORE_UNSAFE_FILE */
export async function digestOf(file: string): Promise<string | null> {
  const stat = lstatSync(file, { throwIfNoEntry: false });
  if (stat === undefined) return null;
  if (!stat.isFile()) {
    throw new StoreError('STORE_UNSAFE_FILE', `${safeText(file)} is not a regular file`, {
      hint: 'remove it first',
      remedy: { do: 'recover' },
    });
  }
  return (await nameOf(readFileBytes(file))).sha256;
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

async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  await whileDoing('write a staged file', async () => {
    for (let at = 0; at < bytes.length; ) at += (await file.write(bytes, at)).bytesWritten;
  });
}

function notAComponent(id: string, problem: string): FormatError {
  return new FormatError('FORMAT_NOT_A_COMPONENT', `component "${id}": ${problem}`, {
    hint: 'the snapshot does not hold a runnable component under this id: leave it out',
    remedy: { do: 'leave-out' },
    details: { component_id: id },
  });
}
