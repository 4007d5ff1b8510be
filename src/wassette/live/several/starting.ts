// Before a Wassette is started beside others on one directory.
import { readdir } from 'node:fs/promises';
import type { WassetteVersion } from '../../../policy/wassette-versions.ts';
import type { StateDirectory } from '../../../state/directory.ts';
import { parseFileName } from '../../directory/files.ts';
import { findNeighbours } from '../registry/neighbours.ts';
import { dropNativeCode } from './native-code.ts';

/**
 * Keeps it from writing its native code over that which a Wassette of another version is running, and would crash by.
 * @param version asks for the version of the one that is to start
 */
export async function keepNeighboursRunning(
  { componentDir, ...state }: StateDirectory,
  version: () => Promise<WassetteVersion | null>,
): Promise<void> {
  const neighbours = await findNeighbours({ componentDir, ...state });
  if (neighbours.length === 0) return;
  const made = (await version())?.text ?? null;
  for (const { close } of neighbours) close();
  if (made !== null && neighbours.every(({ introduction }) => introduction.wassette_version === made)) return;
  const names = await readdir(componentDir).catch(() => []);
  const native = names.map(parseFileName).filter((found) => found?.kind === 'cwasm');
  await dropNativeCode(
    componentDir,
    native.map((found) => found!.id),
  );
}
