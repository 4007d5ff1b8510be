// Errors of the operating system, as errors of ours that say what was being done.
import { StateError, StoreError } from '../errors.ts';

/** Turns a system error into a StoreError; errors of ours and bugs pass unchanged. */
export function storeErrorFrom(error: unknown, doing: string): unknown {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  if (error instanceof StateError || typeof code !== 'string' || !/^E[A-Z0-9]+$/.test(code)) return error;
  const extras = { cause: error, details: { system_code: code } };
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    const why = code === 'ENOENT' ? 'it does not exist' : 'something in its path is not a directory';
    return new StoreError('STORE_NOT_FOUND', `cannot ${doing}: ${why}`, {
      ...extras,
      hint: 'check the path',
    });
  }
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    return new StoreError('STORE_DENIED', `cannot ${doing}: permission denied (${code})`, {
      ...extras,
      hint: 'run as the user who owns the directory, or correct its permissions',
    });
  }
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG') {
    return new StoreError('STORE_NO_SPACE', `cannot ${doing}: no space left (${code})`, {
      ...extras,
      hint: 'free some space and try again; nothing was changed',
    });
  }
  if (code === 'ELOOP' || code === 'EISDIR') {
    return new StoreError('STORE_UNSAFE_FILE', `cannot ${doing}: not a regular file (${code})`, {
      ...extras,
      hint: 'symbolic links and directories are not followed here',
    });
  }
  return new StoreError('STORE_IO', `cannot ${doing}: ${code}`, { ...extras, hint: 'try again' });
}

/** Runs `work`; a system error in it becomes a StoreError that says what was being done. */
export async function whileDoing<T>(doing: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw storeErrorFrom(error, doing);
  }
}
