// Sealing with a passphrase as `age -p` does, with Node's scrypt: it does not block, and the work it does is bounded.
import { createCipheriv, createDecipheriv, scrypt } from 'node:crypto';
import type { Identity, Recipient, Stanza } from 'age-encryption';
import { FormatError } from '../../errors.ts';
import { ageLibrary } from './library.ts';

/** As the power of two that `age -p` uses: most of a second, and 256 MiB. */
const WORK_FACTOR = 18;
/** A stranger's file says how much work opening it is. */
const MOST_WORK_FACTOR = 19;
const LABEL = 'age-encryption.org/v1/scrypt';
const SALT_BYTES = 16;
const TAG_BYTES = 16;
const FILE_KEY_BYTES = 16;
const NO_NONCE = Buffer.alloc(12);

/** Opens what was sealed with a passphrase; null as a file key where the passphrase is another one. */
export class PassphraseIdentity implements Identity {
  constructor(private readonly passphrase: string) {}

  async unwrapFileKey(stanzas: Stanza[]): Promise<Uint8Array | null> {
    const stanza = stanzas.find(({ args }) => args[0] === 'scrypt');
    if (stanza === undefined) return null;
    if (stanzas.length > 1) throw malformed();
    const [, salt = '', factor = ''] = stanza.args;
    const saltBytes = Buffer.from(salt, 'base64');
    if (stanza.args.length !== 3 || unpadded(saltBytes) !== salt || saltBytes.length !== SALT_BYTES)
      throw malformed();
    if (!/^[1-9][0-9]?$/.test(factor) || stanza.body.length !== FILE_KEY_BYTES + TAG_BYTES) throw malformed();
    assertBounded(Number(factor));
    const key = await keyOf(this.passphrase, saltBytes, Number(factor));
    const decipher = createDecipheriv('chacha20-poly1305', key, NO_NONCE, { authTagLength: TAG_BYTES });
    decipher.setAuthTag(stanza.body.subarray(FILE_KEY_BYTES));
    const fileKey = decipher.update(stanza.body.subarray(0, FILE_KEY_BYTES));
    try {
      decipher.final();
    } catch {
      return null;
    }
    return fileKey;
  }
}

/** Seals for whoever knows the passphrase. */
export class PassphraseRecipient implements Recipient {
  /** @param salt 16 random bytes @param workFactor as a power of two */
  constructor(
    private readonly passphrase: string,
    private readonly salt: Uint8Array,
    private readonly workFactor = WORK_FACTOR,
  ) {}

  async wrapFileKey(fileKey: Uint8Array): Promise<Stanza[]> {
    const { Stanza } = await ageLibrary();
    const key = await keyOf(this.passphrase, this.salt, this.workFactor);
    const cipher = createCipheriv('chacha20-poly1305', key, NO_NONCE, { authTagLength: TAG_BYTES });
    const body = Buffer.concat([cipher.update(fileKey), cipher.final(), cipher.getAuthTag()]);
    return [new Stanza(['scrypt', unpadded(this.salt), String(this.workFactor)], body)];
  }
}

function assertBounded(factor: number): void {
  if (factor <= MOST_WORK_FACTOR) return;
  throw new FormatError(
    'FORMAT_LIMIT_EXCEEDED',
    `opening what is sealed with this passphrase takes 2^${factor} steps, over the limit of 2^${MOST_WORK_FACTOR}`,
    { hint: 'seal the key again with age -p', details: { limit: MOST_WORK_FACTOR } },
  );
}

function keyOf(passphrase: string, salt: Uint8Array, factor: number): Promise<Buffer> {
  const N = 2 ** factor;
  const options = { N, r: 8, p: 1, maxmem: 128 * 8 * N + 1024 * 1024 };
  return new Promise((resolve, reject) =>
    scrypt(passphrase, Buffer.concat([Buffer.from(LABEL), salt]), 32, options, (error, key) =>
      error ? reject(error) : resolve(key),
    ),
  );
}

function unpadded(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64').replace(/=+$/, '');
}

function malformed(): FormatError {
  return new FormatError('FORMAT_INVALID_KEY', 'what is sealed with a passphrase is malformed', {
    hint: 'make it again with age -p',
  });
}
