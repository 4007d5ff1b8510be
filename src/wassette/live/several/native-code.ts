// Native code of what is to be imported: each version of Wassette compiles it once, in a separate place, before anything
// changes. It is kept, so that an import that was given up can go on from there, and is put in place for its Wassette.
import { lstatSync } from 'node:fs';
import { chown, mkdir, readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { sha256Hex } from '../../../codec/digest.ts';
import type { TransferOptions } from '../../../disk/blobs/blob.ts';
import { readFileBytes } from '../../../disk/blobs/file-bytes.ts';
import { writeDurably } from '../../../disk/durable-file.ts';
import { inParallel } from '../../../disk/parallel.ts';
import { ComponentProgress } from '../../../disk/progress.ts';
import { whileDoing } from '../../../disk/system-error.ts';
import type { StateDirectory } from '../../../state/directory.ts';
import { fileName } from '../../directory/files.ts';
import type { LiveWassette } from '../live-wassette.ts';
import { assertLoadable, type TrialCode } from '../program/trial-load.ts';

/** How long it is kept for an import that was given up. */
const KEPT_MS = 60 * 60_000;
/** How much is compiled at a time. */
const AT_ONCE = 2;

/** Code that is staged, and the component it is for. */
export interface StagedCode {
  component_id: string;
  sha256: string;
  file: string;
}

/** What makes native code that others cannot run: a version, a program of unknown version, or a single process. */
export async function makerOf(live: LiveWassette): Promise<string> {
  const version = await live.version();
  return version?.text ?? JSON.stringify(live.program ?? live.pid);
}

/**
 * Removes the native code in place. A Wassette writes its own over that of another version, in the same file, and one that
 * is running that file then crashes; a file that was removed stays as it is for whoever runs it.
 */
export async function dropNativeCode(componentDir: string, ids: readonly string[]): Promise<void> {
  for (const id of ids) await rm(path.join(componentDir, fileName(id, 'cwasm')), { force: true });
}

interface MissingCode extends TrialCode {
  /** Its program tries it. */
  live: LiveWassette;
  program: readonly string[];
  component_id: string;
}

/** An error of one of several, with which of them it is of. */
export type About = (live: LiveWassette, error: unknown) => unknown;

export class NativeCode {
  /** The folder of the Wassette version whose native code is in place now. */
  #inPlace: string | null = null;
  /** Code to be compiled, by where what comes of it is kept. */
  readonly #missing = new Map<string, MissingCode>();

  constructor(
    private readonly state: StateDirectory,
    private readonly code: readonly StagedCode[],
  ) {}

  /** Notes what the version of this Wassette has not compiled yet. */
  async choose(live: LiveWassette): Promise<void> {
    const { program } = live;
    if (program === null || this.code.length === 0) return;
    await this.#dropOld();
    const folder = await this.#folderFor(live);
    await whileDoing(`create ${folder}`, () => mkdir(folder, { recursive: true, mode: 0o700 }));
    const kept = new Set(await readdir(folder));
    for (const { sha256, file, component_id } of this.code) {
      const keepAs = path.join(folder, sha256);
      const trial = { live, program, file, sha256, keepAs, component_id, within: this.state.scratch };
      if (!kept.has(sha256)) this.#missing.set(keepAs, trial);
    }
  }

  /** Has that compiled. @throws VerificationError VERIFY_NOT_LOADED */
  async make({ signal, onProgress }: TransferOptions, about: About = (_, error) => error): Promise<void> {
    const missing = [...this.#missing.values()];
    const count = missing.length;
    const progress = new ComponentProgress('compiling', { count, total: count }, onProgress);
    await inParallel(
      missing,
      AT_ONCE,
      async (each) => {
        progress.begin(each.component_id);
        await assertLoadable(each.program, each, signal).catch((error) => {
          throw about(each.live, error);
        });
        progress.advance();
      },
      signal,
    );
  }

  /**
   * Puts it beside the code that is in place now, unless another Wassette of that version had it already. Where that is
   * not possible, Wassette compiles once more.
   */
  async placeFor(live: LiveWassette): Promise<void> {
    if (live.program === null) return;
    const folder = await this.#folderFor(live);
    if (folder === this.#inPlace) return;
    for (const { component_id, sha256 } of this.code)
      await this.#place(component_id, path.join(folder, sha256)).catch(() => undefined);
    this.#inPlace = folder;
  }

  /** After the import; what other imports wait for stays. */
  async drop(): Promise<void> {
    for (const folder of await this.#folders())
      for (const { sha256 } of this.code) await rm(path.join(folder, sha256), { force: true });
  }

  async #place(id: string, made: string): Promise<void> {
    const { componentDir } = this.state;
    const { uid, gid, mode } = lstatSync(path.join(componentDir, fileName(id, 'wasm')));
    const target = path.join(componentDir, fileName(id, 'cwasm'));
    // Wassette checks no more than its beginning, so it must not be half there after a power loss.
    await writeDurably(target, readFileBytes(made), { mode: mode & 0o777, replace: true });
    if (process.geteuid?.() === 0) await chown(target, uid, gid);
  }

  async #folderFor(live: LiveWassette): Promise<string> {
    return path.join(this.state.native, sha256Hex(await makerOf(live)).slice(0, 16));
  }

  async #dropOld(): Promise<void> {
    for (const folder of await this.#folders()) {
      for (const name of await readdir(folder)) {
        const file = path.join(folder, name);
        const made = await stat(file).catch(() => null);
        if (made !== null && made.mtimeMs < Date.now() - KEPT_MS) await rm(file, { force: true });
      }
    }
  }

  async #folders(): Promise<string[]> {
    const names = await readdir(this.state.native).catch(() => []);
    return names.map((name) => path.join(this.state.native, name));
  }
}
