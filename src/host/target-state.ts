// What a plan needs to know about a host, read in one go.
import { statSync } from 'node:fs';
import { type GrantedDirectory, grantedPath, storageUris } from '../model/directory-grants.ts';
import { type Rights, rightsIn } from '../model/policy.ts';
import type { FileState, ServedStore, TargetState } from '../model/target.ts';
import type { HostComponent, HostFile } from './component-directory.ts';
import type { Host } from './host.ts';
import { realPathAsFarAsItExists } from './locations.ts';
import { servedFile } from './served-install.ts';
import { toolNamesIn } from './tool-metadata.ts';
import { readTransactionalStore, type StoreReading } from './transactional-store.ts';

/**
 * @param comingUris storage URIs of the policies that would come
 * @param keeping ids of components whose policy here would stay
 */
export async function readTargetState(
  host: Host,
  comingUris: Iterable<string>,
  keeping: ReadonlySet<string>,
  signal?: AbortSignal,
): Promise<TargetState> {
  const store = (await host.isServed()) ? await readTransactionalStore(host.componentDir, { signal }) : null;
  const components = store?.installed ?? (await readFlat(host, signal));
  const kept = components.filter(({ component_id }) => keeping.has(component_id));
  const keptUris = kept.map(rightsOf).flatMap(storageUrisOf);
  return {
    path: host.componentDir,
    protectedDirs: host.protectedDirs(),
    components: components.map((component) => ({
      component_id: component.component_id,
      artifact: component.artifact,
      policy: component.policy && { ...stateOf(component.policy), rights: rightsOf(component) },
      policyMeta: component.policyMeta && stateOf(component.policyMeta),
      toolNames: toolNamesIn(component.metadata?.bytes),
    })),
    secrets: await host.secretNames(),
    environment: host.locations.environment,
    directories: resolveDirectories([...comingUris, ...keptUris], host.componentDir),
    served: store && servedStore(host, store),
  };
}

async function readFlat(host: Host, signal?: AbortSignal): Promise<HostComponent[]> {
  const { installed, orphans } = await host.list();
  return host.inspect([...installed, ...orphans], signal);
}

function servedStore(host: Host, { installed, reserved }: StoreReading): ServedStore {
  const ids = installed
    .filter(({ component_id, sourceFile }) => sourceFile === servedFile(host, component_id))
    .map(({ component_id }) => component_id);
  return { reserved, replaceable: new Set(ids) };
}

function resolveDirectories(uris: Iterable<string>, componentDir: string): Map<string, GrantedDirectory> {
  const resolved = new Map<string, GrantedDirectory>();
  for (const uri of uris) {
    const lexical = grantedPath(uri, componentDir);
    if (lexical === null) continue;
    const real = realPathAsFarAsItExists(lexical);
    resolved.set(uri, {
      uri,
      path: lexical,
      real,
      exists: statSync(real, { throwIfNoEntry: false })?.isDirectory() ?? false,
    });
  }
  return resolved;
}

function rightsOf({ component_id, policy }: HostComponent): Rights {
  return rightsIn(policy?.bytes ?? null, component_id);
}

function storageUrisOf(rights: Rights): string[] {
  return typeof rights === 'string' ? [] : storageUris(rights);
}

function stateOf({ sha256, size }: HostFile): FileState {
  return { sha256, size };
}
