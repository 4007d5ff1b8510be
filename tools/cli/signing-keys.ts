// The keys that sign, and those that signatures are checked with: from files. The passphrase of a private one comes from a
// file, the environment or the person at the terminal, never from an argument.
import { PublicKey } from '../../src/codec/keys/public-key.ts';
import { needsPassphrase, SigningKey } from '../../src/codec/keys/signing-key.ts';
import { quoted } from '../../src/codec/safe-text.ts';
import { readKeyFile } from '../../src/disk/key-file.ts';
import { UsageError } from '../../src/errors.ts';
import { askPassphrase, canAsk } from './question.ts';
import { passphraseInEnvironment } from './terminal.ts';

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
  const inEnvironment = passphraseInEnvironment('WASSETTE_STATE_KEY_PASSPHRASE');
  const text = (await readKeyFile(file, 'private')).toString('utf8');
  if (!needsPassphrase(text)) return SigningKey.parse(text);
  const given = await passphraseIn(flags.keyPassphraseFile);
  return SigningKey.parse(text, given ?? inEnvironment ?? (await askedFor(quoted(file), flags, signal)));
}

/** Without its line end; null where none is named. */
async function passphraseIn(file: string | undefined): Promise<string | null> {
  if (file === undefined) return null;
  return (await readKeyFile(file, 'private')).toString('utf8').replace(/\r?\n$/, '');
}

async function askedFor(what: string, flags: SigningKeyFlags, signal: AbortSignal): Promise<string> {
  const asked = canAsk(flags) ? await askPassphrase(`Passphrase for ${what}: `, signal) : '';
  if (asked !== '') return asked;
  throw new UsageError('USAGE_BAD_ARGUMENT', `${what} has a passphrase, and none was given`, {
    hint: 'name a file that holds it with --key-passphrase-file, or put it into WASSETTE_STATE_KEY_PASSPHRASE',
  });
}

/** @throws FormatError FORMAT_INVALID_KEY, FORMAT_LIMIT_EXCEEDED; StoreError STORE_NOT_FOUND, STORE_UNSAFE_FILE, STORE_DENIED */
export async function publicKeysIn(files: readonly string[]): Promise<PublicKey[]> {
  const keys: PublicKey[] = [];
  for (const file of files) keys.push(PublicKey.parse((await readKeyFile(file, 'public')).toString('utf8')));
  return keys;
}
