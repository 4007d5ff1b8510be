// Options that several verbs share, and how they become a host and a store.

import { fewOf } from '../codec/enumeration.ts';
import { quoted } from '../codec/safe-text.ts';
import { nearest } from '../codec/suggestion.ts';
import { UsageError } from '../errors.ts';
import { type LocalStore, openLocalStore } from '../places/oci/local-store.ts';
import type { WassetteVersion } from '../policy/wassette-versions.ts';
import { Host } from '../wassette/host.ts';
import type { RunningWassette } from '../wassette/live/live-wassette.ts';
import { type LocationFlags, resolveLocations } from '../wassette/locations.ts';

/** Bytes of code done and to do; `total` is fixed from the first report on. */
export type Progress = (doneBytes: number, totalBytes: number) => void;

export interface CommonOptions extends LocationFlags {
  signal?: AbortSignal | undefined;
  onProgress?: Progress | undefined;
  /**
   * The Wassette that runs on the component directory, where it can be asked: what is said about the directory is held
   * against it, and what is imported runs in it at once.
   */
  live?: RunningWassette | undefined;
}

/** Which Wassette runs on the component directory; null where none is asked, or it cannot be told. */
export async function liveVersion({ live, signal }: CommonOptions): Promise<WassetteVersion | null> {
  return (await live?.version(signal)) ?? null;
}

export interface Workplace {
  host: Host;
  store: LocalStore;
}

/** Resolves where this host keeps things. Touches nothing. */
export async function openWorkplace(options: LocationFlags): Promise<Workplace> {
  const locations = await resolveLocations(options);
  return { host: new Host(locations), store: openLocalStore(locations.stateDir) };
}

/** The ids of `filter` in order, or all. @throws UsageError USAGE_UNKNOWN_COMPONENT */
export function chooseIds(
  known: readonly string[],
  filter: readonly string[] | undefined,
  where: string,
): string[] {
  if (filter === undefined) return [...known];
  const present = new Set(known);
  for (const id of filter) {
    if (present.has(id)) continue;
    const close = nearest(id, present);
    throw new UsageError('USAGE_UNKNOWN_COMPONENT', `there is no component ${quoted(id)} in ${where}`, {
      hint: close === null ? `there are: ${fewOf(known.map(quoted))}` : `did you mean ${quoted(close)}?`,
      details: { component_id: quoted(id) },
    });
  }
  return known.filter((id) => filter.includes(id));
}
