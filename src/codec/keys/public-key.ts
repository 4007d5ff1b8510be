// The public half of a key that signs: Ed25519 or P-256, as PEM, as SSH writes it, and known by its SSH fingerprint.
import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto';
import { FormatError } from '../../errors.ts';
import { standardBase64 } from '../base64.ts';
import { sha256Hex } from '../digest.ts';
import { quoted } from '../safe-text.ts';
import { SshProblem, SshReader, sshString } from '../ssh/wire.ts';

/** The kinds of key that sign here. */
export type KeyKind = 'ed25519' | 'p256';

const ED25519 = 'ssh-ed25519';
const P256 = 'ecdsa-sha2-nistp256';
const CURVE = 'nistp256';
/** An uncompressed point. */
const POINT = 0x04;
const COORDINATE = 32;

/**
 * A key that a signature is checked with.
 * @example
 * ```ts
 * import { PublicKey } from 'wassette-state';
 *
 * const line = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4';
 * console.log(PublicKey.parse(line).kind); // ed25519
 * ```
 */
export class PublicKey {
  /** `SHA256:` and base64 without padding, as `ssh-keygen -l` prints it. Two keys are equal when these are. */
  readonly fingerprint: string;
  /** Which kind of key it is. */
  readonly kind: KeyKind;
  /** SubjectPublicKeyInfo in DER. */
  readonly spki: Buffer;
  /** As in an `authorized_keys` line, decoded. */
  readonly sshBytes: Buffer;
  readonly #key: KeyObject;

  private constructor(key: KeyObject) {
    this.#key = key;
    this.kind = kindOf(key);
    this.spki = key.export({ type: 'spki', format: 'der' });
    this.sshBytes = sshBytesOf(key, this.kind);
    const digest = createHash('sha256').update(this.sshBytes).digest('base64');
    this.fingerprint = `SHA256:${digest.replace(/=+$/, '')}`;
  }

  /** The public half of any key. @throws FormatError FORMAT_INVALID_KEY for a kind that does not sign here */
  static of(key: KeyObject): PublicKey {
    return new PublicKey(key.type === 'private' ? createPublicKey(key) : key);
  }

  /**
   * Reads a PEM (`BEGIN PUBLIC KEY`) or a line as in `id_ed25519.pub`.
   * @throws FormatError FORMAT_INVALID_KEY
   */
  static parse(text: string): PublicKey {
    const trimmed = text.trim();
    if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(trimmed)) {
      throw invalidKey(
        'it is a private key',
        'name the file with its public half: nobody else needs the private one',
      );
    }
    if (!trimmed.startsWith('-----')) return PublicKey.#ofLine(trimmed);
    if (!/^-----BEGIN PUBLIC KEY-----\r?\n[^-]*\r?\n-----END PUBLIC KEY-----$/.test(trimmed))
      throw notAPublicKey();
    try {
      return PublicKey.of(createPublicKey(trimmed));
    } catch (error) {
      throw error instanceof FormatError ? error : notAPublicKey(error);
    }
  }

  static #ofLine(line: string): PublicKey {
    const [type = '', encoded = ''] = line.split(/[ \t]+/);
    const bytes = /[\r\n]/.test(line) || encoded === '' ? null : standardBase64(encoded);
    if (bytes === null) throw notAPublicKey();
    const key = PublicKey.fromSsh(bytes);
    if (key.sshBytes.equals(bytes) && type === sshTypeOf(key.kind)) return key;
    throw notAPublicKey();
  }

  /** From a SubjectPublicKeyInfo in DER, without anything behind it. @throws FormatError FORMAT_INVALID_KEY */
  static fromSpki(der: Buffer): PublicKey {
    let key: PublicKey;
    try {
      key = PublicKey.of(createPublicKey({ key: der, format: 'der', type: 'spki' }));
    } catch (error) {
      throw error instanceof FormatError ? error : notAPublicKey(error);
    }
    if (!key.spki.equals(der)) throw notAPublicKey();
    return key;
  }

  /** From what an `authorized_keys` line has in base64. @throws FormatError FORMAT_INVALID_KEY */
  static fromSsh(bytes: Buffer): PublicKey {
    try {
      const reader = new SshReader(bytes);
      const type = reader.text();
      if (type !== ED25519 && type !== P256) throw unsupportedKey(type);
      if (type === P256 && reader.text() !== CURVE) throw notAPublicKey();
      const point = reader.string();
      reader.end();
      return PublicKey.of(createPublicKey({ key: jwkOf(type, point), format: 'jwk' }));
    } catch (error) {
      throw error instanceof FormatError ? error : notAPublicKey(error);
    }
  }

  /** As `openssl pkey -pubout` writes it, for cosign. */
  get pem(): string {
    return this.#key.export({ type: 'spki', format: 'pem' }).toString();
  }

  /** As in `id_ed25519.pub`, without a comment. */
  get sshLine(): string {
    return `${sshTypeOf(this.kind)} ${this.sshBytes.toString('base64')}`;
  }

  /** What a Sigstore bundle calls its key by. */
  get hint(): string {
    return Buffer.from(sha256Hex(this.spki), 'hex').toString('base64');
  }

  /** Whether this key made `signature` over `bytes`: Ed25519, or ECDSA with SHA-256 in DER. */
  verifies(bytes: Uint8Array, signature: Uint8Array): boolean {
    return verify(this.kind === 'p256' ? 'sha256' : null, bytes, this.#key, signature);
  }
}

