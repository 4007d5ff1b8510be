// Finds the frames in a zstd stream (RFC 8878) and where each ends, so that one after the other can be inflated by something
// that knows only one at a time, and nothing of what follows the last is passed over.
import { FormatError } from '../../errors.ts';
import type { ByteReader } from './byte-reader.ts';
import { isSkippable, ZSTD_MAGIC } from './compression.ts';
import { damaged } from './problem.ts';

/** What the zstd program reads, too, unless it is told to take more (`--long=27`). */
const MAX_WINDOW_BYTES = 128 * 1024 * 1024;
const MAX_BLOCK_BYTES = 128 * 1024;
const CHECKSUM_BYTES = 4;

/** One frame; `bytes` is read to its end before the next frame is asked for. */
export interface ZstdFrame {
  readonly bytes: AsyncIterable<Buffer>;
  /** How many bytes it says it becomes; null where it does not say. */
  readonly contentBytes: number | null;
  /** How many bytes at most the part of it that was read becomes. */
  readonly bound: number;
}

/** @throws FormatError FORMAT_INVALID, FORMAT_LIMIT_EXCEEDED */
export async function* zstdFrames(reader: ByteReader): AsyncGenerator<ZstdFrame> {
  for (;;) {
    const magicBytes = await reader.take(4);
    if (magicBytes.length === 0) return;
    if (magicBytes.length < 4) throw damaged('zstd', 'something else follows its end');
    const magic = magicBytes.readUInt32LE();
    if (isSkippable(magic)) {
      const size = await exactly(reader, 4);
      if (!(await reader.skip(size.readUInt32LE()))) throw cutOff();
      continue;
    }
    if (magic !== ZSTD_MAGIC) throw damaged('zstd', 'something else follows its end');
    const frame = await Frame.begin(reader, magicBytes);
    yield frame;
  }
}

class Frame implements ZstdFrame {
  bound = 0;

  private constructor(
    private readonly reader: ByteReader,
    private readonly header: Buffer,
    private readonly hasChecksum: boolean,
    readonly contentBytes: number | null,
    private readonly maxBlockBytes: number,
  ) {}

  static async begin(reader: ByteReader, magic: Buffer): Promise<Frame> {
    const descriptor = await exactly(reader, 1);
    const flags = descriptor[0]!;
    const isSingleSegment = (flags & 0x20) !== 0;
    if ((flags & 0x08) !== 0) throw damaged('zstd', 'it sets a bit that is reserved');
    const window = await exactly(reader, isSingleSegment ? 0 : 1);
    const dictionary = await exactly(reader, [0, 1, 2, 4][flags & 3]!);
    if (dictionary.some((byte) => byte !== 0)) throw damaged('zstd', 'it wants a dictionary');
    const size = await exactly(reader, [isSingleSegment ? 1 : 0, 2, 4, 8][flags >> 6]!);
    const contentBytes = sizeIn(size);
    const windowBytes = isSingleSegment ? contentBytes! : windowIn(window[0]!);
    if (windowBytes > MAX_WINDOW_BYTES) throw windowTooLarge(windowBytes);
    return new Frame(
      reader,
      Buffer.concat([magic, descriptor, window, dictionary, size]),
      (flags & 0x04) !== 0,
      contentBytes,
      Math.min(windowBytes, MAX_BLOCK_BYTES),
    );
  }

  get bytes(): AsyncIterable<Buffer> {
    return this.#read();
  }

  async *#read(): AsyncGenerator<Buffer> {
    yield this.header;
    for (let isLast = false; !isLast; ) {
      const head = await exactly(this.reader, 3);
      const word = head.readUIntLE(0, 3);
      isLast = (word & 1) === 1;
      const kind = (word >> 1) & 3;
      const size = word >> 3;
      if (kind === RESERVED || size > this.maxBlockBytes) throw damaged('zstd', 'one of its blocks is none');
      this.bound += kind === COMPRESSED ? this.maxBlockBytes : size;
      yield Buffer.concat([head, await exactly(this.reader, kind === REPEATED ? 1 : size)]);
    }
    if (this.hasChecksum) yield await exactly(this.reader, CHECKSUM_BYTES);
  }
}

const REPEATED = 1;
const COMPRESSED = 2;
const RESERVED = 3;

async function exactly(reader: ByteReader, count: number): Promise<Buffer> {
  const bytes = await reader.take(count);
  if (bytes.length < count) throw cutOff();
  return bytes;
}

function sizeIn(field: Buffer): number | null {
  if (field.length === 0) return null;
  if (field.length === 1) return field[0]!;
  if (field.length === 2) return field.readUInt16LE() + 256;
  if (field.length === 4) return field.readUInt32LE();
  return Number(field.readBigUInt64LE());
}

function windowIn(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3));
  return base + (base / 8) * (descriptor & 7);
}

function cutOff(): FormatError {
  return damaged('zstd', 'its end is missing');
}

function windowTooLarge(bytes: number): FormatError {
  return new FormatError(
    'FORMAT_LIMIT_EXCEEDED',
    `what is compressed with zstd wants ${bytes} bytes of memory at once, over the limit of ${MAX_WINDOW_BYTES}`,
    {
      hint: 'compress it again, with a window of at most 128 MiB',
      details: { limit: MAX_WINDOW_BYTES },
    },
  );
}
