// The story of trust: who is accepted as a signer here, listed, added and removed in a file that ssh-keygen reads, too.
import type { PublicKey } from './codec/keys/public-key.ts';
import { NAMESPACE } from './codec/ssh/signature.ts';
import { changeSignersFile, readSignersFile } from './disk/operator-files/signers-file.ts';
import { StoreError, UsageError } from './errors.ts';
import { AllowedSigners } from './trust/allowed-signers.ts';
import type { AllowedSigner } from './trust/signer-line.ts';
import { withoutSigners, withSigner } from './trust/signer-text.ts';
import { signerTime } from './trust/signer-time.ts';

/** The signers in `file`; null where it may be missing and is. @throws as `AllowedSigners.parse`; StoreError */
export async function acceptedIn(
  file: string,
  { mayBeMissing = true }: { mayBeMissing?: boolean } = {},
): Promise<readonly AllowedSigner[] | null> {
  const text = await readSignersFile(file, { mayBeMissing });
  return text === null ? null : AllowedSigners.parse(text, file).lines;
}

/** Who is to be accepted, with times as the file has them. */
export interface Accepting {
  name: string;
  key: PublicKey;
  /** What it may sign; snapshots by default. */
  namespaces?: readonly string[] | undefined;
  validAfter?: string | undefined;
  validBefore?: string | undefined;
}

/**
 * Accepts a key under a name. One that is accepted so already stays as it is.
 * @returns whether the file was changed
 * @throws UsageError USAGE_BAD_ARGUMENT for what is no name or no time; as `acceptedIn`
 */
export async function acceptSigner(file: string, accepting: Accepting): Promise<boolean> {
  const { name, key, namespaces = [NAMESPACE] } = accepting;
  const [validAfter, validBefore] = [
    timeIn(accepting.validAfter, 'valid-after'),
    timeIn(accepting.validBefore, 'valid-before'),
  ];
  let changed = false;
  await changeSignersFile(file, (text) => {
    const { lines } = AllowedSigners.parse(text, file);
    const isThere = lines.some(
      (line) =>
        line.key.fingerprint === key.fingerprint &&
        line.names.includes(name) &&
        line.namespaces === namespaces.join(',') &&
        line.validAfter?.getTime() === validAfter?.getTime() &&
        line.validBefore?.getTime() === validBefore?.getTime(),
    );
    if (isThere) return null;
    const more = withSigner(text, { name, key, namespaces, validAfter, validBefore });
    // What is written can be read again.
    AllowedSigners.parse(more, file);
    changed = true;
    return more;
  });
  return changed;
}

/**
 * Accepts a key no more: each line with that name or fingerprint goes, also where it has other names beside it.
 * @returns what the lines accepted
 * @throws StoreError STORE_NOT_FOUND where there is none; as `acceptedIn`
 */
export async function dropSigner(file: string, nameOrFingerprint: string): Promise<readonly AllowedSigner[]> {
  let gone: readonly AllowedSigner[] = [];
  await changeSignersFile(file, (text) => {
    const { lines } = AllowedSigners.parse(text, file);
    gone = lines.filter(
      ({ names, key }) => names.includes(nameOrFingerprint) || key.fingerprint === nameOrFingerprint,
    );
    return gone.length === 0 ? null : withoutSigners(text, gone);
  });
  if (gone.length > 0) return gone;
  throw new StoreError('STORE_NOT_FOUND', 'no accepted signer has that name or fingerprint', {
    hint: 'the list has the names and fingerprints as they must be given',
  });
}

function timeIn(text: string | undefined, option: string): Date | null {
  if (text === undefined) return null;
  try {
    return signerTime(text, option, { file: '', line: 1 });
  } catch (cause) {
    throw new UsageError('USAGE_BAD_ARGUMENT', `the time for ${option} cannot be read`, {
      hint: 'a time is YYYYMMDDZ or YYYYMMDDhhmm[ss]Z, in UTC',
      cause,
    });
  }
}
