// The names of Wassette's files: the one place that turns a component id into a file name.

export const FILE_KINDS = ['wasm', 'policy', 'policyMeta', 'metadata', 'cwasm'] as const;
export type FileKind = (typeof FILE_KINDS)[number];

/** The files an import restores, with the bytes that decide what runs. */
export type RestoredKind = 'wasm' | 'policy' | 'policyMeta';

const SUFFIX: Record<FileKind, string> = {
  wasm: '.wasm',
  policy: '.policy.yaml',
  policyMeta: '.policy.meta.json',
  metadata: '.metadata.json',
  cwasm: '.cwasm',
};

/** Our own folder inside a component directory; Wassette reads only top-level files. */
export const OWN_FOLDER = '.wassette-state';

export function fileName(id: string, kind: FileKind): string {
  return id + SUFFIX[kind];
}

/** The component and kind a file name stands for, or null for a file that is none of Wassette's. */
export function parseFileName(name: string): { id: string; kind: FileKind } | null {
  for (const kind of FILE_KINDS) {
    const id = name.slice(0, -SUFFIX[kind].length);
    if (name.endsWith(SUFFIX[kind]) && id !== '') return { id, kind };
  }
  return null;
}

/** Files of the newer transactional store, which must never be written in place. */
export function isTransactional(name: string): boolean {
  return name === '.store-state.json' || name.endsWith('.install.json');
}

/** What we put into a component directory for a moment, to see whether a running Wassette sees it. */
export const PROBE_PREFIX = 'wassette-state-probe-';

export function isProbe(id: string): boolean {
  return id.startsWith(PROBE_PREFIX) && /^[0-9a-f]{32}$/.test(id.slice(PROBE_PREFIX.length));
}
