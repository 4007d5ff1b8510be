// This machine as `install` sees it: where a user's files are, and which programs are here.
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import { followPath } from '../../src/disk/paths/kernel-path.ts';
import { isWithin } from '../../src/plan/directory-grants.ts';
import { findWassette } from '../../src/wassette/live/program/installed.ts';
import { programFile } from '../../src/wassette/live/program/search-path.ts';
import { mayBeThere, realPathAsFarAsItExists } from '../../src/wassette/locations.ts';
import { assertInstalled } from '../installed-wassette.ts';
import type { Machine } from './clients.ts';
import type { Programs } from './launch.ts';

export function thisMachine(): Machine {
  return { platform: process.platform, home: homedir(), env: process.env };
}

export function isDirectory(location: string): boolean {
  return followPath(path.resolve(location)).isDirectory;
}

/**
 * The programs that an entry names.
 * @param given the Wassette that a person named
 * @throws StoreError STORE_NO_WASSETTE
 */
export async function findPrograms(machine: Machine, given: string | undefined): Promise<Programs> {
  const named = given === undefined ? undefined : asInShell(given);
  const wassette = await findWassette(machine.env, named);
  assertInstalled(wassette, named);
  return { ...thisProgram(machine), wassette: wassette.file };
}

/** A name that is no file here is looked for on the path, as `doctor` does. */
function asInShell(given: string): string {
  const file = path.resolve(given);
  return path.basename(given) === given && !mayBeThere(file) ? given : file;
}

/** What starts this program again. */
export function thisProgram(machine: Machine): Pick<Programs, 'node' | 'program'> {
  return { node: nodeFile(machine), program: realPathAsFarAsItExists(process.argv[1]!) };
}

/** The node that runs this, by the name that stays the same when it is updated, where that leads to it and lasts. */
function nodeFile({ env }: Machine): string {
  const found = programFile('node', env.PATH ?? '');
  const isThis =
    found !== null && realPathAsFarAsItExists(found) === realPathAsFarAsItExists(process.execPath);
  return isThis && !isPassing(found, env) ? found : process.execPath;
}

/** Whether a file goes with the session or the terminal, such as the folder of links that fnm makes for each shell. */
function isPassing(file: string, { XDG_RUNTIME_DIR }: Machine['env']): boolean {
  const passing = [tmpdir(), '/run/user', ...(XDG_RUNTIME_DIR ? [XDG_RUNTIME_DIR] : [])];
  return passing.some((folder) => isWithin(file, folder)) || /[\\/]fnm_multishells[\\/]/.test(file);
}
