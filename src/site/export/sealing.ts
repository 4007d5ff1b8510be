// Seals the secrets of the components that are exported, for those whom the caller names.
import { randomBytes } from 'node:crypto';
import { newSealedIdentity } from '../../codec/age/identities.ts';
import { looksLikeRecipient, recipientsIn } from '../../codec/age/recipients.ts';
import { nowSeconds } from '../../disk/clock.ts';
import { UsageError } from '../../errors.ts';
import { Document } from '../../snapshot/document.ts';
import { linesOf, type SecretValues, sealSecrets } from '../../snapshot/sealed-secrets.ts';
import type { Host } from '../../wassette/host.ts';

export interface SealingOptions {
  /** Whether the values of the secrets of these components are in the snapshot, sealed with `encryptionKey` (default false). */
  includeSecrets?: boolean | undefined;
  /**
   * Whom secrets are sealed for: an age recipient (`age1…`), several, or a passphrase. A passphrase seals an age identity
   * that is in the snapshot, too.
   */
  encryptionKey?: string | readonly string[] | undefined;
}

/** Whom something is sealed for; a passphrase stands alone. */
type SealedFor = { recipients: readonly string[] } | { passphrase: string };

/** Null where no secrets are asked for. @throws UsageError USAGE_BAD_ARGUMENT; FormatError FORMAT_INVALID_KEY, FORMAT_LIMIT_EXCEEDED */
export async function sealedForIn({
  includeSecrets,
  encryptionKey,
}: SealingOptions): Promise<SealedFor | null> {
  if (!includeSecrets) {
    if (encryptionKey === undefined) return null;
    throw new UsageError(
      'USAGE_BAD_ARGUMENT',
      'a key to seal secrets with was given, and no secrets are exported',
      {
        hint: 'ask for the secrets as well, or leave the key out',
      },
    );
  }
  if (encryptionKey === undefined || encryptionKey.length === 0) {
    throw new UsageError('USAGE_BAD_ARGUMENT', 'secrets are exported only for somebody who can open them', {
      hint: 'name an age recipient, such as age-keygen prints it, or a passphrase',
    });
  }
  const keys = typeof encryptionKey === 'string' ? [encryptionKey] : encryptionKey;
  const isPassphrase = typeof encryptionKey === 'string' && !isKey(encryptionKey);
  if (isPassphrase) return { passphrase: encryptionKey };
  return { recipients: await recipientsIn(keys.join('\n'), 'the key to seal secrets with') };
}

/** Also a private key given by mistake, which must not become a passphrase. */
function isKey(text: string): boolean {
  return looksLikeRecipient(text) || /^(AGE-(SECRET-KEY|PLUGIN)-|ssh-|age1|-----BEGIN )/i.test(text);
}

/** The document with the secrets of its components; the same where they have none. */
export async function withSealedSecrets(
  document: Document,
  host: Host,
  sealedFor: SealedFor,
): Promise<Document> {
  const secrets = await valuesOf(document, host);
  if (secrets.size === 0) return document;
  const { tree, policies } = document;
  const { recipients, identity } = await keysFor(sealedFor);
  const time = new Date(nowSeconds() * 1000).toISOString().replace(/\.\d+Z$/, 'Z');
  const fresh = { random: randomBytes, time };
  return new Document(
    {
      ...tree,
      secrets: await sealSecrets(secrets, tree.state_digest, recipients, fresh),
      ...(identity === null ? {} : { secret_identity: linesOf(identity.file) }),
    },
    policies,
  );
}

async function keysFor(
  sealedFor: SealedFor,
): Promise<{ recipients: readonly string[]; identity: { file: string } | null }> {
  if ('recipients' in sealedFor) return { recipients: sealedFor.recipients, identity: null };
  const identity = await newSealedIdentity(sealedFor.passphrase, randomBytes(16));
  return { recipients: [identity.recipient], identity };
}

async function valuesOf({ tree }: Document, host: Host): Promise<SecretValues> {
  const secrets = new Map<string, ReadonlyMap<string, string>>();
  for (const { component_id } of tree.components) {
    const stored = await host.secretValues(component_id);
    if (stored.size > 0) secrets.set(component_id, stored);
  }
  return secrets;
}

/** What is said of an export that was asked for secrets. */
export function notesOnSealing({ sealed }: Document): string[] {
  if (sealed === null)
    return ['no secrets are stored here for these components, so none are in the snapshot'];
  const count = [...sealed.names.values()].reduce((sum, names) => sum + names.length, 0);
  return [
    `${count} ${count === 1 ? 'secret is' : 'secrets are'} in the snapshot, sealed: each such export is written anew, since nothing is sealed the same way twice`,
  ];
}
