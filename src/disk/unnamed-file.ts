// A temporary file that no other program can open, and that is gone with whoever holds it, however the process ends.

import { randomUUID } from 'node:crypto';
import { closeSync, openSync, read, rmSync, write } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { FileChunks } from './blobs/file-bytes.ts';
import { SCRATCH_PREFIX } from './scratch.ts';
import { whileDoing } from './system-error.ts';

const readAt = promisify(read);
const writeAt = promisify(write);

/** Nobody has to close what is read for as long as a snapshot is in use. */
const forgotten = new FinalizationRegistry<number>((descriptor) => closeSync(descriptor));

export class UnnamedFile {
  #size = 0;
  readonly #descriptor: number;
  readonly #doing: string;

  private constructor(descriptor: number, directory: string) {
    this.#descriptor = descriptor;
    this.#doing = `keep a temporary copy in ${directory}`;
    forgotten.register(this, descriptor, this);
  }

  /** @throws StoreError STORE_DENIED, STORE_NO_SPACE, STORE_IO */
  static async make(): Promise<UnnamedFile> {
    const directory = tmpdir();
    return whileDoing(`keep a temporary copy in ${directory}`, async () => {
      const name = path.join(directory, `${SCRATCH_PREFIX}${randomUUID()}`);
      const descriptor = openSync(name, 'wx+', 0o600);
      try {
        rmSync(name);
      } catch (error) {
        closeSync(descriptor);
        throw error;
      }
      return new UnnamedFile(descriptor, directory);
    });
  }

  get size(): number {
    return this.#size;
  }

  /** Adds all of `chunk` at the end; one call at a time. @throws StoreError STORE_NO_SPACE, STORE_IO */
  async append(chunk: Uint8Array): Promise<void> {
    await whileDoing(this.#doing, async () => {
      for (let at = 0; at < chunk.length; ) {
        const { bytesWritten } = await writeAt(this.#descriptor, chunk, at, chunk.length - at, this.#size);
        at += bytesWritten;
        this.#size += bytesWritten;
      }
    });
  }

  /** The bytes from `start` to before `end`. A chunk is only valid until the next. */
  async *read(start = 0, end = this.#size): AsyncGenerator<Buffer> {
    const handle = {
      read: (buffer: Buffer, offset: number, length: number, position: number) =>
        readAt(this.#descriptor, buffer, offset, length, position),
      close: async () => undefined,
    };
    yield* new FileChunks('a temporary copy', handle, start, end);
  }

  /** Gives the space back at once. Nothing may be reading it. */
  close(): void {
    if (forgotten.unregister(this)) closeSync(this.#descriptor);
  }
}
