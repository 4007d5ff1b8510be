// Seals values in a SOPS document, and opens one. Names stay readable; every value is bound to its names, and all of them
// to each other.
import { createHash } from 'node:crypto';
import { VerificationError } from '../../errors.ts';
import type { Identities } from '../age/identities.ts';
import { ageLibrary } from '../age/library.ts';
import { utf8Text } from '../utf8.ts';
import { type Leaf, type SopsDocument, writeSops } from './document.ts';
import { altered, notSealed } from './problem.ts';
import { aadOf, decryptValue, encryptValue, IV_BYTES, KEY_BYTES } from './value.ts';

/** What must not be the same twice. */
export interface Freshness {
  random: (size: number) => Uint8Array;
  /** As `YYYY-MM-DDTHH:MM:SSZ`. */
  time: string;
}

/**
 * The text of a document with these values, none of which is empty.
 * @param recipients each an age recipient that was checked
 */
export async function seal(
  values: readonly Leaf<string>[],
  recipients: readonly string[],
  { random, time }: Freshness,
): Promise<string> {
  const age = await ageLibrary();
  const key = random(KEY_BYTES);
  const keys = await Promise.all(
    recipients.map(async (recipient) => {
      const encrypter = new age.Encrypter();
      encrypter.addRecipient(recipient);
      return { recipient, enc: age.armor.encode(await encrypter.encrypt(key)) };
    }),
  );
  return writeSops({
    leaves: values.map(({ path, value }) => ({
      path,
      value: encryptValue(value, key, aadOf(path), random(IV_BYTES)),
    })),
    keys,
    lastModified: time,
    mac: encryptValue(hashOf(values.map(({ value }) => value)), key, time, random(IV_BYTES)),
  });
}

/**
 * The values of a document.
 * @throws VerificationError VERIFY_CANNOT_UNSEAL where no identity opens it, VERIFY_SECRETS_ALTERED
 * @throws FormatError FORMAT_INVALID_SECRETS for a value that is no text
 */
export async function unseal(document: SopsDocument, identities: Identities): Promise<Leaf<string>[]> {
  const key = await dataKeyOf(document, identities);
  const values = document.leaves.map(({ path, value }) => {
    if (value.type === 'bool')
      throw notSealed('a value is true or false, and not a text', 'write it in quotes');
    if (value.type === 'bytes') throw notSealed('a value is bytes, and not a text');
    const plain = decryptValue(value, key, aadOf(path));
    if (plain === null) throw altered('a value is not the one that was sealed under its name');
    const text = utf8Text(plain);
    if (text === undefined) throw notSealed('a value is not UTF-8');
    return { path, value: text };
  });
  const hash = decryptValue(document.mac, key, document.lastModified)?.toString('utf8');
  if (hash !== hashOf(values.map(({ value }) => value)))
    throw altered('values were added, removed or moved, or its time was changed');
  return values;
}

async function dataKeyOf({ keys }: SopsDocument, identities: Identities): Promise<Uint8Array> {
  const age = await ageLibrary();
  const decrypter = new age.Decrypter();
  for (const identity of identities) decrypter.addIdentity(identity);
  for (const { enc } of keys) {
    const key = await openKey(enc, decrypter, age);
    if (key?.length === KEY_BYTES) return key;
  }
  throw new VerificationError(
    'VERIFY_CANNOT_UNSEAL',
    'the sealed secrets are for nobody whose key was given',
    {
      hint: 'give the identity of one of the recipients',
      details: { recipients: keys.slice(0, 10).map(({ recipient }) => recipient.slice(0, 100)) },
    },
  );
}

/** Null where none of the identities opens it, or it is nothing that can be opened: another entry may do. */
async function openKey(
  enc: string,
  decrypter: InstanceType<Awaited<ReturnType<typeof ageLibrary>>['Decrypter']>,
  age: Awaited<ReturnType<typeof ageLibrary>>,
): Promise<Uint8Array | null> {
  try {
    return await decrypter.decrypt(age.armor.decode(enc));
  } catch {
    return null;
  }
}

/** Over the plain values in order: their names are no part of it. */
function hashOf(values: readonly string[]): string {
  const hash = createHash('sha512');
  for (const value of values) hash.update(value, 'utf8');
  return hash.digest('hex').toUpperCase();
}
