// The story of trust: who is accepted as a signer here, listed, added and removed in a file that ssh-keygen reads, too.
import type { PublicKey } from './codec/keys/public-key.ts';
import { NAMESPACE } from './codec/ssh/signature.ts';
import { changeSignersFile, readSignersFile } from './disk/operator-files/signers-file.ts';
import { StoreError, UsageError } from './errors.ts';
import type { Site } from './site/site.ts';
import type { AuditEntry } from './state/audit/entry.ts';
import { codeOf } from './state/audit/line.ts';
import { AllowedSigners } from './trust/allowed-signers.ts';
import type { AllowedSigner } from './trust/signer-line.ts';
import { withoutSigners, withSigner } from './trust/signer-text.ts';
import { signerTime } from './trust/signer-time.ts';
import type { Host } from './wassette/host.ts';
import { realPathAsFarAsItExists } from './wassette/locations.ts';

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
export async function acceptSigner(file: string, accepting: Accepting, { host }: Site): Promise<boolean> {
  const { name, key, namespaces = [NAMESPACE] } = accepting;
  const [validAfter, validBefore] = [
    timeIn(accepting.validAfter, 'valid-after'),
    timeIn(accepting.validBefore, 'valid-before'),
  ];
  const recorded = new RecordedChange(host, 'adds', file);
  await recorded.change(async (text) => {
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
    await recorded.record([{ names: [name], key, namespaces: namespaces.join(',') }]);
    return more;
  });
  return recorded.isRecorded;
}

/**
 * Accepts a key no more: each line with that name or fingerprint goes, also where it has other names beside it.
 * @returns what the lines accepted
 * @throws StoreError STORE_NOT_FOUND where there is none; as `acceptedIn`
 */
export async function dropSigner(
  file: string,
  nameOrFingerprint: string,
  { host }: Site,
): Promise<readonly AllowedSigner[]> {
  let gone: readonly AllowedSigner[] = [];
  const recorded = new RecordedChange(host, 'removes', file);
  await recorded.change(async (text) => {
    const { lines } = AllowedSigners.parse(text, file);
    gone = lines.filter(
      ({ names, key }) => names.includes(nameOrFingerprint) || key.fingerprint === nameOrFingerprint,
    );
    if (gone.length === 0) return null;
    await recorded.record(gone);
    return withoutSigners(text, gone);
  });
  if (gone.length > 0) return gone;
  throw new StoreError('STORE_NOT_FOUND', 'no accepted signer has that name or fingerprint', {
    hint: 'the list has the names and fingerprints as they must be given',
  });
}

/** A change of the list, with its line in the audit log: what cannot be recorded is not done. */
class RecordedChange {
  #entry: AuditEntry | null = null;

  constructor(
    private readonly host: Host,
    private readonly result: 'adds' | 'removes',
    private readonly file: string,
  ) {}

  get isRecorded(): boolean {
    return this.#entry !== null;
  }

  async change(work: (text: string) => Promise<string | null>): Promise<void> {
    try {
      await changeSignersFile(this.file, work);
    } catch (error) {
      if (this.#entry !== null)
        await this.host.log.note({ ...this.#entry, result: 'failed', code: codeOf(error) });
      throw error;
    }
  }

  async record(signers: readonly Pick<AllowedSigner, 'names' | 'key' | 'namespaces'>[]): Promise<void> {
    const entry: AuditEntry = {
      event: 'trust',
      result: this.result,
      component_dir: undefined, // it is about all of them
      signers_file: realPathAsFarAsItExists(this.file),
      signers: signers.map(({ names, key, namespaces }) => ({
        fingerprint: key.fingerprint,
        names,
        namespaces,
      })),
    };
    await this.host.log.record(entry);
    this.#entry = entry;
  }
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
