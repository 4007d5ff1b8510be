// Opens a JSON snapshot that comes as a stream, compressed or not: any part of it can be read again from a temporary file.
import { UnnamedFile } from '../../disk/unnamed-file.ts';
import type { OpeningOptions, OpenSnapshot } from '../place.ts';
import { openRanges } from './reader.ts';

/**
 * Reads `stream` on its way into the file: what is no snapshot, or larger than one may be, ends at its first fault,
 * however much of it is still to come. The file is gone with the snapshot.
 * @throws FormatError, VerificationError as `openJsonFile`; StoreError STORE_NO_SPACE, STORE_IO; what `stream` throws
 */
export async function openReceived(
  stream: AsyncGenerator<Uint8Array>,
  options: OpeningOptions = {},
): Promise<OpenSnapshot> {
  const received = new Received(stream, await UnnamedFile.make());
  try {
    return await openRanges((start, end) => received.range(start, end), options);
  } finally {
    await stream.return(undefined);
  }
}

/** A stream, of which what has come is in a file. */
class Received {
  #isRead = false;

  constructor(
    private readonly stream: AsyncIterator<Uint8Array>,
    private readonly file: UnnamedFile,
  ) {}

  /** Waits for what has not come, but not once more: after a fault nothing more is taken. */
  async *range(start: number, end = Number.POSITIVE_INFINITY): AsyncGenerator<Buffer> {
    const waits = !this.#isRead;
    this.#isRead ||= end === Number.POSITIVE_INFINITY;
    let at = Math.min(start, this.file.size);
    yield* this.file.read(at, Math.min(end, this.file.size));
    at = this.file.size;
    while (waits && at < end) {
      const { done, value } = await this.stream.next();
      if (done) return;
      await this.file.append(value);
      yield Buffer.from(value.buffer, value.byteOffset, Math.min(value.length, end - at));
      at = this.file.size;
    }
  }
}
