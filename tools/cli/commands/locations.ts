// Options that every command has.
import type { LocationFlags } from '../../../src/wassette/locations.ts';

export interface LocationOptions {
  componentDir?: string;
  secretsDir?: string;
  stateDir?: string;
  json?: boolean;
}

/** For the library, which is given single options by name: a new one of a command is not one of the library unsaid. */
export function locationsIn({ componentDir, secretsDir, stateDir }: LocationOptions): LocationFlags {
  return { componentDir, secretsDir, stateDir };
}
