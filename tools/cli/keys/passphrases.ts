// The passphrase of a private key, or of secrets that are sealed with one: from a file, the environment or the person at the
// terminal, never from an argument.
import { quoted } from '../../../src/codec/safe-text.ts';
import { utf8Text } from '../../../src/codec/utf8.ts';
import { readKeyFile } from '../../../src/disk/operator-files/key-file.ts';
import { UsageError } from '../../../src/errors.ts';
import { askPassphrase, canAsk } from '../question.ts';
import { type PassphraseVariable, takenPassphrase } from '../terminal.ts';

/** Where a passphrase may come from. */
export interface PassphraseSource {
  /** The file that was named, and the flag that names one. */
  file: string | undefined;
  flag: string;
  variable: PassphraseVariable;
}

/**
 * From the file that is named, or else the environment; null where neither gives one.
 * @throws UsageError USAGE_BAD_ARGUMENT for an empty file; StoreError STORE_NOT_FOUND, STORE_UNSAFE_FILE, STORE_DENIED
 */
export async function passphraseGiven({ file, variable }: PassphraseSource): Promise<string | null> {
  if (file === undefined) return takenPassphrase(variable);
  // What is no text is not the passphrase of anything.
  const text = (utf8Text(await readKeyFile(file, 'private')) ?? '\0').replace(/\r?\n$/, '');
  if (text !== '') return text;
  throw new UsageError('USAGE_BAD_ARGUMENT', `${quoted(file)} is empty`, {
    hint: 'write the passphrase into it, on one line',
  });
}

/** Whether a person can be asked for it, and where they answer, as for `canAsk`. */
export interface Asking {
  json?: boolean | undefined;
  isInputTaken?: boolean | undefined;
}

/** The same, and else from the person at the terminal. @throws UsageError USAGE_BAD_ARGUMENT where nobody gives one */
export async function passphraseFor(
  what: string,
  source: PassphraseSource,
  asking: Asking,
  signal: AbortSignal,
): Promise<string> {
  const given = await passphraseGiven(source);
  if (given !== null) return given;
  const { isInputTaken } = asking;
  const asked = canAsk(asking, isInputTaken)
    ? await askPassphrase(`Passphrase for ${what}: `, signal, isInputTaken)
    : '';
  if (asked !== '') return asked;
  throw new UsageError('USAGE_BAD_ARGUMENT', `a passphrase is needed for ${what}, and none was given`, {
    hint: `name a file that holds it with ${source.flag}, or put it into ${source.variable}`,
  });
}
