// The keys that seal and open secrets, from files, the environment or the person at the terminal: never from an argument.
import { identitiesIn, isSealedIdentity, unsealedIdentities } from '../../../src/codec/age/identities.ts';
import { looksLikeRecipient, recipientsIn } from '../../../src/codec/age/recipients.ts';
import { quoted } from '../../../src/codec/safe-text.ts';
import { utf8Text } from '../../../src/codec/utf8.ts';
import { readKeyFile } from '../../../src/disk/operator-files/key-file.ts';
import { UsageError } from '../../../src/errors.ts';
import { refuseUnused } from '../options/unused.ts';
import { type Asking, type PassphraseSource, passphraseFor } from './passphrases.ts';

export interface KeyFlags extends Asking {
  identity?: string[];
  passphraseFile?: string;
}

/** The recipients that are named, and those in the files that are named. @throws FormatError, StoreError, UsageError */
export async function recipientsNamed(values: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const value of values) {
    if (/^AGE-(SECRET-KEY|PLUGIN)-/i.test(value)) {
      throw new UsageError('USAGE_BAD_ARGUMENT', '--recipient was given a private key', {
        hint: 'give the public key; make a new pair, since others may have seen the command',
      });
    }
    if (looksLikeRecipient(value)) found.push(...(await recipientsIn(value, '--recipient')));
    else found.push(...(await recipientsIn(textOf(await readKeyFile(value, 'public')), quoted(value))));
  }
  return found;
}

/** What is sealed with a passphrase is opened; null where no identity was named. @throws as `recipientsNamed`; VerificationError */
export async function identitiesNamed(flags: KeyFlags, signal: AbortSignal): Promise<string[] | null> {
  if (flags.identity === undefined) return null;
  const found: string[] = [];
  let isAnySealed = false;
  for (const file of flags.identity) {
    const bytes = await readKeyFile(file, 'private');
    isAnySealed ||= isSealedIdentity(bytes);
    const identities = isSealedIdentity(bytes)
      ? await unsealedIdentities(
          bytes,
          await passphraseFor(quoted(file), passphraseSource(flags), flags, signal),
          quoted(file),
        )
      : await identitiesIn(bytes, quoted(file));
    found.push(...identities);
  }
  if (!isAnySealed) refuseUnused(flags, ['passphraseFile'], 'on an identity that is not sealed with one');
  return found;
}

/** Where the passphrase of an identity comes from, or that of secrets which are sealed with one. */
export function passphraseSource({ passphraseFile: file }: KeyFlags): PassphraseSource {
  return { file, flag: '--passphrase-file', variable: 'WASSETTE_STATE_PASSPHRASE' };
}

/** What is no text gives text that is no key. */
function textOf(bytes: Buffer): string {
  return utf8Text(bytes) ?? '\0';
}
