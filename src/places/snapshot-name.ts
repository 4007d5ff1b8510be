// Which names a snapshot may have in a store (F-6.3). In a file of its own because the server loads it when it starts.
import { safeText } from '../codec/safe-text.ts';
import { UsageError } from '../errors.ts';
import { isManifestFile, isSnapshotFile } from './file-name.ts';

const NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/;

export function isSnapshotName(name: string): boolean {
  return NAME.test(name) && !isSnapshotFile(name) && !isManifestFile(name) && name !== 'sha256';
}

/** @throws UsageError USAGE_BAD_ARGUMENT */
export function assertSnapshotName(name: string): void {
  if (isSnapshotName(name)) return;
  throw new UsageError('USAGE_BAD_ARGUMENT', `"${safeText(name, 80)}" cannot be the name of a snapshot`, {
    hint: 'a name is 1 to 64 of a-z 0-9 . _ - and starts with a letter or digit; sha256 and names that end like a file (.json, .json.gz, .json.zst, .yaml, .yml) are taken',
  });
}
