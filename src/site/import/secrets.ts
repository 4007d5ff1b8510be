// Opens the secrets that a snapshot carries, and makes of them the secrets files that a host is to have.
import { sha256Hex } from '../../codec/digest.ts';
import { fewOf } from '../../codec/enumeration.ts';
import { quoted } from '../../codec/safe-text.ts';
import { UsageError } from '../../errors.ts';
import type { OpenSnapshot } from '../../places/place.ts';
import { namesChanged, type SecretsChange } from '../../plan/secrets-change.ts';
import type { Document } from '../../snapshot/document.ts';
import { textOf, unsealSecrets } from '../../snapshot/sealed-secrets.ts';
import type { Host } from '../../wassette/host.ts';
import { secretsText, valuesIn } from '../../wassette/secrets/contents.ts';

export interface UnsealingOptions {
  /** Whether the secrets that the snapshot carries are imported, too (default false). `decryptionKey` opens them. */
  includeSecrets?: boolean | undefined;
  /** What opens the secrets: the text of an age identity file, or the passphrase they were sealed with. */
  decryptionKey?: string | undefined;
}

/** The secrets that a component is to have: values beside those that are here, or a file as it was. */
export type WantedSecrets = { values: ReadonlyMap<string, string> } | { file: Uint8Array | null };

/** By component id. */
export type SecretsWanted = ReadonlyMap<string, WantedSecrets>;
const NO_SECRETS: SecretsWanted = new Map();

/**
 * What a snapshot brings, where it is asked for.
 * @throws UsageError USAGE_BAD_ARGUMENT; FormatError FORMAT_INVALID_KEY, FORMAT_INVALID_SECRETS
 * @throws VerificationError VERIFY_CANNOT_UNSEAL, VERIFY_SECRETS_ALTERED
 */
export async function secretsIn(
  { content }: OpenSnapshot,
  { includeSecrets, decryptionKey }: UnsealingOptions,
): Promise<SecretsWanted> {
  if (!includeSecrets) {
    if (decryptionKey === undefined) return NO_SECRETS;
    throw new UsageError('USAGE_BAD_ARGUMENT', 'a key that opens secrets was given, and none are imported', {
      hint: 'ask for the secrets as well, or leave the key out',
    });
  }
  const { sealed, tree } = content;
  if (sealed === null) {
    throw noSecrets();
  }
  if (decryptionKey === undefined || decryptionKey === '') {
    throw new UsageError(
      'USAGE_BAD_ARGUMENT',
      'the secrets of the snapshot are sealed, and nothing that opens them was given',
      {
        hint: `give the identity of one of the recipients: ${fewOf(sealed.recipients.map((each) => quoted(each)))}`,
      },
    );
  }
  const secrets = await unsealSecrets(sealed, await identitiesFor(decryptionKey, content), tree.state_digest);
  return new Map([...secrets].map(([id, values]) => [id, { values }]));
}

export function noSecrets(): UsageError {
  return new UsageError('USAGE_BAD_ARGUMENT', 'the snapshot carries no secrets', {
    hint: 'import it without them, or have it exported again with its secrets',
  });
}

async function identitiesFor(key: string, { tree }: Document) {
  const { identitiesIn, unsealedIdentities } = await import('../../codec/age/identities.ts');
  const isIdentity = /^\s*(#|AGE-)/.test(key) || key.includes('-----BEGIN');
  if (isIdentity) return identitiesIn(Buffer.from(key), 'the key that opens the secrets');
  if (tree.secret_identity)
    return unsealedIdentities(Buffer.from(textOf(tree.secret_identity)), key, 'the identity in the snapshot');
  throw new UsageError('USAGE_BAD_ARGUMENT', 'the secrets were not sealed with a passphrase', {
    hint: 'give the age identity of one of the recipients',
  });
}

/** The files that are wanted, as changes of those that are here, and the bytes of the new ones by hash. */
export interface PlannedSecrets {
  changes: ReadonlyMap<string, SecretsChange>;
  files: ReadonlyMap<string, Uint8Array>;
}

/** @throws FormatError FORMAT_INVALID_SECRETS where it is not certain what is stored here; StoreError STORE_UNSUPPORTED */
export async function planSecrets(wanted: SecretsWanted, host: Host): Promise<PlannedSecrets> {
  const changes = new Map<string, SecretsChange>();
  const files = new Map<string, Uint8Array>();
  if (wanted.size > 0) await host.assertSecretsAreFiles();
  for (const [id, secrets] of wanted) {
    const here = await host.storedSecrets(id);
    const before = here?.values ?? new Map<string, string>();
    const after = 'values' in secrets ? new Map([...before, ...secrets.values]) : valuesOf(secrets.file);
    const names = namesChanged(before, after);
    const isIdle = 'values' in secrets && names.added.length + names.replaced.length === 0;
    const bytes = isIdle
      ? (here?.bytes ?? null)
      : 'values' in secrets
        ? Buffer.from(secretsText(after))
        : secrets.file;
    if (bytes !== null) files.set(sha256Hex(bytes), bytes);
    changes.set(id, { file: { old: named(here?.bytes ?? null), new: named(bytes) }, ...names });
  }
  return { changes, files };
}

/** A file as it was may be one that only Wassette reads: then its names are not said. */
function valuesOf(file: Uint8Array | null): ReadonlyMap<string, string> {
  return (file && valuesIn(file)) ?? new Map();
}

function named(bytes: Uint8Array | null) {
  return bytes && { sha256: sha256Hex(bytes), size: bytes.length };
}
