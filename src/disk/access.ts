// Asks in advance whether this user may write, without trying it.
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import path from 'node:path';
import { whileDoing } from './system-error.ts';

/**
 * Whether files can be made in `directory`, or the directory itself where it does not exist yet.
 * @throws StoreError STORE_DENIED, STORE_NOT_FOUND where something in its path is no directory
 */
export async function assertWritable(directory: string): Promise<void> {
  await whileDoing(`write in ${directory}`, async () => {
    for (let at = directory; ; at = path.dirname(at)) {
      try {
        return await access(at, constants.W_OK | constants.X_OK);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || at === path.dirname(at)) throw error;
      }
    }
  });
}
