// A Wassette beside others on one directory: before it starts, and before it loads what others may be running.
import { readdir } from 'node:fs/promises';
import type { WassetteVersion } from '../../../policy/wassette-versions.ts';
import type { StateDirectory } from '../../../state/directory.ts';
import { parseFileName } from '../../directory/files.ts';
import { findNeighbours } from '../registry/neighbours.ts';
import { dropNativeCode } from './native-code.ts';

/** Asks for the version of one of them; null when it is unknown. */
type AskVersion = () => Promise<WassetteVersion | null>;

/**
 * Keeps one that is to start from writing its native code over that which another version is running, and crashes by.
 * @param ids what it is to load, where it runs already
 */
export async function keepNeighboursRunning(
  state: StateDirectory,
  version: AskVersion,
  ids?: readonly string[],
): Promise<void> {
  if (!(await hasOtherNeighbours(state, version))) return;
  await dropNativeCode(state.componentDir, ids ?? (await compiledIn(state)));
}

async function compiledIn({ componentDir }: StateDirectory): Promise<string[]> {
  const names = await readdir(componentDir).catch(() => []);
  const native = names.map(parseFileName).filter((found) => found?.kind === 'cwasm');
  return native.map((found) => found!.id);
}

/** Whether one runs beside it that may be of another version. */
export async function hasOtherNeighbours(state: StateDirectory, version: AskVersion): Promise<boolean> {
  const neighbours = await findNeighbours(state);
  for (const { close } of neighbours) close();
  if (neighbours.length === 0) return false;
  const made = (await version())?.text ?? null;
  return made === null || neighbours.some(({ introduction }) => introduction.wassette_version !== made);
}
