// The files that a person names by one path: a file, or a directory with `.json` files.
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { safeText } from '../codec/safe-text.ts';
import { FormatError, StoreError } from '../errors.ts';
import { whileDoing } from './system-error.ts';

/**
 * In the order of their names. What else is in a directory is passed over.
 * @throws StoreError STORE_NOT_FOUND, STORE_DENIED; FormatError FORMAT_LIMIT_EXCEEDED for more than `most`
 */
export async function jsonFilesAt(
  location: string,
  most: number,
): Promise<{ files: string[]; isFolder: boolean }> {
  const names = await whileDoing(`read ${location}`, () => namesIn(location));
  if (names === 'missing') {
    throw new StoreError('STORE_NOT_FOUND', `there is no ${safeText(location, 4_096)}`, {
      hint: 'name a file, or a directory with .json files',
    });
  }
  if (names === 'no directory') return { files: [location], isFolder: false };
  const files = names.filter((name) => name.endsWith('.json')).sort();
  if (files.length <= most) return { files: files.map((name) => path.join(location, name)), isFolder: true };
  throw new FormatError('FORMAT_LIMIT_EXCEEDED', `${location} has more than ${most} .json files`, {
    hint: 'remove those that nobody needs any more',
    details: { limit: most },
  });
}

async function namesIn(location: string): Promise<string[] | 'missing' | 'no directory'> {
  try {
    return await readdir(location);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOTDIR') return 'no directory';
    if (code === 'ENOENT') return 'missing';
    throw error;
  }
}
