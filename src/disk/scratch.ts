// Temporary directories for work whose files nobody keeps. What a killed process left behind is removed at the next start.
import { lstat, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { quoted } from '../codec/safe-text.ts';
import { readSmallFile } from './durable-file.ts';
import { currentOwner, isAlive, ProcessOwnerSchema } from './process-owner.ts';
import { whileDoing } from './system-error.ts';

/** How names of temporary files and directories of ours begin. */
export const SCRATCH_PREFIX = 'wassette-state-scratch-';
const OWNER = 'owner.json';
/** Far longer than any work takes: it is dead also where its process cannot be seen, as of a container that is gone. */
const MOST_MS = 24 * 60 * 60_000;
/** A new directory has no owner's name for a moment, so only one that stays nameless for long is dead. */
const NAMELESS_MS = 60 * 60_000;

/**
 * Runs `work` with an empty directory, which is removed afterwards.
 * @param within where it is made; in the temporary directory components can be allowed to write
 */
export async function inScratch<T>(
  work: (directory: string) => Promise<T>,
  within: string = tmpdir(),
): Promise<T> {
  await clearDeadScratch(within);
  const scratch = await whileDoing(`make a directory in ${quoted(within)}`, async () => {
    await mkdir(within, { recursive: true, mode: 0o700 });
    const made = await mkdtemp(path.join(within, SCRATCH_PREFIX));
    await writeFile(path.join(made, OWNER), JSON.stringify(currentOwner()), { mode: 0o600 });
    return made;
  });
  try {
    return await work(scratch);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Removes directories of ours whose process is gone; what cannot be removed stays. */
export async function clearDeadScratch(within: string = tmpdir()): Promise<void> {
  const names = await readdir(within).catch(() => []);
  for (const name of names.filter((each) => each.startsWith(SCRATCH_PREFIX))) {
    const directory = path.join(within, name);
    if (await isDead(directory)) await rm(directory, { recursive: true, force: true }).catch(() => undefined);
  }
}

/** Anybody who can write in the temporary directory can make one with such a name: only our own counts. */
async function isDead(directory: string): Promise<boolean> {
  const found = await lstat(directory).catch(() => null);
  if (!found?.isDirectory() || found.uid !== process.geteuid?.()) return false;
  const age = Date.now() - found.mtimeMs;
  try {
    const text = (await readSmallFile(path.join(directory, OWNER), 4096)).toString('utf8');
    return age > MOST_MS || !isAlive(ProcessOwnerSchema.parse(JSON.parse(text)));
  } catch {
    return age > NAMELESS_MS;
  }
}
