// The files and folders that can stand at the cursor, for a shell whose own list of them needs words without quotes.
import { readdir, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { showInvisible } from '../../../src/errors.ts';

/** As they were typed so far; a folder ends with a slash. Nothing where the folder cannot be read. */
export async function pathsAt(typed: string, which: 'files' | 'dirs'): Promise<string[]> {
  const folder = typed.slice(0, typed.lastIndexOf('/') + 1);
  const beginning = typed.slice(folder.length);
  const where = expanded(folder) || '.';
  const found = await readdir(where, { withFileTypes: true }).catch(() => []);
  const fitting = found.filter(({ name }) => isOffered(name, beginning));
  const paths = await Promise.all(
    fitting.map(async (entry) => {
      const isFolder = entry.isDirectory() || (entry.isSymbolicLink() && (await leadsToFolder(where, entry)));
      if (isFolder) return `${folder}${entry.name}/`;
      return which === 'dirs' ? null : `${folder}${entry.name}`;
    }),
  );
  const up = beginning === '..' ? [`${folder}../`] : [];
  return [...up, ...paths.filter((each) => each !== null)].sort();
}

/** What a shell makes of `~` at the beginning of a word, and of variables in it. Whether that was quoted is not asked. */
export function expanded(word: string): string {
  return word
    .replace(/^~(?=\/|$)/, () => homedir())
    .replaceAll(/\$(?:(\w+)|\{(\w+)\})/g, (all, plain, inBraces) => process.env[plain ?? inBraces] ?? all);
}

/** Hidden ones are asked for by their dot; a name that a terminal cannot show cannot be chosen. */
function isOffered(name: string, beginning: string): boolean {
  const isHidden = name.startsWith('.') && !beginning.startsWith('.');
  return name.startsWith(beginning) && !isHidden && showInvisible(name) === name;
}

async function leadsToFolder(folder: string, { name }: { name: string }): Promise<boolean> {
  return stat(path.join(folder, name)).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
