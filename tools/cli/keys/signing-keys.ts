// The keys that sign, and those that signatures are checked with: from files. The passphrase of a private one comes from a
// file, the environment or the person at the terminal, never from an argument.
import { PublicKey } from '../../../src/codec/keys/public-key.ts';
import { needsPassphrase, SigningKey } from '../../../src/codec/keys/signing-key.ts';
import { quoted } from '../../../src/codec/safe-text.ts';
import { readKeyFile } from '../../../src/disk/operator-files/key-file.ts';
import { refuseUnused } from '../options/unused.ts';
import { passphraseFor } from './passphrases.ts';

export interface SigningKeyFlags {
  keyPassphraseFile?: string;
  json?: boolean;
}

/**
 * @throws FormatError FORMAT_INVALID_KEY, FORMAT_LIMIT_EXCEEDED; StoreError STORE_NOT_FOUND, STORE_UNSAFE_FILE, STORE_DENIED
 * @throws UsageError USAGE_BAD_ARGUMENT where nobody gives the passphrase that it needs
 */
export async function signingKeyIn(
  file: string,
  flags: SigningKeyFlags,
  signal: AbortSignal,
): Promise<SigningKey> {
  const text = (await readKeyFile(file, 'private')).toString('utf8');
  if (!needsPassphrase(text)) {
    const key = SigningKey.parse(text);
    refuseUnused(flags, ['keyPassphraseFile'], 'on a key without a passphrase');
    return key;
  }
  const source = {
    file: flags.keyPassphraseFile,
    flag: '--key-passphrase-file',
    variable: 'WASSETTE_STATE_KEY_PASSPHRASE',
  } as const;
  return SigningKey.parse(text, await passphraseFor(quoted(file), source, flags, signal));
}

/** @throws FormatError FORMAT_INVALID_KEY, FORMAT_LIMIT_EXCEEDED; StoreError STORE_NOT_FOUND, STORE_UNSAFE_FILE, STORE_DENIED */
export async function publicKeysIn(files: readonly string[]): Promise<PublicKey[]> {
  const keys: PublicKey[] = [];
  for (const file of files) keys.push(PublicKey.parse((await readKeyFile(file, 'public')).toString('utf8')));
  return keys;
}
