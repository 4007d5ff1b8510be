// Reads everything that a plan needs to know about a host.
import type { BlobName } from '../codec/blob-name.ts';
import { safeText } from '../codec/safe-text.ts';
import { followPath, seenFrom } from '../disk/paths/kernel-path.ts';
import { type Mount, readMounts } from '../disk/paths/mounts.ts';
import { type GrantedDirectory, storageUrisOf, writtenPath } from '../plan/directory-grants.ts';
import type { TargetState } from '../plan/target.ts';
import { cachedToolNames } from '../snapshot/tool-cache.ts';
import type { HostComponent, HostFile } from './directory/component-files.ts';
import type { Host } from './host.ts';

/** @param comingUris storage URIs of the incoming policies @returns with the files as they were found */
export async function readTargetState(
  host: Host,
  comingUris: Iterable<string>,
  signal?: AbortSignal,
): Promise<TargetState & { found: readonly HostComponent[] }> {
  const components = await readAll(host, signal);
  const surroundings = await host.components.surroundings(signal);
  const present = components.map((component) => host.rightsOf(component));
  return {
    found: components,
    path: host.componentDir,
    protectedDirs: host.protectedDirs(surroundings.secretsDirs),
    components: components.map((component, i) => ({
      component_id: component.component_id,
      artifact: component.artifact,
      policy: component.policy && { ...stateOf(component.policy), rights: present[i]! },
      policyMeta: component.policyMeta && stateOf(component.policyMeta),
      toolNames: cachedToolNames(component.toolCache?.bytes),
    })),
    secrets: await host.secrets(surroundings.secretsDirs),
    otherSecretsDirs: [...new Set(surroundings.secretsDirs)].filter(
      (directory) => directory !== host.locations.secretsDir,
    ),
    withoutPolicy: surroundings.withoutPolicy,
    environment:
      surroundings.environment && new Set([...host.locations.environment, ...surroundings.environment]),
    caveats: [...surroundings.caveats, ...(host.exists() ? [] : [willBeMade(host)])],
    obstacle: surroundings.obstacle,
    directories: resolveDirectories([...comingUris, ...present.flatMap(storageUrisOf)], host.componentDir),
  };
}

/** A directory that is not there is more often a typing mistake than intended. */
function willBeMade({ componentDir }: Host): string {
  return `there is no directory ${safeText(componentDir, 4_096)} yet: it is made`;
}

async function readAll(host: Host, signal?: AbortSignal): Promise<HostComponent[]> {
  const { installed, orphans, unloadable } = await host.components.list();
  // Whatever is in the place of a component's code is refused when it is read.
  const inTheWay = unloadable.flatMap(({ id }) => id ?? []);
  return host.components.read([...new Set([...installed, ...inTheWay, ...orphans])], signal);
}

/** What `uris` open for a Wassette with this component directory; URIs that open nothing are left out. */
export function resolveDirectories(
  uris: Iterable<string>,
  componentDir: string,
): Map<string, GrantedDirectory> {
  const resolved = new Map<string, GrantedDirectory>();
  let mounts: readonly Mount[] | undefined;
  for (const uri of uris) {
    const written = writtenPath(uri);
    if (written === null || resolved.has(uri)) continue;
    mounts ??= readMounts();
    const { real, isDirectory, ofProcess, hidden } = followPath(seenFrom(componentDir, written), mounts);
    // What this process finds behind such a place says nothing about what Wassette finds there.
    const seen = ofProcess === null ? { real, exists: isDirectory } : { real: ofProcess, exists: true };
    resolved.set(uri, { uri, written, ...seen, ofProcess, hidden });
  }
  return resolved;
}

function stateOf({ sha256, size }: HostFile): BlobName {
  return { sha256, size };
}
