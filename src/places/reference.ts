// What a reference names: a snapshot in the local store, by digest or name, or a file. Parsing only; nothing is opened.
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { quoted } from '../codec/safe-text.ts';
import { UsageError } from '../errors.ts';
import { assertSnapshotName } from './snapshot-name.ts';

export type Reference = { kind: 'store'; name: string } | { kind: 'file'; path: string };

const LATER = /^(oci|s3|azblob|gs|https?):\/\//i;

/**
 * `sha256:<hex>`, a name, a path ending in `.json`, or `file://` with an absolute path.
 * @throws UsageError USAGE_UNSUPPORTED_URI, USAGE_BAD_ARGUMENT
 */
export function parseReference(text: string): Reference {
  if (text === '' || text.includes('\0')) {
    throw new UsageError('USAGE_BAD_ARGUMENT', 'a snapshot reference is empty or holds a NUL character', {
      hint: 'pass sha256:<hex>, a snapshot name, or the path of a .json file',
    });
  }
  if (/^sha256:[0-9a-f]{8,64}$/.test(text)) return { kind: 'store', name: text };
  if (/^file:/i.test(text)) return { kind: 'file', path: pathOfUrl(text) };
  if (LATER.test(text)) throw unsupported(text, 'remote places are not in this version');
  if (/\.json\.(gz|zst)$/i.test(text)) throw unsupported(text, 'compressed files are not in this version');
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) throw unsupported(text, 'its scheme is unknown');
  if (/\.json$/i.test(text)) return { kind: 'file', path: path.resolve(text) };
  if (text.includes('/') || text.includes('\\')) throw unsupported(text, 'a snapshot file ends in .json');
  assertSnapshotName(text);
  return { kind: 'store', name: text };
}

function pathOfUrl(text: string): string {
  let file: string;
  try {
    file = fileURLToPath(text);
  } catch {
    throw unsupported(text, 'a file URL has no host and an absolute path, as in file:///srv/state.json');
  }
  if (file.includes('\0') || !file.toLowerCase().endsWith('.json'))
    throw unsupported(text, 'a snapshot file ends in .json');
  return path.resolve(file);
}

function unsupported(text: string, why: string): UsageError {
  return new UsageError('USAGE_UNSUPPORTED_URI', `cannot use ${quoted(text)}: ${why}`, {
    hint: 'pass sha256:<hex>, a snapshot name, or the path of a .json file',
    details: { reference: quoted(text) },
  });
}
