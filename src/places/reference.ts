// Parses a reference, which names a snapshot in the local store, in a file or at a remote place, or a deployment manifest.
// Nothing is opened.
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { beginningOfDigest } from '../codec/digest.ts';
import { quoted } from '../codec/safe-text.ts';
import { isMistakenUri, shownMistakenUri, withoutCredentials } from '../codec/shown-uri.ts';
import { UsageError } from '../errors.ts';
import { isManifestFile, isSnapshotFile } from './file-name.ts';
import { type BucketReference, parseBucketReference } from './references/bucket.ts';
import { type HttpsReference, parseHttpsReference } from './references/https.ts';
import { badReference } from './references/problem.ts';
import { parseRegistryReference, type RegistryReference } from './references/registry.ts';
import { assertSnapshotName } from './snapshot-name.ts';

/** What a reference names. Only the table of places asks for the kind. */
export type Reference =
  | { readonly kind: 'store' /** Or a digest, or the beginning of one. */; readonly name: string }
  | FileReference
  | { readonly kind: 'deployment'; readonly path: string }
  | RemoteReference;

/** A snapshot in a JSON file, compressed or not. The path is absolute. */
export interface FileReference {
  readonly kind: 'file';
  readonly path: string;
  /** Whether the file is there for one command only. */
  readonly isPassing?: true;
}

/** What is reached over the network. */
export type RemoteReference = RegistryReference | BucketReference | HttpsReference;

/** The path of the file, if it names one on this machine: what the fence checks. */
export function fileOf(reference: Reference): string | null {
  return 'path' in reference ? reference.path : null;
}

/** The same reference with another path to its file. */
export function atPath(reference: Reference, path: string): Reference {
  return 'path' in reference ? { ...reference, path } : reference;
}

/** How what only passes is named: standard input or output. */
const PASSING = '-';

/** A snapshot in a file that is there for one command only. */
export function passingFile(file: string): Reference {
  return { kind: 'file', path: file, isPassing: true };
}

/** In quotes, without credentials and harmless. */
export function shownReference(reference: Reference): string {
  return quoted(plainReference(reference));
}

/** As text, without credentials. */
export function plainReference(reference: Reference): string {
  if (isRemote(reference)) return reference.text;
  if ('isPassing' in reference) return PASSING;
  return withoutCredentials('path' in reference ? reference.path : reference.name);
}

export function isRemote(reference: Reference): reference is RemoteReference {
  return 'text' in reference;
}

/** @throws as `parseReference` */
export function referenceTo(place: string | Reference): Reference {
  return typeof place === 'string' ? parseReference(place) : place;
}

const SCHEME = /^([a-z][a-z0-9+.-]*):\/\//i;
const ANY =
  'sha256:<hex>, a snapshot name, the path of a .json or .yaml file, or an oci://, s3://, gs://, azblob:// or https:// reference';

/**
 * `sha256:<hex>` or the beginning of one, a name, a path ending in `.json`, `.json.gz`, `.json.zst` or, of a manifest, `.yaml`,
 * `file://` with an absolute one, or a reference to a remote place.
 * @throws UsageError USAGE_UNSUPPORTED_URI, USAGE_BAD_ARGUMENT
 */
export function parseReference(text: string): Reference {
  if (text === '' || text.includes('\0')) {
    throw new UsageError('USAGE_BAD_ARGUMENT', 'a snapshot reference is empty or holds a NUL character', {
      hint: `pass ${ANY}`,
    });
  }
  if (/^sha256:/i.test(text)) {
    if (beginningOfDigest(text) !== null) return { kind: 'store', name: text };
    throw new UsageError('USAGE_BAD_ARGUMENT', `${quoted(text)} is not a digest`, {
      hint: 'write sha256: and the first 6 or more of its 64 digits 0-9 a-f',
    });
  }
  if (/^file:/i.test(text)) return fileAt(pathOfUrl(text), text);
  const scheme = SCHEME.exec(text)?.[1]?.toLowerCase();
  if (scheme !== undefined) return parseRemote(scheme, text);
  if (isMistakenUri(text))
    throw badReference(shownMistakenUri(text), 'SCHEME://HOST/PATH, with nothing before it');
  if (isSnapshotFile(text) || isManifestFile(text) || /[/\\]/.test(text)) return fileAt(text, text);
  assertSnapshotName(text);
  return { kind: 'store', name: text };
}

function parseRemote(scheme: string, text: string): RemoteReference {
  switch (scheme) {
    case 'oci':
      return parseRegistryReference(text);
    case 's3':
    case 'gs':
    case 'azblob':
      return parseBucketReference(scheme, text);
    case 'https':
    case 'http':
      return parseHttpsReference(text);
    default:
      throw unsupported(text, 'its scheme is unknown');
  }
}

function pathOfUrl(text: string): string {
  let file: string;
  try {
    file = fileURLToPath(text);
  } catch {
    throw unsupported(text, 'a file URL has no host and an absolute path, as in file:///srv/state.json');
  }
  if (file.includes('\0')) throw unsupported(text, 'it holds a NUL character');
  return file;
}

function fileAt(file: string, text: string): Reference {
  if (!isSnapshotFile(file) && !isManifestFile(file))
    throw unsupported(text, 'a snapshot file ends in .json, .json.gz or .json.zst, a manifest in .yaml');
  return { kind: isManifestFile(file) ? 'deployment' : 'file', path: path.resolve(file) };
}

function unsupported(text: string, why: string): UsageError {
  const shown = quoted(withoutCredentials(text));
  return new UsageError('USAGE_UNSUPPORTED_URI', `cannot use ${shown}: ${why}`, {
    hint: `pass ${ANY}`,
    details: { reference: shown },
  });
}
