import { expect, it } from 'vitest';
import { needsPassphrase, SigningKey } from '../../../src/codec/keys/signing-key.ts';
import { StateError } from '../../../src/errors.ts';
import { keyText, keyVectors, testKey } from '../../fixtures/signing.ts';

function outcomeOf(key: string, passphrase?: string): { result: string; fingerprint?: string } {
  try {
    return { result: 'ok', fingerprint: SigningKey.parse(key, passphrase).publicKey.fingerprint };
  } catch (error) {
    if (!(error instanceof StateError)) throw error;
    // Neither the message nor what may be shown with it has a line of the key.
    const shown = JSON.stringify(error);
    for (const line of key.split('\n').filter((each) => each.length > 20 && !each.startsWith('-----')))
      expect(shown).not.toContain(line);
    return { result: error.code };
  }
}

it.each(keyVectors())(
  'a private key, vector $name: $comment',
  ({ key, passphrase, expect: code, fingerprint }) => {
    expect(outcomeOf(key, passphrase)).toEqual(
      code === 'ok' ? { result: code, fingerprint } : { result: code },
    );
  },
);

it('only a key that is encrypted needs a passphrase', () => {
  expect(needsPassphrase(keyText('passphrase'))).toBe(true);
  expect(needsPassphrase(keyText('ed25519'))).toBe(false);
  expect(needsPassphrase(keyText('openssh'))).toBe(false);
});

it.each(['ed25519', 'p256', 'openssh'] as const)('what a key signs its public half verifies: %s', (name) => {
  const { publicKey } = testKey(name);
  const signature = testKey(name).sign(Buffer.from('text'));
  expect(publicKey.verifies(Buffer.from('text'), signature)).toBe(true);
  expect(publicKey.verifies(Buffer.from('other'), signature)).toBe(false);
});
