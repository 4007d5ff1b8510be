// Directories for work whose results nobody keeps. One that a killed process left behind goes with the next start.
import { lstat, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readSmallFile } from './durable-file.ts';
import { currentOwner, isAlive, ProcessOwnerSchema } from './process-owner.ts';
import { whileDoing } from './system-error.ts';

const PREFIX = 'wassette-state-scratch-';
const OWNER = 'owner.json';
/** Between the making of a directory and the naming of its owner lies a moment. */
const NAMELESS_MS = 60 * 60_000;

/** Runs `work` with an empty directory, which is removed afterwards. */
export async function inScratch<T>(work: (directory: string) => Promise<T>): Promise<T> {
  await clearDeadScratch();
  const scratch = await whileDoing('make a scratch directory', async () => {
    const made = await mkdtemp(path.join(tmpdir(), PREFIX));
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
export async function clearDeadScratch(): Promise<void> {
  const names = await readdir(tmpdir()).catch(() => []);
  for (const name of names.filter((each) => each.startsWith(PREFIX))) {
    const directory = path.join(tmpdir(), name);
    if (await isDead(directory)) await rm(directory, { recursive: true, force: true }).catch(() => undefined);
  }
}

/** Whoever may write in the temporary directory can make one of that name: only our own counts. */
async function isDead(directory: string): Promise<boolean> {
  const found = await lstat(directory).catch(() => null);
  if (!found?.isDirectory() || found.uid !== process.geteuid?.()) return false;
  try {
    const text = (await readSmallFile(path.join(directory, OWNER), 4096)).toString('utf8');
    return !isAlive(ProcessOwnerSchema.parse(JSON.parse(text)));
  } catch {
    return Date.now() - found.mtimeMs > NAMELESS_MS;
  }
}
