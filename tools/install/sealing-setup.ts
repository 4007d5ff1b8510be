// The keys with which agents may export and import secrets: an entry names their files, and has nothing of them but recipients.
import path from 'node:path';
import { isSealedIdentity } from '../../src/codec/age/identities.ts';
import { looksLikeRecipient } from '../../src/codec/age/recipients.ts';
import { quoted } from '../../src/codec/safe-text.ts';
import { readKeyFile } from '../../src/disk/operator-files/key-file.ts';
import { UsageError } from '../../src/errors.ts';
import { identitiesNamed, recipientsNamed } from '../cli/keys/sealing-keys.ts';

export interface SealingFlags {
  recipient?: readonly string[] | undefined;
  identity?: readonly string[] | undefined;
  passphraseFile?: string | undefined;
}

export interface SealingSetup {
  /** As they are, or files of them. */
  recipients: readonly string[];
  identities: readonly string[];
  passphraseFile: string | undefined;
}

/**
 * The files by absolute paths, read as the server will: it would not start with one that it cannot read.
 * @throws UsageError USAGE_BAD_ARGUMENT; as `recipientsNamed` and `identitiesNamed`
 */
export async function sealingSetup({
  recipient = [],
  identity = [],
  passphraseFile,
}: SealingFlags): Promise<SealingSetup> {
  await recipientsNamed(recipient);
  if (passphraseFile === undefined) for (const file of identity) await assertNeedsNoPassphrase(file);
  const named = passphraseFile === undefined ? {} : { passphraseFile };
  if (identity.length > 0)
    await identitiesNamed({ identity: [...identity], ...named, json: true }, new AbortController().signal);
  return {
    recipients: recipient.map((each) => (looksLikeRecipient(each) ? each : path.resolve(each))),
    identities: identity.map((file) => path.resolve(file)),
    passphraseFile: passphraseFile === undefined ? undefined : path.resolve(passphraseFile),
  };
}

/** Whatever this command is told, the server is started by a client, which asks nobody. */
async function assertNeedsNoPassphrase(file: string): Promise<void> {
  if (!isSealedIdentity(await readKeyFile(file, 'private'))) return;
  throw new UsageError(
    'USAGE_BAD_ARGUMENT',
    `${quoted(file)} is sealed with a passphrase, and a client gives none`,
    {
      hint: 'name a file that holds it with --passphrase-file',
    },
  );
}
