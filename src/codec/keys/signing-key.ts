// A key that signs: Ed25519 or P-256 as PKCS#8 PEM, perhaps with a passphrase, or Ed25519 as OpenSSH keeps it. Such keys are
// neither made nor kept here.
import { createPrivateKey, type KeyObject, sign } from 'node:crypto';
import type { FormatError } from '../../errors.ts';
import { readSshPrivateKey } from '../ssh/private-key.ts';
import { invalidKey, type KeyKind, PublicKey } from './public-key.ts';

const BEGIN = /^-----BEGIN ([A-Z0-9 ]+)-----\r?\n/;
const PKCS8 = /^-----BEGIN (ENCRYPTED )?PRIVATE KEY-----\r?\n[^-]*\r?\n-----END \1PRIVATE KEY-----\s*$/;
const ENCRYPTED = 'ENCRYPTED PRIVATE KEY';
const OPENSSH = 'OPENSSH PRIVATE KEY';

/** Whether the key in `text` cannot be read without a passphrase. */
export function needsPassphrase(text: string): boolean {
  return BEGIN.exec(text)?.[1] === ENCRYPTED;
}

/**
 * A private key that signs snapshots.
 * @example
 * ```ts
 * import { generateKeyPairSync } from 'node:crypto';
 * import { SigningKey } from 'wassette-state';
 *
 * const { privateKey } = generateKeyPairSync('ed25519');
 * const key = SigningKey.parse(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
 * console.log(key.publicKey.kind); // ed25519
 * ```
 */
export class SigningKey {
  /** What others check its signatures with. */
  readonly publicKey: PublicKey;
  readonly #key: KeyObject;

  private constructor(key: KeyObject) {
    this.#key = key;
    this.publicKey = PublicKey.of(key);
  }

  /**
   * Reads a PKCS#8 PEM (Ed25519, P-256), or an unencrypted OpenSSH key (`ssh-ed25519`).
   * @throws FormatError FORMAT_INVALID_KEY, also where the passphrase is missing or wrong
   */
  static parse(text: string, passphrase?: string): SigningKey {
    const label = BEGIN.exec(text)?.[1];
    if (label === OPENSSH) return new SigningKey(readSshPrivateKey(text));
    if (label === 'ENCRYPTED SIGSTORE PRIVATE KEY' || label === 'ENCRYPTED COSIGN PRIVATE KEY')
      throw ofCosign();
    if (label?.endsWith('PRIVATE KEY') && !label.match(/^(ENCRYPTED )?PRIVATE KEY$/)) throw notPkcs8();
    if (!PKCS8.test(text)) throw notAPrivateKey();
    if (label === ENCRYPTED && !passphrase) throw noPassphrase();
    return new SigningKey(readPkcs8(text, label === ENCRYPTED ? passphrase : undefined));
  }

  /** Ed25519, or ECDSA with SHA-256 in DER. */
  sign(bytes: Uint8Array): Buffer {
    const kind: KeyKind = this.publicKey.kind;
    return sign(kind === 'p256' ? 'sha256' : null, bytes, this.#key);
  }
}

function readPkcs8(text: string, passphrase: string | undefined): KeyObject {
  try {
    return createPrivateKey({ key: text, format: 'pem', passphrase });
  } catch (error) {
    // Neither is told apart: a wrong passphrase gives bytes that are no key.
    throw passphrase === undefined ? notAPrivateKey(error) : wrongPassphrase(error);
  }
}

function notAPrivateKey(cause?: unknown): FormatError {
  return invalidKey(
    'it is no whole private key',
    'name a PKCS#8 PEM file, as "openssl genpkey -algorithm ed25519" makes it, or one that ssh-keygen -t ed25519 made',
    cause,
  );
}

function notPkcs8(): FormatError {
  return invalidKey('it is not in PKCS#8', 'convert it with: openssl pkcs8 -topk8 -in KEY -out KEY.pem');
}

function ofCosign(): FormatError {
  return invalidKey(
    'it is in the form of cosign, which cosign alone reads',
    'sign with cosign attest-blob, whose bundle can be verified here, or with a PKCS#8 key',
  );
}

function noPassphrase(): FormatError {
  return invalidKey('it has a passphrase, and none was given', 'give the passphrase');
}

function wrongPassphrase(cause: unknown): FormatError {
  return invalidKey('the passphrase is wrong, or the file is damaged', 'try the passphrase again', cause);
}
