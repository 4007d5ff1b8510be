// Opens the site: the host and the store that the options of a verb name.

import { fewOf } from '../codec/enumeration.ts';
import { quoted } from '../codec/safe-text.ts';
import { nearest } from '../codec/suggestion.ts';
import type { OnProgress } from '../disk/progress.ts';
import { UsageError } from '../errors.ts';
import { type LocalStore, openLocalStore } from '../places/oci/local-store.ts';
import type { Caller } from '../state/audit/entry.ts';
import { AuditLog } from '../state/audit/log.ts';
import { stateDirectory } from '../state/directory.ts';
import type { ComponentStore } from '../wassette/component-store.ts';
import { Directory } from '../wassette/directory/directory.ts';
import type { HostPaths } from '../wassette/directory/recovery.ts';
import { Host } from '../wassette/host.ts';
import type { LiveWassette } from '../wassette/live/live-wassette.ts';
import { type LocationFlags, resolveLocations } from '../wassette/locations.ts';
import { isTransactionalStore } from '../wassette/receipts/reading.ts';
import { ReceiptStore } from '../wassette/receipts/store.ts';

/** Where this host is, and how to follow or stop a call. */
export interface CommonOptions extends LocationFlags {
  /** Stops the call, which fails with the signal's reason. An import that has begun to change files is not stopped. */
  signal?: AbortSignal | undefined;
  /** Called, often, while code is read, written, compiled or loaded. */
  onProgress?: OnProgress | undefined;
  /**
   * The Wassette that runs on the component directory, where it can be asked: what is said about the directory is held
   * against it, and what is imported runs in it at once.
   */
  live?: LiveWassette | undefined;
  /** Who asks, for the audit log; the library by default. */
  caller?: Caller | undefined;
}

/** How a snapshot or manifest is opened. */
export interface OpenOptions extends CommonOptions {
  /** Real paths of directories: files are read only below these. Code that a manifest names may be in the component directory, too. */
  allowDirs?: readonly string[] | undefined;
  /**
   * Prefixes of places on other machines, such as `oci://registry.example/team`: a reference to another one is refused.
   * Without the list any can be reached, which is for what a person names.
   */
  allowRemote?: readonly string[] | undefined;
  /** Refuses what holds no signatures before anything is fetched for it. Whether a snapshot is signed, the import says. */
  requireSignature?: boolean | undefined;
  /** What starts a one-shot command of a Wassette, whose loader may then fetch what is not on this machine. */
  loader?: readonly string[] | null | undefined;
}

/** Where code is fetched that neither a snapshot nor this host has: where the snapshot says that it can be had. */
export interface FetchOptions {
  /**
   * Prefixes of places on other machines, such as `oci://registry.example/team`, that are asked though they are not on the
   * internet.
   */
  fetchFrom?: readonly string[] | undefined;
  /** False to ask nothing else: a snapshot that an agent can write would otherwise have us ask any address on the internet. */
  fetchElsewhere?: boolean | undefined;
}

/** One host, and the store of snapshots beside it: what the verbs work on. */
export interface Site {
  host: Host;
  store: LocalStore;
}

/** Resolves where this host keeps things, and which kind of component store it has. Writes nothing. */
export async function openSite({
  live,
  caller = { by: 'library' },
  ...flags
}: LocationFlags & Pick<CommonOptions, 'live' | 'caller'>): Promise<Site> {
  const locations = await resolveLocations(flags);
  const state = stateDirectory(locations);
  const log = new AuditLog(state, caller);
  return {
    host: new Host(locations, state, await componentStore({ locations, state, log }, live), log),
    store: openLocalStore(locations.stateDir),
  };
}

async function componentStore(paths: HostPaths, live: LiveWassette | undefined): Promise<ComponentStore> {
  const { componentDir } = paths.locations;
  if (await isTransactionalStore(componentDir)) return new ReceiptStore(componentDir, live);
  return new Directory(paths, live);
}

/**
 * An empty choice is most likely a mistake.
 * @throws UsageError USAGE_BAD_ARGUMENT for an empty list
 */
export function assertChoosesSome(filter: readonly string[] | undefined): void {
  if (filter?.length !== 0) return;
  throw new UsageError('USAGE_BAD_ARGUMENT', 'an empty list of components chooses none', {
    hint: 'name at least one component, or leave the list out for all of them',
  });
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
