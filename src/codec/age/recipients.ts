// Whom something is sealed for: age recipients, alone or as lines of a recipients file.
import { FormatError } from '../../errors.ts';
import { ageLibrary } from './library.ts';

/** More for one document, and a reader refuses it. */
const MOST_RECIPIENTS = 100;

/** An X25519 key, or one that also withstands quantum computers. */
const RECIPIENT = /^age1(?:pq1)?[02-9ac-hj-np-z]+$/;
const PLUGIN = /^age1[a-z0-9]+1/;

/** Whether `text` is meant as a recipient, and not as the name of a file. */
export function looksLikeRecipient(text: string): boolean {
  return /^age1[a-z0-9]+$/i.test(text);
}

/**
 * The recipients in a recipients file, or the one that `text` is; each once.
 * @param where what an error calls it
 * @throws FormatError FORMAT_INVALID_KEY, FORMAT_LIMIT_EXCEEDED; nothing of the text is quoted, it may be a private key
 */
export async function recipientsIn(text: string, where: string): Promise<string[]> {
  const found = new Set<string>();
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    await assertRecipient(line, `${where}, line ${index + 1}`);
    found.add(line);
  }
  if (found.size === 0)
    throw badRecipient(`${where} names no recipient`, 'name at least one age1… recipient');
  assertNotTooMany(found.size);
  return [...found];
}

/** @throws FormatError FORMAT_LIMIT_EXCEEDED */
export function assertNotTooMany(count: number): void {
  if (count <= MOST_RECIPIENTS) return;
  throw new FormatError(
    'FORMAT_LIMIT_EXCEEDED',
    `${count} recipients are over the limit of ${MOST_RECIPIENTS}`,
    { hint: 'seal for one key that several people hold', details: { limit: MOST_RECIPIENTS } },
  );
}

async function assertRecipient(line: string, where: string): Promise<void> {
  if (/^AGE-(SECRET-KEY|PLUGIN)-/i.test(line)) {
    throw badRecipient(
      `${where} is a private key, not a recipient`,
      'name the public key that belongs to it: age-keygen -y prints it',
    );
  }
  if (line.startsWith('ssh-'))
    throw badRecipient(`${where} is an SSH key, not an age recipient`, 'make an age key with age-keygen');
  if (line !== line.toLowerCase())
    throw badRecipient(`${where} has upper-case letters`, 'write the recipient in lower case');
  if (!RECIPIENT.test(line) && PLUGIN.test(line))
    throw badRecipient(
      `${where} needs a plug-in of age`,
      'name a recipient of age itself: age1… or age1pq1…',
    );
  const age = await ageLibrary();
  try {
    if (!RECIPIENT.test(line)) throw new TypeError('not a recipient');
    new age.Encrypter().addRecipient(line);
  } catch {
    throw badRecipient(`${where} is not an age recipient`, 'name one as age-keygen prints it: age1…');
  }
}

function badRecipient(problem: string, hint: string): FormatError {
  return new FormatError('FORMAT_INVALID_KEY', problem, { hint });
}
