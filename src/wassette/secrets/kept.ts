// Keeps the secrets files that imports replaced, so that these can be taken back. They stay in the secrets directory: what is
// in the local store is handed on.
import { lstatSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { BlobName } from '../../codec/blob-name.ts';
import { sha256Hex } from '../../codec/digest.ts';
import { makeDirectoryDurably, readSmallFile, writeDurably } from '../../disk/durable-file.ts';
import { whileDoing } from '../../disk/system-error.ts';
import { StoreError, VerificationError } from '../../errors.ts';

const MOST_BYTES = 16 * 1024 * 1024;

export class KeptSecrets {
  readonly #folder: string;

  /** @param own our folder for a component directory in its secrets directory */
  constructor(own: string) {
    this.#folder = path.join(own, 'kept');
  }

  /**
   * Durably keeps the bytes of `file`, if there is one.
   * @throws VerificationError VERIFY_DIGEST_MISMATCH where it is another one by now, or there is one
   */
  async keep(wanted: BlobName | null, file: string): Promise<void> {
    if (wanted === null) {
      if (lstatSync(file, { throwIfNoEntry: false }) !== undefined) throw changedMeanwhile(file);
      return;
    }
    const bytes = await readSmallFile(file, MOST_BYTES);
    if (sha256Hex(bytes) !== wanted.sha256) throw changedMeanwhile(file);
    await makeDirectoryDurably(this.#folder);
    await writeDurably(path.join(this.#folder, wanted.sha256), [bytes], { replace: true });
  }

  /** @throws VerificationError VERIFY_PART_MISSING, VERIFY_DIGEST_MISMATCH */
  async read({ sha256 }: BlobName): Promise<Buffer> {
    const file = path.join(this.#folder, sha256);
    const bytes = await readSmallFile(file, MOST_BYTES).catch((error: unknown) => {
      if (error instanceof StoreError && error.code === 'STORE_NOT_FOUND') throw isGone(file);
      throw error;
    });
    if (sha256Hex(bytes) !== sha256) throw changedMeanwhile(file);
    return bytes;
  }

  /** Forgets those that no undo record needs any more. */
  async dropAllBut(needed: ReadonlySet<string>): Promise<void> {
    await whileDoing(`clean up ${this.#folder}`, async () => {
      for (const name of await readdir(this.#folder).catch(() => []))
        if (!needed.has(name)) await rm(path.join(this.#folder, name), { force: true });
    });
  }
}

function isGone(file: string): VerificationError {
  return new VerificationError('VERIFY_PART_MISSING', `the secrets that were here before are gone: ${file}`, {
    hint: 'take the import back without its secrets: leave out that component, and set its secrets by hand',
  });
}

function changedMeanwhile(file: string): VerificationError {
  return new VerificationError('VERIFY_DIGEST_MISMATCH', `${file} was changed by somebody else`, {
    hint: 'plan again',
    remedy: { do: 'plan-again' },
  });
}
