// Keeps a snapshot that comes as a stream in a file, where every part of it can be read again.
import { open } from 'node:fs/promises';
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
    const read = async function* () {
      if (isTaken) return yield* readFileBytes(file);
      isTaken = true;
      for await (const chunk of stream) {
        await whileDoing(doing, () => writeAll(handle, chunk));
        yield chunk;
      }
    };
    await aboutFile(file, () => readTree(read, signal));
  } finally {
    await handle.close();
  }
}
