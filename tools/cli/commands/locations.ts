// The options that every command has.
import type { Caller } from '../../../src/state/audit/entry.ts';
import type { LocationFlags } from '../../../src/wassette/locations.ts';

export interface LocationOptions {
  componentDir?: string;
  secretsDir?: string;
  stateDir?: string;
  /** Of commands that import. */
  policy?: string;
  json?: boolean;
}

/** Picks them by name for the library, with who asks, so that a new option of a command does not silently become one of the library. */
export function locationsIn({
  componentDir,
  secretsDir,
  stateDir,
  policy,
}: LocationOptions): LocationFlags & { caller: Caller } {
  return { componentDir, secretsDir, stateDir, policyFile: policy, caller: { by: 'command-line' } };
}
