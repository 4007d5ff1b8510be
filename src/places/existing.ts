// Opens the existing file where one is to be written: it is replaced only if it is of the same kind.
import type { ReachedFile } from '../disk/paths/fence.ts';
import { StateError, StoreError } from '../errors.ts';

/**
 * The result of `open` for the existing file; null when there is none.
 * @param kind what the file has to be, with an article
 * @throws StoreError STORE_EXISTS where it cannot be opened; any other as `open`
 */
export async function openExisting<T>(
  file: ReachedFile,
  kind: string,
  open: (file: ReachedFile) => Promise<T>,
): Promise<T | null> {
  try {
    return await open(file);
  } catch (error) {
    if (!(error instanceof StateError)) throw error;
    if (error.code === 'STORE_NOT_FOUND') return null;
    if (error instanceof StoreError) throw error;
    throw occupied(file, kind, error);
  }
}

export function occupied(file: ReachedFile, kind: string, cause?: unknown): StoreError {
  return new StoreError('STORE_EXISTS', `${file.path} exists and is not ${kind}, so it is not replaced`, {
    hint: 'choose another file name, or remove the file yourself',
    cause,
  });
}
