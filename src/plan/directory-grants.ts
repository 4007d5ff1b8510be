// What `fs://` grants mean on this host, and which of them no import may bring (FORMAT.md, F-8).
import path from 'node:path';
import { quoted, quotedWhole } from '../codec/safe-text.ts';
import type { Rights, StorageGrant } from '../policy/policy.ts';

/** A storage URI resolved on this host as the kernel resolves it for Wassette: links are followed before "..". */
export interface GrantedDirectory {
  uri: string;
  /** The path as the policy has it; a relative one is resolved from the component directory. */
  written: string;
  /** What would be opened. A part that does not exist is kept as written; it ends at `ofProcess`, if that is set. */
  real: string;
  /** Whether it is a directory now, as far as we can see. */
  exists: boolean;
  /** The first place on the way that is a different one for every process, such as /proc/self; null when there is none. */
  ofProcess: string | null;
  /** The first place on the way that we may not look into; null when there is none. */
  hidden: string | null;
}

/** Directories that decide what components may do, which no component may reach, and a file that none may change. */
export interface ProtectedDirectory {
  name:
    | 'component directory'
    | 'secrets directory'
    | 'state directory'
    | 'operator policy'
    | 'list of accepted signers';
  path: string;
}

/** Folders inside the component directory in which we or Wassette prepare later changes. */
const WORKING_FOLDER = /^\.(wassette-state$|tmp|transactions$|epoch-|store-publish-)/;

/** The path in a storage URI, as written; null when it is not `fs://`, which Wassette ignores. */
export function writtenPath(uri: string): string | null {
  return uri.startsWith('fs://') ? uri.slice('fs://'.length) : null;
}

/** All storage URIs that `rights` allow. */
export function storageUrisOf(rights: Rights): string[] {
  return storageGrantsOf(rights).map((grant) => grant.uri);
}

export function storageGrantsOf(rights: Rights): readonly StorageGrant[] {
  return typeof rights === 'string' ? [] : rights.storage.allow;
}

/** Whether `rights` allow at least what `grant` does, in the same words. */
export function allowsGrant(rights: Rights, { uri, access }: StorageGrant): boolean {
  return storageGrantsOf(rights).some(
    (other) => other.uri === uri && access.every((mode) => other.access.includes(mode)),
  );
}

/** The names in a path, as the system splits it. */
export function partsOfPath(text: string): string[] {
  return text.split(path.sep === '/' ? '/' : /[\\/]/).filter((part) => part !== '' && part !== '.');
}

/** Whether a place in the file system is a different one for every process. */
export function isOfProcess(place: string): boolean {
  return /^\/(proc|dev\/fd)(\/|$)/.test(place);
}

/** Why no import may newly bring this grant, in words that follow "it"; null when an import may. */
export function forbiddenBecause(
  { written, real, ofProcess }: GrantedDirectory,
  protectedDirs: readonly ProtectedDirectory[],
): string | null {
  if (partsOfPath(written).includes('..')) return 'leads through ".."';
  if (ofProcess !== null) {
    return `leads through ${quoted(ofProcess)}, which is another place for every process`;
  }
  const reached = protectedDirs.find((dir) => reaches(real, dir));
  return reached === undefined ? null : `reaches the ${reached.name} ${quoted(reached.path)}`;
}

/** Below the component directory only folders of ours and of Wassette count: a folder for data does no harm. */
function reaches(granted: string, { name, path: location }: ProtectedDirectory): boolean {
  if (isWithin(location, granted)) return true;
  if (!isWithin(granted, location)) return false;
  return (
    name !== 'component directory' ||
    WORKING_FOLDER.test(path.relative(location, granted).split(path.sep)[0]!)
  );
}

/** The protected directory that `location`, an absolute real path, is or lies in; null when there is none. */
export function enclosingProtected(
  location: string,
  protectedDirs: readonly ProtectedDirectory[],
): ProtectedDirectory | null {
  return protectedDirs.find((dir) => isWithin(location, dir.path)) ?? null;
}

/** What a storage URI opens, in words: the path as written, and the real one when it differs. */
export function directoryInWords(uri: string, directories: ReadonlyMap<string, GrantedDirectory>): string {
  const granted = directories.get(uri);
  const written = writtenPath(uri);
  if (written === null) return `${quotedWhole(uri)}, which opens nothing in Wassette`;
  const literal = written.includes('*') ? ', a directory literally called so' : '';
  const is =
    granted === undefined || (granted.real === written && granted.hidden === null)
      ? ''
      : whatIsThere(granted);
  return `${quotedWhole(written)}${literal}${is}`;
}

function whatIsThere({ real, ofProcess, hidden }: GrantedDirectory): string {
  if (ofProcess !== null) return ', which is another directory for every process';
  return hidden === null
    ? `, which is ${quotedWhole(real)}`
    : `, which cannot be followed beyond ${quotedWhole(hidden)}`;
}

/** Whether `inner` is `outer` or lies below it; both absolute and resolved. */
export function isWithin(inner: string, outer: string): boolean {
  const relative = path.relative(outer, inner);
  return (
    relative === '' ||
    (relative !== '..' && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative))
  );
}
