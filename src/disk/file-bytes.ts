// The bytes of one regular file in chunks, with no link followed and the file always closed.
import type { BigIntStats } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { whileDoing } from '../errors.ts';
import { openRegularFile, readToEnd } from './durable-file.ts';

const CHUNK_BYTES = 1024 * 1024;
/** Read at once and closed: for a small file each further system call costs more than its bytes. */
const SMALL_FILE_BYTES = 64 * 1024;

/**
 * A file's stat, and its bytes up to the size that says, to be read once or given back by `return`.
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

/** Closes the file at its end, on an error, and when the reader stops early, also before the first chunk. */
class FileChunks implements AsyncIterableIterator<Uint8Array> {
  #position = 0;
  readonly #file: string;
  readonly #handle: FileHandle;
  readonly #size: number;

  constructor(file: string, handle: FileHandle, size: number) {
    this.#file = file;
    this.#handle = handle;
    this.#size = size;
  }

  async next(): Promise<IteratorResult<Uint8Array>> {
    const wanted = Math.min(CHUNK_BYTES, this.#size - this.#position);
    if (wanted === 0) return this.return();
    try {
      // A new buffer each time: a reader may keep the last one.
      const buffer = Buffer.allocUnsafeSlow(wanted);
      const { bytesRead } = await whileDoing(`read ${this.#file}`, () =>
        this.#handle.read(buffer, 0, wanted, this.#position),
      );
      this.#position += bytesRead;
      return bytesRead === 0 ? await this.return() : { done: false, value: buffer.subarray(0, bytesRead) };
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
