// Recipients and identities as people write them, and files of identities that are sealed with a passphrase.
import { identityToRecipient } from 'age-encryption';
import { describe, expect, it } from 'vitest';
import {
  identitiesIn,
  isSealedIdentity,
  newSealedIdentity,
  unsealedIdentities,
} from '../../../src/codec/age/identities.ts';
import { looksLikeRecipient, recipientsIn } from '../../../src/codec/age/recipients.ts';
import { failing } from '../../fixtures/failing.ts';
import { countedRandom, KEYS, POST_QUANTUM_IDENTITY } from '../../fixtures/sops-documents.ts';

const { mine, other } = KEYS;
const salt = countedRandom('salt')(16);

describe('the recipients of a file', () => {
  it('are one a line, each once, without comments', async () => {
    const text = `# the team\n${mine.recipient}\r\n\n  ${other.recipient}\n${mine.recipient}\n`;
    expect(await recipientsIn(text, 'team.txt')).toEqual([mine.recipient, other.recipient]);
  });

  it('may withstand quantum computers', async () => {
    const recipient = await identityToRecipient(POST_QUANTUM_IDENTITY);
    expect(recipient).toMatch(/^age1pq1/);
    expect(looksLikeRecipient(recipient)).toBe(true);
    expect(await recipientsIn(recipient, 'it')).toEqual([recipient]);
  });

  it.each([
    ['nothing but comments', '# nobody\n', 'names no recipient'],
    ['a private key', mine.identity, 'is a private key'],
    ['an SSH key', 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5', 'is an SSH key'],
    ['upper case', mine.recipient.toUpperCase(), 'has upper-case letters'],
    ['a plug-in', 'age1yubikey1q2w3e', 'needs a plug-in'],
    ['a wrong letter', mine.recipient.replace('erlv', 'erlw'), 'is not an age recipient'],
    ['half a key', mine.recipient.slice(0, 30), 'is not an age recipient'],
  ])('are refused with %s, and nothing is quoted', async (_what, text, said) => {
    const failure = (await recipientsIn(text, 'it').catch((error: unknown) => error)) as Error;
    expect(failure).toEqual(failing('FORMAT_INVALID_KEY'));
    expect(failure.message).toContain(said);
    expect(JSON.stringify(failure)).not.toContain(text.slice(5, 25));
  });
});

describe('an identity file', () => {
  it('has keys of both kinds, and comments', async () => {
    const text = `# created: 2026\n${mine.identity}\n${POST_QUANTUM_IDENTITY}\n`;
    expect(await identitiesIn(Buffer.from(text), 'key.txt')).toEqual([mine.identity, POST_QUANTUM_IDENTITY]);
  });

  it.each([
    ['empty', ''],
    ['a public key', mine.recipient],
    ['of a plug-in', 'AGE-PLUGIN-YUBIKEY-1QQQ'],
    ['an SSH key', '-----BEGIN OPENSSH PRIVATE KEY-----\nx'],
    ['cut short', mine.identity.slice(0, -4)],
    ['not text', '\xff\xfe'],
  ])('is refused when it is %s, and nothing is quoted', async (_what, text) => {
    const failure = await identitiesIn(Buffer.from(text, 'latin1'), 'key.txt').catch(
      (error: unknown) => error,
    );
    expect(failure).toEqual(failing('FORMAT_INVALID_KEY'));
    expect(JSON.stringify(failure)).not.toContain('1QYYQ79');
  });

  it('may be sealed with a passphrase', async () => {
    const { file, recipient } = await newSealedIdentity('correct horse', salt, 4);
    expect(isSealedIdentity(Buffer.from(file))).toBe(true);
    const identities = await unsealedIdentities(Buffer.from(file), 'correct horse', 'key.age');
    expect(await identityToRecipient(identities[0]!)).toBe(recipient);
  });

  it('is not opened by another passphrase', async () => {
    const { file } = await newSealedIdentity('correct horse', salt, 4);
    const failure = await unsealedIdentities(Buffer.from(file), 'battery', 'it').catch((e: unknown) => e);
    expect(failure).toEqual(failing('VERIFY_CANNOT_UNSEAL'));
  });

  it('is refused when opening it would be far too much work', async () => {
    const { file } = await newSealedIdentity('p', salt, 4);
    const { armor } = await import('age-encryption');
    const raw = Buffer.from(armor.decode(file)).toString('latin1');
    const costly = Buffer.from(raw.replace(/(-> scrypt \S+) 4/, '$1 30'), 'latin1');
    const failure = await unsealedIdentities(costly, 'p', 'it').catch((e: unknown) => e);
    expect(failure).toEqual(failing('FORMAT_LIMIT_EXCEEDED'));
  });

  it('is refused when it is sealed for a key, or damaged', async () => {
    const { file } = await newSealedIdentity('p', salt, 4);
    for (const bad of [
      file.slice(0, 120),
      file.replace('AGE ENCRYPTED FILE-----\n', 'AGE ENCRYPTED FILE-----\nAAAA'),
    ]) {
      const failure = await unsealedIdentities(Buffer.from(bad), 'p', 'it').catch((e: unknown) => e);
      expect(failure).toEqual(failing('FORMAT_INVALID_KEY'));
    }
  });
});
