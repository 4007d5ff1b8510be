// A review as a page, in a file that only its user can read: what a plan allows is nobody else's business.
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { quoted } from '../codec/safe-text.ts';
import { assertDirectoryOf, readSmallFile, writeDurably } from '../disk/durable-file.ts';
import { type ReachedFile, reaching } from '../disk/paths/fence.ts';
import { whileDoing } from '../disk/system-error.ts';
import { occupied, openExisting } from './existing.ts';

const A_PAGE = 'such a page';
const MAX_BYTES = 64 * 1024 * 1024;
/** Of a file that is looked at. */
const HEAD_BYTES = 256;

/**
 * @param mark what is at the beginning of every such page: only one that has it is replaced
 * @throws StoreError STORE_NOT_FOUND, STORE_EXISTS, STORE_UNSAFE_FILE, STORE_DENIED, STORE_NO_SPACE
 */
export async function writePageFile(file: string, page: string, mark: string): Promise<void> {
  await assertDirectoryOf(file);
  await reaching(file, async (reached) => {
    const replace = await isThere(reached, mark);
    if ((await writeDurably(reached, [Buffer.from(page)], { replace })) === null)
      throw occupied(reached, A_PAGE);
  });
}

/** A file for a page in a new folder of its own, which the system clears away as it does with temporary files. */
export async function newPageFile(): Promise<string> {
  const within = tmpdir();
  const folder = await whileDoing(`make a directory in ${quoted(within)}`, () =>
    mkdtemp(path.join(within, 'wassette-state-review-')),
  );
  return path.join(folder, 'review.html');
}

async function isThere(file: ReachedFile, mark: string): Promise<boolean> {
  const found = await openExisting(file, A_PAGE, (reached) => readSmallFile(reached, MAX_BYTES));
  if (found !== null && !found.subarray(0, HEAD_BYTES).includes(mark)) throw occupied(file, A_PAGE);
  return found !== null;
}
