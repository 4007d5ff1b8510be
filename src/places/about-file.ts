// Names the file in an error about what is in it: its reader knows only the text.
import { safeText } from '../codec/safe-text.ts';
import { type FileRef, pathOf } from '../disk/paths/fence.ts';
import { FormatError, VerificationError } from '../errors.ts';

/** The result of `read`; an error about the content begins with the path. */
export async function aboutFile<T>(file: FileRef, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof FormatError || error instanceof VerificationError)
      error.message = `${safeText(pathOf(file), 4_096)}: ${error.message}`;
    throw error;
  }
}
