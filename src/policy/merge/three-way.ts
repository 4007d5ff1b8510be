// The rule of every three-way merge: what one side alone changed is taken, and what both changed must be alike.
import { isDeepStrictEqual } from 'node:util';

export type Side = 'ours' | 'theirs';

/** One thing as it was, and as each side has it; undefined where it is not there. */
export interface Sides<T> {
  base: T | undefined;
  ours: T | undefined;
  theirs: T | undefined;
}

/** Which side has what is to be taken, `ours` where both have the same; null for a conflict. */
export function sideToTake<T>({ base, ours, theirs }: Sides<T>): Side | null {
  if (isDeepStrictEqual(ours, theirs) || isDeepStrictEqual(base, theirs)) return 'ours';
  return isDeepStrictEqual(base, ours) ? 'theirs' : null;
}

/** The values of three maps, one key after the other. */
export function* sidesOf<T>(maps: {
  base: ReadonlyMap<string, T>;
  ours: ReadonlyMap<string, T>;
  theirs: ReadonlyMap<string, T>;
}): Generator<[key: string, sides: Sides<T>]> {
  for (const key of new Set([...maps.ours.keys(), ...maps.theirs.keys(), ...maps.base.keys()]))
    yield [key, { base: maps.base.get(key), ours: maps.ours.get(key), theirs: maps.theirs.get(key) }];
}
