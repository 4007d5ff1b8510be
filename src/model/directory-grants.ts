// What a `fs://` grant means on this host, and which of them no import may bring.
import path from 'node:path';
import type { Permissions } from './policy.ts';

/** A storage URI resolved on this host. `real` follows links as far as the path exists. */
export interface GrantedDirectory {
  uri: string;
  path: string;
  real: string;
  exists: boolean;
}

/** Directories that decide what components may do: no component may reach them. */
export interface ProtectedDirectory {
  name: 'component directory' | 'secrets directory' | 'state directory';
  path: string;
}

/** The host path of a storage URI: absolute, or relative to the component directory; null for other schemes. */
export function grantedPath(uri: string, componentDir: string): string | null {
  return uri.startsWith('fs://') ? path.resolve(componentDir, uri.slice('fs://'.length)) : null;
}

/** All storage URIs a policy allows. */
export function storageUris(permissions: Permissions): string[] {
  return permissions.storage.allow.map((grant) => grant.uri);
}

/** The protected directory that `granted` covers or lies inside, or null. */
export function findProtected(
  granted: GrantedDirectory,
  protectedDirs: readonly ProtectedDirectory[],
): ProtectedDirectory | null {
  const overlaps = (a: string, b: string) => isWithin(a, b) || isWithin(b, a);
  return (
    protectedDirs.find((dir) => overlaps(granted.path, dir.path) || overlaps(granted.real, dir.path)) ?? null
  );
}

/** Whether `inner` is `outer` or lies below it; both absolute and resolved. */
export function isWithin(inner: string, outer: string): boolean {
  const relative = path.relative(outer, inner);
  return (
    relative === '' ||
    (relative !== '..' && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative))
  );
}
