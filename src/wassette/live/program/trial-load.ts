// Compiles new code before anything changes: the same Wassette program loads it in a separate directory. What takes longer
// than a caller waits goes on without it, so that the next call finds it done.
import { existsSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import path from 'node:path';
import { nameOf } from '../../../codec/bytes.ts';
import { quoted } from '../../../codec/safe-text.ts';
import { readFileBytes } from '../../../disk/blobs/file-bytes.ts';
import { writeDurably } from '../../../disk/durable-file.ts';
import { inScratch } from '../../../disk/scratch.ts';
import { whileDoing } from '../../../disk/system-error.ts';
import { VerificationError } from '../../../errors.ts';
import { fileName } from '../../directory/files.ts';
import { environmentForWrapped } from '../../locations.ts';
import { notLoaded } from '../loading.ts';
import { loadWith } from './loader.ts';

/** How long a compilation goes on for which nobody waits, and how long its failure is kept to be told. */
const UNATTENDED_MS = 10 * 60_000;

/** Code to be tried. */
export interface TrialCode {
  /** Named `<id>.wasm`. */
  file: string;
  sha256: string;
  /** Where it is tried: a directory that no component can be allowed to write in. */
  within: string;
  /** Where the native code is put that Wassette makes of it. */
  keepAs: string;
}

/**
 * Loads the file once; nothing of it is kept but the native code. Where the signal ends the waiting, it is still compiled,
 * unless this process ends.
 * @param program how to start a one-shot command, such as `['wassette']`
 * @throws VerificationError VERIFY_NOT_LOADED naming the component, and why
 */
export async function assertLoadable(
  program: readonly string[],
  code: TrialCode,
  signal?: AbortSignal,
): Promise<void> {
  signal?.throwIfAborted();
  await Compilation.of(program, code).wait(signal);
}

/** One that is under way in this process, for any number of calls. */
class Compilation {
  static readonly #underWay = new Map<string, Compilation>();

  readonly #stop = new AbortController();
  readonly #ended: Promise<void>;
  #hasEnded = false;
  #waiting = 0;
  #unattended: NodeJS.Timeout | undefined;
  /** Resolves once the file is no longer needed: whoever staged it may remove it then. */
  readonly #copied: Promise<void>;

  private constructor(
    program: readonly string[],
    private readonly code: TrialCode,
  ) {
    let copied = () => {};
    const wasCopied = new Promise<void>((resolve) => {
      copied = resolve;
    });
    this.#ended = this.#compile(program, copied).finally(() => {
      this.#hasEnded = true;
    });
    this.#copied = Promise.race([wasCopied, this.#ended.catch(() => undefined)]);
  }

  static of(program: readonly string[], code: TrialCode): Compilation {
    const known = Compilation.#underWay.get(code.keepAs);
    if (known !== undefined) return known;
    const made = new Compilation(program, code);
    Compilation.#underWay.set(code.keepAs, made);
    return made;
  }

  async wait(signal: AbortSignal | undefined): Promise<void> {
    this.#waiting++;
    clearTimeout(this.#unattended);
    // The program itself does not keep this process from ending; whoever waits for it does.
    const awake = setInterval(() => undefined, 60_000);
    try {
      await this.#copied;
      await untilAborted(this.#ended, signal);
    } finally {
      clearInterval(awake);
      this.#waiting--;
      this.#leave();
    }
  }

  /** An outcome that nobody has heard yet is kept for the next call. */
  #leave(): void {
    if (this.#hasEnded) this.#forget();
    else if (this.#waiting === 0)
      this.#unattended = setTimeout(() => {
        this.#stop.abort();
        this.#forget();
      }, UNATTENDED_MS).unref();
  }

  #forget(): void {
    clearTimeout(this.#unattended);
    if (Compilation.#underWay.get(this.code.keepAs) === this) Compilation.#underWay.delete(this.code.keepAs);
  }

  async #compile(program: readonly string[], copied: () => void): Promise<void> {
    const { file, within } = this.code;
    const { PATH } = environmentForWrapped();
    await inScratch(async (scratch) => {
      const id = path.basename(file, '.wasm');
      const copy = path.join(scratch, path.basename(file));
      await whileDoing(`copy ${file} to be tried`, () => copyFile(file, copy));
      copied();
      const home = path.join(scratch, 'home');
      const components = path.join(home, 'components');
      // Homeless, so that no configuration, secret or directory of the host's is touched.
      const env = { PATH, HOME: home, XDG_CONFIG_HOME: home, XDG_DATA_HOME: home };
      const options = { signal: this.#stop.signal, isUnattended: true };
      const problem = await loadWith(program, `file://${copy}`, components, env, options);
      if (problem !== null) throw notLoaded(id, problem.ending, problem.said);
      await keepNative(this.code, components);
    }, within);
  }
}

/**
 * Nothing looks at native code again before it is run, so it is kept only beside the code that it should be of: Wassette keeps
 * both. Without it, the code is compiled once more when it is loaded.
 */
async function keepNative({ file, sha256, keepAs }: TrialCode, components: string): Promise<void> {
  const id = path.basename(file, '.wasm');
  const [code, native] = (['wasm', 'cwasm'] as const).map((kind) =>
    path.join(components, fileName(id, kind)),
  ) as [string, string];
  if (!existsSync(code) || !existsSync(native)) return;
  const tried = await nameOf(readFileBytes(code));
  if (tried.sha256 !== sha256)
    throw new VerificationError(
      'VERIFY_DIGEST_MISMATCH',
      `component ${quoted(id)}: other code than was to be tried took its place`,
      {
        hint: 'find out what else writes in the state directory, and import again',
        details: { expected: sha256, found: tried.sha256 },
      },
    );
  await writeDurably(keepAs, readFileBytes(native), { replace: true });
}

/** What is awaited goes on after the signal. */
async function untilAborted(wanted: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  let onAbort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal!.reason);
  });
  signal?.addEventListener('abort', onAbort);
  if (signal?.aborted) onAbort();
  try {
    await Promise.race([wanted, aborted]);
  } finally {
    signal?.removeEventListener('abort', onAbort);
  }
}
