// The names of Wassette's files: the one place that turns a component id into a file name.

import path from 'node:path';
import { FILE_KINDS, type FileDirectory, KINDS, type PlaceOfFile, WITH_CODE } from '../../plan/file-kinds.ts';
import { secretProjection } from '../../snapshot/component-id.ts';

/** Files that Wassette makes again from a component's code: removed with old code, never restored. */
const CACHES = {
  cwasm: { suffix: '.cwasm', ...WITH_CODE },
  toolCache: { suffix: '.metadata.json', ...WITH_CODE },
} as const satisfies Record<string, PlaceOfFile>;
type CacheKind = keyof typeof CACHES;
export const CACHE_KINDS = Object.keys(CACHES) as CacheKind[];

const PLACES = { ...FILE_KINDS, ...CACHES };
export type AnyFileKind = keyof typeof PLACES;
/** Those of files in the component directory. */
export const COMPONENT_KINDS: readonly AnyFileKind[] = [...KINDS, ...CACHE_KINDS].filter(
  (kind) => PLACES[kind].directory === 'componentDir',
);

/** The directories of Wassette's files. */
export type FileLocations = Readonly<Record<FileDirectory, string>>;

export function placeOf(kind: AnyFileKind): (typeof PLACES)[AnyFileKind] {
  return PLACES[kind];
}

export function fileName(id: string, kind: AnyFileKind): string {
  return (kind === 'secrets' ? secretProjection(id) : id) + PLACES[kind].suffix;
}

/** The path of a component's file, whether it exists or not. */
export function pathOf(locations: FileLocations, id: string, kind: AnyFileKind): string {
  return path.join(locations[PLACES[kind].directory], fileName(id, kind));
}

/** The component and kind that a file name stands for; null when it is none of Wassette's in the component directory. */
export function parseFileName(name: string): { id: string; kind: AnyFileKind } | null {
  for (const kind of COMPONENT_KINDS) {
    const { suffix } = PLACES[kind];
    const id = name.slice(0, -suffix.length);
    if (name.endsWith(suffix) && id !== '') return { id, kind };
  }
  return null;
}

/** Files of the newer transactional store, which must never be written in place. */
export function isTransactional(name: string): boolean {
  return name === '.store-state.json' || name.endsWith('.install.json');
}

/** How the names of our probes begin: files put into a component directory to check that a running Wassette sees them. */
export const PROBE_PREFIX = 'wassette-state-probe-';

export function isProbe(id: string): boolean {
  return id.startsWith(PROBE_PREFIX) && /^[0-9a-f]{32}$/.test(id.slice(PROBE_PREFIX.length));
}
