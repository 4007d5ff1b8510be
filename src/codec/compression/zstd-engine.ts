// What compresses and inflates one frame of zstd: Node itself from 22.15 on, before that a library, which knows only whole
// buffers. Both are loaded when they are needed.
import { FormatError } from '../../errors.ts';
import { damaged } from './problem.ts';
import { through } from './transform.ts';
import type { ZstdFrame } from './zstd-frame.ts';

export interface ZstdEngine {
  /** One frame that says how many bytes it becomes. `content` is not to be changed meanwhile. */
  compress(content: Uint8Array, level: number): Promise<Uint8Array>;
  /** The content of a frame. @throws FormatError FORMAT_INVALID, FORMAT_LIMIT_EXCEEDED */
  inflate(frame: ZstdFrame): AsyncIterable<Uint8Array>;
}

type Zlib = typeof import('node:zlib');
/** What the types of Node 20 do not have. */
interface ZlibWithZstd extends Zlib {
  createZstdDecompress(options: object): ReturnType<Zlib['createGunzip']>;
  zstdCompress(
    content: Uint8Array,
    options: object,
    done: (error: Error | null, compressed: Buffer) => void,
  ): void;
  constants: Zlib['constants'] & { ZSTD_c_compressionLevel: number; ZSTD_d_windowLogMax: number };
}

const OUTPUT_CHUNK_BYTES = 128 * 1024;
/** Each is a trip to another thread. */
const COMPRESSED_CHUNK_BYTES = 256 * 1024;
const MAX_WINDOW_LOG = 27;
/** The largest window that any frame may have, and so what a decoder has to hold in any case. */
const MAX_WHOLE_BYTES = 128 * 1024 * 1024;

/** @param zlib of the runtime, which perhaps has zstd */
export async function zstdEngine(zlib?: object): Promise<ZstdEngine> {
  const found = zlib ?? (await import('node:zlib'));
  return hasZstd(found) ? new NativeZstd(found) : new LibraryZstd(await loadLibrary());
}

function hasZstd(zlib: object): zlib is ZlibWithZstd {
  return 'zstdCompress' in zlib && 'createZstdDecompress' in zlib;
}

class NativeZstd implements ZstdEngine {
  constructor(private readonly zlib: ZlibWithZstd) {}

  compress(content: Uint8Array, level: number): Promise<Uint8Array> {
    const { zlib } = this;
    const params = { [zlib.constants.ZSTD_c_compressionLevel]: level };
    const options = { params, pledgedSrcSize: content.length, chunkSize: COMPRESSED_CHUNK_BYTES };
    return new Promise((resolve, reject) =>
      zlib.zstdCompress(content, options, (error, compressed) =>
        error === null ? resolve(compressed) : reject(error),
      ),
    );
  }

  async *inflate({ bytes }: ZstdFrame): AsyncGenerator<Uint8Array> {
    const { zlib } = this;
    const params = { [zlib.constants.ZSTD_d_windowLogMax]: MAX_WINDOW_LOG };
    const inflating = zlib.createZstdDecompress({ params, chunkSize: OUTPUT_CHUNK_BYTES });
    try {
      yield* through(inflating, bytes);
    } catch (error) {
      throw isOfZlib(error) ? senseless(error) : error;
    }
  }
}

type Library = Awaited<ReturnType<typeof loadLibrary>>;

class LibraryZstd implements ZstdEngine {
  constructor(private readonly library: Library) {}

  async compress(content: Uint8Array, level: number): Promise<Uint8Array> {
    return this.library.compress(content, level);
  }

  async *inflate(frame: ZstdFrame): AsyncGenerator<Uint8Array> {
    if ((frame.contentBytes ?? 0) > MAX_WHOLE_BYTES) throw tooLargeAtOnce();
    const chunks: Uint8Array[] = [];
    for await (const chunk of frame.bytes) {
      chunks.push(chunk);
      if (frame.bound > MAX_WHOLE_BYTES + OUTPUT_CHUNK_BYTES) throw tooLargeAtOnce();
    }
    if ((frame.contentBytes ?? 0) > frame.bound)
      throw damaged('zstd', 'it says that it is larger than it is');
    if (frame.bound === 0) return;
    const content = this.#decompressed(Buffer.concat(chunks), frame.bound);
    if (content.length > 0) yield content;
  }

  #decompressed(bytes: Uint8Array, bound: number): Uint8Array {
    try {
      return this.library.decompress(bytes, { defaultHeapSize: bound });
    } catch (error) {
      throw senseless(error);
    }
  }
}

let loading: ReturnType<typeof initializedLibrary> | null = null;

function loadLibrary(): ReturnType<typeof initializedLibrary> {
  loading ??= initializedLibrary();
  return loading;
}

async function initializedLibrary() {
  const library = await import('@bokuweb/zstd-wasm');
  await library.init();
  return library;
}

function isOfZlib(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && /^(ZSTD|Z)_/.test(String(error.code));
}

function senseless(cause: unknown): FormatError {
  return damaged('zstd', 'its bytes make no sense', cause);
}

function tooLargeAtOnce(): FormatError {
  return new FormatError(
    'FORMAT_LIMIT_EXCEEDED',
    `a frame of zstd becomes more than the ${MAX_WHOLE_BYTES} bytes that can be read at once here`,
    {
      hint: 'use Node 22.15 or newer, which reads it, or write it again with this program',
      details: { limit: MAX_WHOLE_BYTES },
    },
  );
}
