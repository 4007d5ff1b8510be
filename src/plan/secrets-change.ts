// What an import does to the secrets of a component: names and the file, never values.
import type { FileChange } from './file-kinds.ts';

/** By name; each list is sorted. */
export interface SecretNamesChange {
  /** Not stored here before. */
  added: readonly string[];
  /** Stored here with another value. */
  replaced: readonly string[];
  /** Stored here, and not any more. */
  removed: readonly string[];
}

export interface SecretsChange extends SecretNamesChange {
  file: FileChange;
}

/** What differs between the secrets of a component before and after. */
export function namesChanged(
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): SecretNamesChange {
  return {
    added: [...after.keys()].filter((name) => !before.has(name)).sort(),
    replaced: [...after]
      .flatMap(([name, value]) => (before.has(name) && before.get(name) !== value ? name : []))
      .sort(),
    removed: [...before.keys()].filter((name) => !after.has(name)).sort(),
  };
}
