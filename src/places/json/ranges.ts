// The bytes of a JSON file, from any place to any other; the file must stay the same.
import type { BigIntStats } from 'node:fs';
import type { TransferOptions } from '../../disk/blobs/blob.ts';
import { FileChunks } from '../../disk/blobs/file-bytes.ts';
import { isSameFile, lookAt, openRegularFile } from '../../disk/durable-file.ts';
import { type FileRef, pathOf } from '../../disk/paths/fence.ts';
import { StoreError } from '../../errors.ts';

const CHUNK_BYTES = 512 * 1024;

/** Reads the bytes from `start` to before `end`; without `end` all. A chunk is only valid until the next. */
export type RangeReader = (start: number, end?: number) => AsyncIterable<Buffer>;

/** Ranges of one file. Progress is reported for the first reading of all of it. */
export function rangesOf(file: FileRef, onProgress?: TransferOptions['onProgress']): RangeReader {
  const name = pathOf(file);
  let first: BigIntStats | undefined;
  let wasReported = false;
  return async function* (start, end) {
    const { handle, stat } = await openRegularFile(file);
    first ??= stat;
    if (!isSameFile(first, stat)) {
      await handle.close();
      throw changed(name);
    }
    const isReported = end === undefined && !wasReported;
    wasReported ||= isReported;
    const size = Number(stat.size);
    let done = 0;
    for await (const chunk of new FileChunks(name, handle, start, end ?? size, CHUNK_BYTES)) {
      yield chunk;
      done += chunk.length;
      if (isReported) onProgress?.({ doing: 'opening', component: null, fraction: done / size });
    }
    const now = await lookAt(file).catch(() => undefined);
    if (!isSameFile(first, now)) throw changed(name);
  };
}

function changed(file: string): StoreError {
  return new StoreError('STORE_CHANGING', `${file} changed while it was being read`, {
    hint: 'nothing was taken from it; try again when nobody writes it',
  });
}
