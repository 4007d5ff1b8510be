// Looks for the Wassette that is installed here, and asks it whether it is one.
import type { WassetteVersion } from '../../../policy/wassette-versions.ts';
import { programFile } from './search-path.ts';
import { askVersion } from './version.ts';

export type InstalledWassette =
  | { kind: 'found'; file: string; version: WassetteVersion }
  /** Nothing of that name can be started. */
  | { kind: 'missing' }
  /** It does not answer `--version` as Wassette does, in time. */
  | { kind: 'not-wassette'; file: string };

/** @param program a path, or a name that is looked for as a shell does */
export async function findWassette(
  env: Readonly<Record<string, string | undefined>>,
  program = 'wassette',
): Promise<InstalledWassette> {
  const file = programFile(program, env.PATH ?? '');
  if (file === null) return { kind: 'missing' };
  const version = await askVersion([file], env);
  return version === null ? { kind: 'not-wassette', file } : { kind: 'found', file, version };
}
