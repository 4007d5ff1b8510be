// The secrets in a document: values sealed for recipients as a SOPS document, and tied to the state they were sealed for.
import type { Identities } from '../codec/age/identities.ts';
import { quoted } from '../codec/safe-text.ts';
import { type Leaf, readSops, type SopsDocument } from '../codec/sops/document.ts';
import { type Freshness, seal, unseal } from '../codec/sops/sealing.ts';
import { FormatError, showInvisible, VerificationError } from '../errors.ts';

/** Values of secrets by component id and name. */
export type SecretValues = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** The sealed secrets of a document: their names can be read, their values cannot. */
export interface SealedSecrets {
  /** By component id. */
  names: ReadonlyMap<string, readonly string[]>;
  /** Whom they are sealed for, as the document says; not verified. */
  recipients: readonly string[];
  sops: SopsDocument;
}

const MOST_NAME_LENGTH = 250;
const MOST_VALUE_BYTES = 1024 * 1024;
const MOST_BYTES = 8 * 1024 * 1024;
/** sops leaves an empty text as it is, for anybody to add or remove: this stands for it, and more of it for itself. */
const EMPTY = '\\';
const ONLY_ESCAPES = /^\\+$/;
const ARMORED =
  /^-----BEGIN AGE ENCRYPTED FILE-----\n(?:[A-Za-z0-9+/=]{1,64}\n){1,200}-----END AGE ENCRYPTED FILE-----$/;

/** The lines of a document as they stand in a snapshot: its text is kept as it is, whatever carries the snapshot. */
export function linesOf(text: string): string[] {
  return text.replace(/\n$/, '').split('\n');
}

export function textOf(lines: readonly string[]): string {
  return `${lines.join('\n')}\n`;
}

/**
 * @param ids the components of the snapshot
 * @throws FormatError FORMAT_INVALID_SECRETS, FORMAT_LIMIT_EXCEEDED
 */
export function readSealedSecrets(lines: readonly string[], ids: readonly string[]): SealedSecrets {
  const sops = readSops(textOf(lines));
  const names = new Map<string, string[]>();
  const known = new Set(ids);
  let isBound = false;
  for (const { path } of sops.leaves) {
    if (path.length === 1 && path[0] === 'binding') {
      isBound = true;
      continue;
    }
    const [top, id, name] = path;
    if (path.length !== 3 || top !== 'secrets') throw misplaced();
    if (!known.has(id!))
      throw notSealable('it has secrets of a component that is not in the snapshot', {
        component_id: quoted(id!),
      });
    assertName(name!, id!);
    names.set(id!, [...(names.get(id!) ?? []), name!]);
  }
  if (!isBound) throw notSealable('nothing ties them to this snapshot (binding)');
  return { names, recipients: sops.keys.map(({ recipient }) => recipient), sops };
}

/** @throws FormatError FORMAT_INVALID_SECRETS where it is not an armoured age file */
export function checkSealedIdentity(lines: readonly string[]): void {
  if (!ARMORED.test(lines.join('\n')))
    throw notSealable('the identity beside them is not an armoured age file (secret_identity)');
}

/**
 * The lines of a document with these secrets.
 * @throws FormatError FORMAT_INVALID_SECRETS for a name or value that cannot be sealed, FORMAT_LIMIT_EXCEEDED
 */
export async function sealSecrets(
  secrets: SecretValues,
  stateDigest: string,
  recipients: readonly string[],
  fresh: Freshness,
): Promise<string[]> {
  const leaves: Leaf<string>[] = [];
  let bytes = 0;
  for (const [id, values] of sorted(secrets)) {
    assertKept(id, `component ${quoted(id)}`);
    for (const [name, value] of sorted(values)) {
      assertName(name, id);
      bytes += assertValue(value, name, id);
      leaves.push({ path: ['secrets', id, name], value: written(value) });
    }
  }
  if (bytes > MOST_BYTES) throw tooLong(`all secrets together are ${bytes} bytes`, MOST_BYTES);
  leaves.push({ path: ['binding'], value: stateDigest });
  return linesOf(await seal(leaves, recipients, fresh));
}

/**
 * @param stateDigest of the snapshot they are found in
 * @throws VerificationError VERIFY_CANNOT_UNSEAL, VERIFY_SECRETS_ALTERED; FormatError FORMAT_INVALID_SECRETS
 */
export async function unsealSecrets(
  { sops }: SealedSecrets,
  identities: Identities,
  stateDigest: string,
): Promise<SecretValues> {
  const secrets = new Map<string, Map<string, string>>();
  for (const { path, value } of await unseal(sops, identities)) {
    if (path.length === 1) {
      if (value !== stateDigest) throw ofAnotherState();
      continue;
    }
    const [, id, name] = path as [string, string, string];
    const plain = read(value);
    assertValue(plain, name, id);
    const values = secrets.get(id) ?? new Map<string, string>();
    secrets.set(id, values.set(name, plain));
  }
  return secrets;
}

function written(value: string): string {
  return value === '' || ONLY_ESCAPES.test(value) ? EMPTY + value : value;
}

function read(value: string): string {
  return ONLY_ESCAPES.test(value) ? value.slice(1) : value;
}

function sorted<T>(map: ReadonlyMap<string, T>): [string, T][] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1));
}

function assertName(name: string, id: string): void {
  const whose = `component ${quoted(id)}: the secret ${quoted(name)}`;
  if (name === '' || name.length > MOST_NAME_LENGTH || showInvisible(name) !== name || name.trim() !== name)
    throw notSealable(`${whose} has a name that is empty, too long, or has something invisible in it`);
  assertKept(name, whose);
}

/** sops would join or uncover what is called so, and no reader of JSON here takes it. */
function assertKept(name: string, what: string): void {
  if (name === '__proto__') throw notSealable(`${what} has a name that stands for something else in JSON`);
  if (name.includes(':')) throw notSealable(`${what} has a colon in its name`);
  if (name.endsWith('_unencrypted'))
    throw notSealable(`${what} has a name that ends in _unencrypted, which would leave values in clear`);
}

function assertValue(value: string, name: string, id: string): number {
  const whose = `component ${quoted(id)}: the secret ${quoted(name)}`;
  if (!value.isWellFormed()) throw notSealable(`${whose} has half a character in its value`);
  const bytes = Buffer.byteLength(value);
  if (bytes > MOST_VALUE_BYTES) throw tooLong(`${whose} is ${bytes} bytes`, MOST_VALUE_BYTES);
  return bytes;
}

function tooLong(what: string, limit: number): FormatError {
  return new FormatError('FORMAT_LIMIT_EXCEEDED', `${what}, over the limit of ${limit}`, {
    hint: 'hand it over in another way',
    details: { limit },
  });
}

function misplaced(): FormatError {
  return notSealable('a value is neither below "secrets" and a component, nor the binding');
}

function notSealable(problem: string, details: Record<string, string> = {}): FormatError {
  return new FormatError('FORMAT_INVALID_SECRETS', `secrets: ${problem}`, {
    hint: 'rename the secret, leave the component out, or leave the secrets out',
    details,
  });
}

function ofAnotherState(): VerificationError {
  return new VerificationError(
    'VERIFY_SECRETS_ALTERED',
    'the sealed secrets were sealed for another state: other code, other policies or other components',
    { hint: 'trust nothing of this snapshot: ask whoever made it' },
  );
}
