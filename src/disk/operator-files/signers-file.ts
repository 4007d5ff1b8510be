// The file that lists accepted signers, which people keep by hand and `trust` changes.
import path from 'node:path';
import { utf8Text } from '../../codec/utf8.ts';
import { FormatError, StoreError } from '../../errors.ts';
import { lookAt, makeDirectoryDurably, readSmallFile, writeDurably } from '../durable-file.ts';

const MOST_BYTES = 1024 * 1024;
const ANYBODY_MAY_WRITE = 0o002n;

/**
 * Its text; null where it may be missing and is.
 * @throws StoreError STORE_NOT_FOUND, STORE_UNSAFE_FILE where it is no file, or everybody may write it, STORE_DENIED
 * @throws FormatError FORMAT_INVALID_SIGNERS where it is no text, FORMAT_LIMIT_EXCEEDED
 */
export async function readSignersFile(
  file: string,
  { mayBeMissing }: { mayBeMissing: boolean },
): Promise<string | null> {
  try {
    const { mode } = await lookAt(file);
    if (process.platform !== 'win32' && (mode & ANYBODY_MAY_WRITE) !== 0n) throw writableByAll(file);
    const text = utf8Text(await readSmallFile(file, MOST_BYTES));
    if (text !== undefined) return text;
  } catch (error) {
    if (mayBeMissing && error instanceof StoreError && error.code === 'STORE_NOT_FOUND') return null;
    throw error;
  }
  throw new FormatError('FORMAT_INVALID_SIGNERS', `${file} is not text in UTF-8`, {
    hint: 'name a file with a line for each accepted signer',
  });
}

/**
 * Has `change` make another text of it, and writes that; nothing where it gives null.
 * @throws StoreError STORE_CHANGING where somebody else changed it meanwhile; as `readSignersFile`
 */
export async function changeSignersFile(
  file: string,
  change: (text: string) => Promise<string | null>,
): Promise<void> {
  const before = await lookAt(file).catch(() => null);
  const text = await change((await readSignersFile(file, { mayBeMissing: true })) ?? '');
  if (text === null) return;
  await makeDirectoryDurably(path.dirname(path.resolve(file)));
  const written = await writeDurably(file, [Buffer.from(text, 'utf8')], {
    replace: before ?? false,
    mode: before === null ? 0o644 : Number(before.mode & 0o777n),
  });
  if (written !== null) return;
  throw new StoreError('STORE_CHANGING', `${file} was changed by another program meanwhile`, {
    hint: 'try again',
  });
}

function writableByAll(file: string): StoreError {
  return new StoreError('STORE_UNSAFE_FILE', `${file} can be written by everybody`, {
    hint: 'take the permission away (chmod o-w): whoever writes it decides whose signatures count',
  });
}
