// Reads the file of a key or passphrase, which somebody made with another program. Nothing of it is ever quoted.
import { StoreError } from '../../errors.ts';
import { lookAt, readSmallFile } from '../durable-file.ts';

const MOST_BYTES = 64 * 1024;
const OTHERS_MAY_READ = 0o044n;

/**
 * The bytes of a regular file; one that is `private` must be readable by its owner alone.
 * @throws StoreError STORE_NOT_FOUND, STORE_UNSAFE_FILE, STORE_DENIED; FormatError FORMAT_LIMIT_EXCEEDED
 */
export async function readKeyFile(path: string, kind: 'public' | 'private'): Promise<Buffer> {
  if (kind === 'private') await assertOwnersAlone(path);
  return readSmallFile(path, MOST_BYTES);
}

async function assertOwnersAlone(path: string): Promise<void> {
  const found = await lookAt(path);
  const { mode } = found;
  // What is read says why a link or a pipe is refused: its own permissions mean something else, or nothing.
  if (process.platform === 'win32' || !found.isFile() || (mode & OTHERS_MAY_READ) === 0n) return;
  throw new StoreError('STORE_UNSAFE_FILE', `${path} can be read by others than its owner`, {
    hint: 'take the permission away (chmod 600), or put the key where only you can read it',
  });
}
