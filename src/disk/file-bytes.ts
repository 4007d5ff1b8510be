// The bytes of one regular file in chunks, with no link followed and the file always closed.
import type { BigIntStats } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { whileDoing } from '../errors.ts';
import { openRegularFile, readToEnd } from './durable-file.ts';

/** Large enough for few round trips, small enough that a chunk stays in the processor's cache while it is hashed. */
const CHUNK_BYTES = 512 * 1024;
/** Read at once and closed: for a small file each further system call costs more than its bytes. */
const SMALL_FILE_BYTES = 64 * 1024;

/**
 * A file's stat, and its bytes up to the size that says, to be read once or given back by `return`. A chunk is only
 * valid until the next one is asked for.
 * @throws StoreError STORE_NOT_FOUND, STORE_UNSAFE_FILE, STORE_DENIED, STORE_IO
 */
export async function openFileBytes(
  file: string,
): Promise<{ stat: BigIntStats; bytes: AsyncIterable<Uint8Array> }> {
  const { handle, stat } = await openRegularFile(file);
  if (stat.size > SMALL_FILE_BYTES) return { stat, bytes: new FileChunks(file, handle, Number(stat.size)) };
  try {
    const bytes = await whileDoing(`read ${file}`, () => readToEnd(handle, Number(stat.size)));
    return { stat, bytes: oneChunk(bytes) };
  } finally {
    await handle.close();
  }
}

/** The bytes of a regular file, opened when they are asked for. A chunk is only valid until the next one. */
export async function* readFileBytes(file: string): AsyncGenerator<Uint8Array> {
  yield* (await openFileBytes(file)).bytes;
}

/** Closes the file at its end, on an error, and when the reader stops early, also before the first chunk. */
class FileChunks implements AsyncIterableIterator<Uint8Array> {
  #position = 0;
  readonly #file: string;
  readonly #handle: FileHandle;
  readonly #size: number;
  /** One for all chunks: fresh memory for each would cost more than reading into it. */
  readonly #buffer: Buffer;

  constructor(file: string, handle: FileHandle, size: number) {
    this.#file = file;
    this.#handle = handle;
    this.#size = size;
    this.#buffer = Buffer.allocUnsafeSlow(Math.min(CHUNK_BYTES, size));
  }

  async next(): Promise<IteratorResult<Uint8Array>> {
    const wanted = Math.min(CHUNK_BYTES, this.#size - this.#position);
    if (wanted === 0) return this.return();
    try {
      const { bytesRead } = await whileDoing(`read ${this.#file}`, () =>
        this.#handle.read(this.#buffer, 0, wanted, this.#position),
      );
      this.#position += bytesRead;
      if (bytesRead === 0) return await this.return();
      return { done: false, value: this.#buffer.subarray(0, bytesRead) };
    } catch (error) {
      await this.#handle.close();
      throw error;
    }
  }

  async return(): Promise<IteratorResult<Uint8Array>> {
    await this.#handle.close();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

async function* oneChunk(bytes: Buffer): AsyncGenerator<Uint8Array> {
  if (bytes.length > 0) yield bytes;
}
