// Changes the text of an `allowed_signers` file line by line: whatever else people wrote into it stays.
import type { PublicKey } from '../codec/keys/public-key.ts';
import { UsageError } from '../errors.ts';
import type { AllowedSigner } from './signer-line.ts';
import { isPlainName } from './signer-name.ts';
import { signerTimeText } from './signer-time.ts';

/** Who is to be accepted, and when. */
export interface NewSigner {
  name: string;
  key: PublicKey;
  /** What it may sign. */
  namespaces: readonly string[];
  validAfter: Date | null;
  validBefore: Date | null;
}

/** The text with a line for one more signer at its end. @throws UsageError USAGE_BAD_ARGUMENT for what is no name of one */
export function withSigner(
  text: string,
  { name, key, namespaces, validAfter, validBefore }: NewSigner,
): string {
  if (!isPlainName(name) || /[\s,#]/.test(name)) {
    throw new UsageError('USAGE_BAD_ARGUMENT', 'that is no name of a signer', {
      hint: 'a name such as alice@example.com has no spaces, quotes, commas or wildcards',
    });
  }
  const options = [
    `namespaces="${namespaces.join(',')}"`,
    ...(validAfter === null ? [] : [`valid-after="${signerTimeText(validAfter)}"`]),
    ...(validBefore === null ? [] : [`valid-before="${signerTimeText(validBefore)}"`]),
  ];
  const before = text === '' || text.endsWith('\n') ? text : `${text}\n`;
  return `${before}${name} ${options.join(',')} ${key.sshLine}\n`;
}

/** The text without the lines of these signers. */
export function withoutSigners(text: string, signers: readonly AllowedSigner[]): string {
  const gone = new Set(signers.map(({ line }) => line));
  return text
    .split('\n')
    .filter((_, index) => !gone.has(index + 1))
    .join('\n');
}
