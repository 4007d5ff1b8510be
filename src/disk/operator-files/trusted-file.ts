// Reads a file that decides for others what they may do: only where nobody but this user and root could have written it.
import { lstat, realpath } from 'node:fs/promises';
import path from 'node:path';
import { FormatError, StoreError } from '../../errors.ts';
import { openRegularFile, readToEnd } from '../durable-file.ts';
import { whileDoing } from '../system-error.ts';

interface Ownership {
  mode: number;
  uid: number;
}

const ROOT = 0;
const BY_OTHERS = 0o022;
const STICKY = 0o1000;

/**
 * Links are followed to the file itself.
 * @throws StoreError STORE_NOT_FOUND, STORE_UNTRUSTED_FILE, STORE_UNSAFE_FILE, STORE_DENIED; FormatError
 * FORMAT_LIMIT_EXCEEDED
 */
export async function readTrustedFile(
  location: string,
  maxBytes: number,
): Promise<{ path: string; bytes: Uint8Array }> {
  const file = await whileDoing(`read ${location}`, () => realpath(location));
  const folder = path.dirname(file);
  assertTrusted(folder, await whileDoing(`look at ${folder}`, () => lstat(folder)));
  const { handle, stat } = await openRegularFile(file);
  try {
    assertTrusted(file, { mode: Number(stat.mode), uid: Number(stat.uid) });
    if (stat.size > maxBytes) {
      throw new FormatError(
        'FORMAT_LIMIT_EXCEEDED',
        `${file}: ${stat.size} bytes are over the limit of ${maxBytes}`,
        {
          hint: 'shorten it',
          details: { limit: maxBytes },
        },
      );
    }
    return {
      path: file,
      bytes: await whileDoing(`read ${file}`, () => readToEnd(handle, Number(stat.size))),
    };
  } finally {
    await handle.close();
  }
}

/** Others may make files in a folder with the sticky bit, but neither remove nor replace ours. Windows has no such modes. */
function assertTrusted(place: string, { mode, uid }: Ownership): void {
  const own = process.getuid?.();
  if (own === undefined) return;
  if (uid !== own && uid !== ROOT) throw untrusted(place, `belongs to another user (uid ${uid})`, 'chown');
  if ((mode & BY_OTHERS) !== 0 && (mode & STICKY) === 0)
    throw untrusted(place, 'can be written by other users', 'chmod go-w');
}

function untrusted(place: string, why: string, remedy: string): StoreError {
  return new StoreError('STORE_UNTRUSTED_FILE', `${place} ${why}`, {
    hint: `what is read there decides what agents may do: ${remedy} it, or keep the file elsewhere`,
    details: { path: place },
  });
}
