// Where what a reference names is, or code that a manifest of this host names.
import path from 'node:path';
import { fileOf, isRemote, plainReference, type Reference, referenceTo } from '../places/reference.ts';
import type { Source } from '../plan/source.ts';
import { realPathAsFarAsItExists } from '../wassette/locations.ts';

/** Links to the folder of a file are followed; the file itself may not be one. Null for one that only passes. */
export function sourceOf(reference: string | Reference): Source | null {
  const named = referenceTo(reference);
  if ('isPassing' in named) return null;
  if (isRemote(named)) return { kind: 'uri', uri: plainReference(named) };
  const file = fileOf(named);
  return file === null ? { kind: 'store' } : fileIn(file);
}

function fileIn(file: string): Source {
  const folder = realPathAsFarAsItExists(path.dirname(file));
  return { kind: 'file', path: path.join(folder, path.basename(file)) };
}

/** Links are followed to the code itself, as they are when it is read. */
export function sourceOfCode(uri: string): Source {
  if (!uri.startsWith('file://')) return { kind: 'uri', uri };
  return { kind: 'file', path: realPathAsFarAsItExists(uri.slice('file://'.length)) };
}
