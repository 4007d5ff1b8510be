// The private keys that open what is sealed: the lines of an age identity file, which may itself be sealed by a passphrase.
// No error quotes anything of them.
import type { Stanza } from 'age-encryption';
import { FormatError, VerificationError } from '../../errors.ts';
import { utf8Text } from '../utf8.ts';
import { ageLibrary } from './library.ts';
import { PassphraseIdentity, PassphraseRecipient } from './passphrase.ts';

const ARMOR = '-----BEGIN AGE ENCRYPTED FILE-----';
const BINARY = 'age-encryption.org/v1\n';
/** age itself reads no more of an identity file. */
const MOST_IDENTITIES = 1000;

/** Private keys, as age-keygen writes them. */
export type Identities = readonly string[];

/** Whether a passphrase is needed to read this identity file. */
export function isSealedIdentity(bytes: Uint8Array): boolean {
  const text = Buffer.from(bytes).toString('latin1');
  return text.trimStart().startsWith(ARMOR) || text.startsWith(BINARY);
}

/**
 * @param where what an error calls the file
 * @throws FormatError FORMAT_INVALID_KEY for what holds no identity, or something else
 */
export async function identitiesIn(bytes: Uint8Array, where: string): Promise<Identities> {
  const text = utf8Text(bytes);
  const lines = text?.split(/\r?\n/).map((line) => line.trim()) ?? [];
  const identities: string[] = [];
  for (const [index, line] of lines.entries()) {
    if (line === '' || line.startsWith('#')) continue;
    await assertIdentity(line, `${where}, line ${index + 1}`);
    identities.push(line);
  }
  if (identities.length === 0 || identities.length > MOST_IDENTITIES)
    throw badIdentity(`${where} is not an age identity file`);
  return identities;
}

/**
 * The identities in a file that is sealed with a passphrase.
 * @throws VerificationError VERIFY_CANNOT_UNSEAL for another passphrase; FormatError FORMAT_INVALID_KEY, FORMAT_LIMIT_EXCEEDED
 */
export async function unsealedIdentities(
  bytes: Uint8Array,
  passphrase: string,
  where: string,
): Promise<Identities> {
  const age = await ageLibrary();
  const decrypter = new age.Decrypter();
  const identity = new PassphraseIdentity(passphrase);
  let found: Uint8Array | null = null;
  let plain: Uint8Array;
  // The library says nothing that tells another passphrase from a damaged file: the file key does.
  decrypter.addIdentity({
    unwrapFileKey: async (stanzas: Stanza[]) => {
      found = await identity.unwrapFileKey(stanzas);
      return found;
    },
  });
  try {
    plain = await decrypter.decrypt(binaryOf(bytes, age));
  } catch (error) {
    if (error instanceof FormatError) throw error;
    if (found !== null || !hasPassphrase(bytes, age)) throw badIdentity(`${where} is damaged`);
    throw new VerificationError('VERIFY_CANNOT_UNSEAL', `the passphrase does not open ${where}`, {
      hint: 'give the passphrase with which it was sealed',
    });
  }
  return identitiesIn(plain, where);
}

/**
 * A new identity, sealed with a passphrase: an armoured file as `age -p` makes it; and the recipient that belongs to it.
 * @param salt 16 random bytes @param workFactor of scrypt, as a power of two
 */
export async function newSealedIdentity(
  passphrase: string,
  salt: Uint8Array,
  workFactor?: number,
): Promise<{ file: string; recipient: string }> {
  const age = await ageLibrary();
  const identity = await age.generateX25519Identity();
  const recipient = await age.identityToRecipient(identity);
  const encrypter = new age.Encrypter();
  encrypter.addRecipient(new PassphraseRecipient(passphrase, salt, workFactor));
  const sealed = await encrypter.encrypt(`# public key: ${recipient}\n${identity}\n`);
  return { file: age.armor.encode(sealed), recipient };
}

function binaryOf(bytes: Uint8Array, age: Awaited<ReturnType<typeof ageLibrary>>): Uint8Array {
  const text = Buffer.from(bytes).toString('latin1');
  return text.startsWith(BINARY) ? bytes : age.armor.decode(text);
}

function hasPassphrase(bytes: Uint8Array, age: Awaited<ReturnType<typeof ageLibrary>>): boolean {
  try {
    return Buffer.from(binaryOf(bytes, age)).toString('latin1').startsWith(`${BINARY}-> scrypt `);
  } catch {
    return false;
  }
}

async function assertIdentity(line: string, where: string): Promise<void> {
  if (/^age1/i.test(line))
    throw badIdentity(`${where} is a public key, not an identity`, 'name the file with the private key');
  if (line.startsWith('-----BEGIN') || line.startsWith('AGE-PLUGIN-'))
    throw badIdentity(`${where} is a kind of key that is not read here`, 'use a key of age-keygen');
  try {
    const age = await ageLibrary();
    new age.Decrypter().addIdentity(line);
  } catch {
    throw badIdentity(`${where} is not an age identity`);
  }
}

function badIdentity(problem: string, hint = 'name a file as age-keygen writes it'): FormatError {
  return new FormatError('FORMAT_INVALID_KEY', problem, { hint });
}