function kindOf(key: KeyObject): KeyKind {
  if (key.asymmetricKeyType === 'ed25519') return 'ed25519';
  const curve = key.asymmetricKeyDetails?.namedCurve;
  if (key.asymmetricKeyType === 'ec' && curve === 'prime256v1') return 'p256';
  throw unsupportedKey([key.asymmetricKeyType, curve].filter((part) => part !== undefined).join(' '));
}

function sshTypeOf(kind: KeyKind): string {
  return kind === 'ed25519' ? ED25519 : P256;
}

function sshBytesOf(key: KeyObject, kind: KeyKind): Buffer {
  const { x = '', y = '' } = key.export({ format: 'jwk' });
  const [first, second] = [x, y].map((part) => Buffer.from(part, 'base64url'));
  if (kind === 'ed25519') return Buffer.concat([sshString(ED25519), sshString(first!)]);
  const point = Buffer.concat([Buffer.from([POINT]), first!, second!]);
  return Buffer.concat([sshString(P256), sshString(CURVE), sshString(point)]);
}

function jwkOf(type: typeof ED25519 | typeof P256, point: Buffer): { [name: string]: string } {
  if (type === ED25519) return { kty: 'OKP', crv: 'Ed25519', x: point.toString('base64url') };
  if (point.length !== 1 + 2 * COORDINATE || point[0] !== POINT) throw new SshProblem('it is no point');
  const [x, y] = [point.subarray(1, 1 + COORDINATE), point.subarray(1 + COORDINATE)];
  return { kty: 'EC', crv: 'P-256', x: x.toString('base64url'), y: y.toString('base64url') };
}

/** The error for a key that cannot be used. `why` and `hint` never quote it. */
export function invalidKey(why: string, hint: string, cause?: unknown): FormatError {
  return new FormatError('FORMAT_INVALID_KEY', `the key cannot be used: ${why}`, { hint, cause });
}

/** @param kind the name of a format, as the key says it */
export function unsupportedKey(kind: string): FormatError {
  return invalidKey(
    `its kind is ${quoted(kind)}`,
    'Ed25519 and P-256 keys sign here; an SSH key is ssh-ed25519',
  );
}

function notAPublicKey(cause?: unknown): FormatError {
  return invalidKey(
    'it is no public key',
    'give a PEM file that begins with BEGIN PUBLIC KEY, or a line as in id_ed25519.pub',
    cause,
  );
}
