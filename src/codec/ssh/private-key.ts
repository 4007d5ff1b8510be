// Private keys as ssh-keygen writes them (PROTOCOL.key of OpenSSH): an Ed25519 key without a passphrase.
import { createPrivateKey, type KeyObject } from 'node:crypto';
import { FormatError } from '../../errors.ts';
import { invalidKey, PublicKey, unsupportedKey } from '../keys/public-key.ts';
import { SshProblem, SshReader, unarmoured } from './wire.ts';

const MAGIC = 'openssh-key-v1\0';
const LABEL = 'OPENSSH PRIVATE KEY';
const SEED_BYTES = 32;
const BLOCK_BYTES = 8;

/** @throws FormatError FORMAT_INVALID_KEY */
export function readSshPrivateKey(text: string): KeyObject {
  try {
    return readKey(new SshReader(unarmoured(text, LABEL)));
  } catch (error) {
    if (error instanceof FormatError) throw error;
    throw damaged(error);
  }
}

function readKey(outer: SshReader): KeyObject {
  if (outer.take(MAGIC.length).toString('latin1') !== MAGIC) throw new SshProblem('it begins otherwise');
  const [cipher, kdf, options] = [outer.text(), outer.text(), outer.string()];
  if (cipher !== 'none' || kdf !== 'none') throw hasPassphrase();
  if (options.length > 0 || outer.number() !== 1) throw new SshProblem('it holds several keys');
  const publicBytes = outer.string();
  const secret = outer.string();
  outer.end();
  const inner = new SshReader(secret);
  const checkNumber = inner.number();
  if (inner.number() !== checkNumber) throw new SshProblem('its check numbers differ');
  const type = inner.text();
  if (type !== 'ssh-ed25519') throw unsupportedKey(type);
  const point = inner.string();
  const seedAndPoint = inner.string();
  inner.string(); // the comment
  assertPadding(inner.rest(), secret.length);
  const key = keyOf(seedAndPoint, point);
  if (PublicKey.of(key).sshBytes.equals(publicBytes)) return key;
  throw new SshProblem('its halves do not belong together');
}

/** The seed, and the public half once more. */
function keyOf(seedAndPoint: Buffer, point: Buffer): KeyObject {
  const seed = seedAndPoint.subarray(0, SEED_BYTES);
  if (!seedAndPoint.subarray(SEED_BYTES).equals(point) || point.length !== SEED_BYTES)
    throw new SshProblem('its halves do not belong together');
  const [d, x] = [seed.toString('base64url'), point.toString('base64url')];
  return createPrivateKey({ key: { kty: 'OKP', crv: 'Ed25519', d, x }, format: 'jwk' });
}

/** 1, 2, 3, … up to a whole block. */
function assertPadding(padding: Buffer, length: number): void {
  const isRight = length % BLOCK_BYTES === 0 && padding.length < BLOCK_BYTES;
  if (!isRight || padding.some((byte, index) => byte !== index + 1))
    throw new SshProblem('its end is not right');
}

function hasPassphrase(): FormatError {
  return invalidKey(
    'it is an OpenSSH key with a passphrase',
    'an OpenSSH key is read without one: have ssh-keygen take it off a copy, or sign with a PKCS#8 key, which may have one',
  );
}

function damaged(cause: unknown): FormatError {
  return invalidKey(
    'it is not a whole OpenSSH private key',
    'name the file that ssh-keygen -t ed25519 made, not a part of it',
    cause,
  );
}
