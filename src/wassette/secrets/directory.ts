// Reads the names of secrets in the secrets directory as Wassette would. Values are skipped, and never leave this room.
import { createHash } from 'node:crypto';
import { constants, type Dirent } from 'node:fs';
import { type FileHandle, open, readdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { sha256Hex } from '../../codec/digest.ts';
import { readToEnd } from '../../disk/durable-file.ts';
import { followPath } from '../../disk/paths/kernel-path.ts';
import type { SecretsStore, StoredSecrets, UnreadSecrets } from '../../plan/stored-secrets.ts';
import { secretNamesIn } from './names.ts';

/** A larger file is hashed, not searched for names; a still larger one is known only by its size and times. */
const MOST_SEARCHED_BYTES = 8 * 1024 * 1024;
const MOST_HASHED_BYTES = 256 * 1024 * 1024;

/** Errors that everybody gets, not only us: there is nothing to read. */
const ABSENT = ['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG'];

/** Which secrets are stored for which component. Never throws: that something cannot be read is an answer. */
export async function readSecrets(secretsDir: string): Promise<SecretsStore> {
  const files = new Map<string, StoredSecrets>();
  let entries: Dirent[];
  try {
    entries = await readdir(secretsDir, { withFileTypes: true });
  } catch (error) {
    return { files, unread: isAbsent(error) ? null : await unreadAt(secretsDir, secretsDir) };
  }
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (!entry.name.endsWith('.yaml')) continue;
    const found = await readSecretsFile(path.join(secretsDir, entry.name), entry);
    if (found !== null) files.set(entry.name.slice(0, -'.yaml'.length), found);
  }
  return { files, unread: null };
}

/** Null when Wassette finds nothing. Links are followed, as in Wassette. */
async function readSecretsFile(file: string, entry: Dirent): Promise<StoredSecrets | null> {
  // What is behind /proc depends on who looks, also whether there is anything.
  if (entry.isSymbolicLink() && followPath(file).ofProcess !== null) return await unreadAt(file);
  try {
    const found = entry.isFile() ? entry : await stat(file);
    if (found.isDirectory() || found.isSocket() || (await isNothing(file, entry))) return null;
    // Opening a pipe would wake whoever waits to write into it.
    if (!found.isFile()) return await unreadAt(file);
    return await namesIn(file);
  } catch (error) {
    return isAbsent(error) ? null : await unreadAt(file);
  }
}

async function namesIn(file: string): Promise<StoredSecrets> {
  const handle = await open(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const opened = await handle.stat();
    if (!opened.isFile() || opened.size > MOST_HASHED_BYTES) return await unreadAt(file);
    if (opened.size > MOST_SEARCHED_BYTES) return { file: path.basename(file), mark: await hashOf(handle) };
    const bytes = await readToEnd(handle, opened.size);
    return secretNamesIn(bytes) ?? { file: path.basename(file), mark: sha256Hex(bytes) };
  } finally {
    await handle.close();
  }
}

async function hashOf(handle: FileHandle): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of handle.createReadStream({ start: 0, autoClose: false })) hash.update(chunk);
  return hash.digest('hex');
}

/** An unread file is known by its path and by when it changed, as far as that can be seen. */
async function unreadAt(place: string, file = path.basename(place)): Promise<UnreadSecrets> {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = await stat(place, { bigint: true });
    return { file, mark: [dev, ino, size, mtimeNs, ctimeNs].join(' ') };
  } catch {
    return { file, mark: 'hidden' };
  }
}

/** Whether it is a link to nothing, which is a way to switch a file off. */
async function isNothing(file: string, entry: Dirent): Promise<boolean> {
  return entry.isSymbolicLink() && (await realpath(file)) === '/dev/null';
}

function isAbsent(error: unknown): boolean {
  return ABSENT.includes((error as NodeJS.ErrnoException).code ?? '');
}
