// Reads the bytes of a regular file in chunks; follows no link, and always closes the file.
import { type BigIntStats, closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { openRegularFile, READ_FLAGS, readToEnd } from '../durable-file.ts';
import { type FileRef, pathOf } from '../paths/fence.ts';
import { whileDoing } from '../system-error.ts';

/** Large enough for few round trips, small enough that a chunk stays in the processor's cache while it is hashed. */
const CHUNK_BYTES = 256 * 1024;
/** The small parts that are read often lie close together. */
const WINDOW_BYTES = 4 * 1024;
/** A smaller file is read at once and closed: each further system call would cost more than its bytes. */
const SMALL_FILE_BYTES = 64 * 1024;

/**
 * A file's stat, and its bytes up to that size, to be read once or closed with `return`. A chunk is only valid until the
 * next one is asked for.
 * @throws StoreError STORE_NOT_FOUND, STORE_UNSAFE_FILE, STORE_DENIED, STORE_IO; PolicyError POLICY_OUTSIDE_FENCE
 */
export async function openFileBytes(
  file: FileRef,
): Promise<{ stat: BigIntStats; bytes: AsyncIterable<Uint8Array> }> {
  const { handle, stat } = await openRegularFile(file);
  if (stat.size > SMALL_FILE_BYTES)
    return { stat, bytes: new FileChunks(pathOf(file), handle, 0, Number(stat.size)) };
  try {
    const bytes = await whileDoing(`read ${pathOf(file)}`, () => readToEnd(handle, Number(stat.size)));
    return { stat, bytes: oneChunk(bytes) };
  } finally {
    await handle.close();
  }
}

/** The bytes of a regular file, opened when they are asked for. A chunk is only valid until the next one. */
export async function* readFileBytes(file: FileRef): AsyncGenerator<Uint8Array> {
  yield* (await openFileBytes(file)).bytes;
}

/**
 * Runs `work` with a way to read any part of a regular file, and its size. What is read is only valid until the next part.
 */
export function withFileAt<T>(
  file: string,
  work: (read: (at: number, length: number) => Uint8Array, size: number) => T,
): T {
  const descriptor = openSync(file, READ_FLAGS);
  try {
    let window = Buffer.alloc(0);
    let windowAt = 0;
    const read = (at: number, length: number) => {
      if (at < windowAt || at + length > windowAt + window.length) {
        const buffer = Buffer.allocUnsafe(Math.max(length, WINDOW_BYTES));
        window = buffer.subarray(0, readSync(descriptor, buffer, 0, buffer.length, at));
        windowAt = at;
      }
      return window.subarray(at - windowAt, at - windowAt + length);
    };
    return work(read, fstatSync(descriptor).size);
  } finally {
    closeSync(descriptor);
  }
}

/** What a file is read from in chunks, at any place. */
interface Chunked {
  read(buffer: Buffer, offset: number, length: number, position: number): Promise<{ bytesRead: number }>;
  close(): Promise<void>;
}

/**
 * The bytes from `start` to before `end`, the next chunk being read while the last one is used. Closes the file at its
 * end, on an error, and when the reader stops early, also before the first chunk. A chunk is only valid until the next.
 */
export class FileChunks implements AsyncIterableIterator<Buffer> {
  readonly #buffers: Buffer[];
  #position: number;
  #ahead: Promise<Buffer> | null = null;

  constructor(
    private readonly file: string,
    private readonly handle: Chunked,
    start: number,
    private readonly end: number,
    chunkBytes = CHUNK_BYTES,
  ) {
    this.#position = start;
    // Two for all chunks: fresh memory for each would cost more than reading into it.
    const size = Math.min(chunkBytes, end - start);
    this.#buffers = [Buffer.allocUnsafeSlow(size), Buffer.allocUnsafeSlow(size)];
  }

  async next(): Promise<IteratorResult<Buffer>> {
    try {
      const chunk = await (this.#ahead ?? this.#read());
      this.#ahead = null;
      if (chunk.length === 0) return await this.return();
      this.#ahead = this.#read();
      this.#ahead.catch(() => undefined); // whoever asks next gets the error
      return { done: false, value: chunk };
    } catch (error) {
      await this.handle.close();
      throw error;
    }
  }

  async return(): Promise<IteratorResult<Buffer>> {
    await this.#ahead?.catch(() => undefined);
    await this.handle.close();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async #read(): Promise<Buffer> {
    const buffer = this.#buffers.reverse()[0]!;
    const wanted = Math.min(buffer.length, this.end - this.#position);
    if (wanted <= 0) return buffer.subarray(0, 0);
    const { bytesRead } = await whileDoing(`read ${this.file}`, () =>
      this.handle.read(buffer, 0, wanted, this.#position),
    );
    this.#position += bytesRead;
    return buffer.subarray(0, bytesRead);
  }
}

async function* oneChunk(bytes: Buffer): AsyncGenerator<Uint8Array> {
  if (bytes.length > 0) yield bytes;
}
