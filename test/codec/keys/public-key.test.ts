import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { PublicKey } from '../../../src/codec/keys/public-key.ts';
import { sshString } from '../../../src/codec/ssh/wire.ts';
import { failing } from '../../fixtures/failing.ts';
import { keyText, testKey } from '../../fixtures/signing.ts';

const rsa = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey;
const line = (...parts: (string | Buffer)[]) => Buffer.concat(parts.map(sshString)).toString('base64');
const point = Buffer.alloc(65, 1);

describe('a public key', () => {
  it.each(['ed25519', 'p256', 'openssh'] as const)('is read from PEM and from an SSH line: %s', (name) => {
    const { publicKey } = testKey(name);
    const { fingerprint } = publicKey;
    expect(PublicKey.parse(publicKey.pem).fingerprint).toBe(fingerprint);
    expect(PublicKey.parse(`${publicKey.sshLine} me@here\n`).fingerprint).toBe(fingerprint);
    expect(PublicKey.fromSpki(publicKey.spki).fingerprint).toBe(fingerprint);
  });

  it.each([
    ['a private key', keyText('ed25519')],
    ['an RSA key in PEM', rsa.export({ type: 'spki', format: 'pem' }).toString()],
    ['another kind of PEM', '-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----'],
    ['a PEM of no key', '-----BEGIN PUBLIC KEY-----\nAA==\n-----END PUBLIC KEY-----'],
    ['an RSA key of SSH', `ssh-rsa ${line('ssh-rsa', 'e', 'n')}`],
    ['an SSH line without a key', 'ssh-ed25519'],
    ['an SSH line that is not base64', 'ssh-ed25519 !!!!'],
    ['two SSH lines', `${testKey('ed25519').publicKey.sshLine}\n${testKey('ed25519').publicKey.sshLine}`],
    [
      'an SSH line of another kind than its key',
      testKey('ed25519').publicKey.sshLine.replace('ed25519', 'rsa'),
    ],
    ['a cut SSH key', `ssh-ed25519 ${line('ssh-ed25519').slice(0, 8)}`],
    ['a short point', `ssh-ed25519 ${line('ssh-ed25519', 'short')}`],
    ['another curve', `ecdsa-sha2-nistp256 ${line('ecdsa-sha2-nistp256', 'nistp384', point)}`],
    ['no point', `ecdsa-sha2-nistp256 ${line('ecdsa-sha2-nistp256', 'nistp256', point)}`],
    [
      'a point that is not on the curve',
      `ecdsa-sha2-nistp256 ${line('ecdsa-sha2-nistp256', 'nistp256', Buffer.concat([Buffer.from([4]), Buffer.alloc(64, 7)]))}`,
    ],
    ['nothing', ''],
  ])('is not %s', (_what, text) => {
    expect(() => PublicKey.parse(text)).toThrow(failing('FORMAT_INVALID_KEY'));
  });

  it('is one value in one form: DER with something behind it is refused', () => {
    const longer = Buffer.concat([testKey('ed25519').publicKey.spki, Buffer.from([0])]);
    expect(() => PublicKey.fromSpki(longer)).toThrow(failing('FORMAT_INVALID_KEY'));
  });
});
