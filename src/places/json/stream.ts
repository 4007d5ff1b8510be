// Keeps a snapshot that comes as a stream, compressed or not, in a file, where every part of it can be read again.
import { open } from 'node:fs/promises';
import { inflated, recognized } from '../../codec/compression/streams.ts';
import { MAX_INFLATED_BYTES } from '../../codec/limits.ts';
import { readFileBytes } from '../../disk/blobs/file-bytes.ts';
import { writeAll } from '../../disk/durable-file.ts';
import { whileDoing } from '../../disk/system-error.ts';
import { aboutFile } from '../about-file.ts';
import { readTree } from './reader.ts';

/**
 * Writes `stream` to the new file `file`, for nobody but its owner. It is read on its way: what is no snapshot, or larger
 * than one may be, ends at its first fault, however much of it is still to come.
 * @throws FormatError as `openJsonFile`; StoreError STORE_NO_SPACE, STORE_DENIED, STORE_IO; what `stream` throws
 */
export async function keepJsonStream(
  stream: AsyncIterable<Uint8Array>,
  file: string,
  signal?: AbortSignal,
): Promise<void> {
  const doing = `write ${file}`;
  const handle = await whileDoing(doing, () => open(file, 'wx', 0o600));
  let isTaken = false;
  try {
    const kept = async function* () {
      for await (const chunk of stream) {
        await whileDoing(doing, () => writeAll(handle, chunk));
        yield chunk;
      }
    };
    const read = async function* () {
      const bytes = isTaken ? readFileBytes(file) : kept();
      isTaken = true;
      const found = await recognized(bytes);
      yield* found.codec === null ? found.bytes : inflated(found.bytes, found.codec, MAX_INFLATED_BYTES);
    };
    await aboutFile(file, () => readTree(read, signal));
  } finally {
    await handle.close();
  }
}
