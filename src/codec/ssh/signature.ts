// SSHSIG (PROTOCOL.sshsig of OpenSSH): the signatures that `ssh-keygen -Y` makes and checks, over any bytes.
import { createHash } from 'node:crypto';
import { FormatError } from '../../errors.ts';
import { invalidSignature } from '../dsse/problem.ts';
import { PublicKey } from '../keys/public-key.ts';
import type { SigningKey } from '../keys/signing-key.ts';
import { quoted } from '../safe-text.ts';
import { armoured, SshProblem, SshReader, sshNumber, sshString, unarmoured } from './wire.ts';

/** So that a signature for another purpose is none of a snapshot. */
export const NAMESPACE = 'wassette-state';

const MAGIC = 'SSHSIG';
const VERSION = 1;
const LABEL = 'SSH SIGNATURE';
const ED25519 = 'ssh-ed25519';
const HASHES = ['sha512', 'sha256'] as const;
type Hash = (typeof HASHES)[number];

export interface SshSignature {
  signer: PublicKey;
  hash: Hash;
  signature: Buffer;
}

/** The armoured signature of `message`. @throws FormatError FORMAT_INVALID_KEY for another key than Ed25519 */
export function sshSignatureOf(message: Uint8Array, key: SigningKey): string {
  if (key.publicKey.kind !== 'ed25519') {
    throw new FormatError('FORMAT_INVALID_KEY', 'an SSH signature is made with an Ed25519 key only', {
      hint: 'leave the SSH signature out, or sign with another key',
    });
  }
  const [hash] = HASHES;
  const signature = key.sign(signedBytes(message, hash));
  const bytes = Buffer.concat([
    Buffer.from(MAGIC),
    sshNumber(VERSION),
    ...[key.publicKey.sshBytes, NAMESPACE, '', hash].map(sshString),
    sshString(Buffer.concat([sshString(ED25519), sshString(signature)])),
  ]);
  return armoured(bytes, LABEL);
}

/** @throws FormatError FORMAT_INVALID_SIGNATURE, FORMAT_INVALID_KEY for a key that is not ssh-ed25519 */
export function readSshSignature(text: string): SshSignature {
  try {
    return readParts(new SshReader(unarmoured(text, LABEL)));
  } catch (error) {
    if (error instanceof FormatError) throw error;
    throw notSshSig((error as Error).message, error);
  }
}

function readParts(reader: SshReader): SshSignature {
  if (reader.take(MAGIC.length).toString('latin1') !== MAGIC) throw new SshProblem('it begins otherwise');
  if (reader.number() !== VERSION) throw new SshProblem('its version is not 1');
  const signer = PublicKey.fromSsh(reader.string());
  const namespace = reader.text();
  if (namespace !== NAMESPACE) throw new SshProblem(`its namespace is ${quoted(namespace)}`);
  if (reader.string().length > 0) throw new SshProblem('its reserved part is not empty');
  const named = reader.text();
  const hash = HASHES.find((each) => each === named);
  if (hash === undefined) throw new SshProblem('its hash is neither sha512 nor sha256');
  const parts = new SshReader(reader.string());
  reader.end();
  const type = parts.text();
  if (type !== ED25519) throw new SshProblem(`its kind is ${quoted(type)}, and only ${ED25519} is read`);
  const signature = parts.string();
  parts.end();
  return { signer, hash, signature };
}

/** Whether it is a signature of `message`. */
export function signsMessage({ signer, hash, signature }: SshSignature, message: Uint8Array): boolean {
  return signer.kind === 'ed25519' && signer.verifies(signedBytes(message, hash), signature);
}

function signedBytes(message: Uint8Array, hash: Hash): Buffer {
  const digest = createHash(hash).update(message).digest();
  return Buffer.concat([Buffer.from(MAGIC), ...[NAMESPACE, '', hash, digest].map(sshString)]);
}

function notSshSig(why: string, cause: unknown): FormatError {
  return invalidSignature(
    `as an SSH signature, ${why}`,
    `make it with ssh-keygen, for the namespace ${NAMESPACE} and with a key of the kind ${ED25519}`,
    cause,
  );
}
