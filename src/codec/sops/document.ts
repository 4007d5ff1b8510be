// Reads and writes the text of a SOPS document: its JSON store, with nothing in clear but names. The order of the values is
// kept, because their common hash depends on it.
import { FormatError } from '../../errors.ts';
import { assertNotTooMany } from '../age/recipients.ts';
import { JsonTreeReader, type JsonValue } from '../json/tree.ts';
import { notSealed } from './problem.ts';
import { type EncryptedValue, parseValue } from './value.ts';

/** The key of the metadata, which no value can have. */
const METADATA = 'sops';
const SUFFIX = '_unencrypted';
const LIMITS = { depth: 8, documentBytes: 32 * 1024 * 1024, values: 200_000 };
const MOST_ENCLOSED_LENGTH = 16 * 1024;

/** Keys held by other services may unseal it, too: they stay as they are. */
const OTHERS_KEYS = ['kms', 'gcp_kms', 'hckms', 'azure_kv', 'hc_vault', 'pgp'];
const KNOWN = new Set(['age', 'lastmodified', 'mac', 'unencrypted_suffix', 'version', ...OTHERS_KEYS]);
/** Go writes a time back as it reads it only in this form, and the hash of the values is bound to that. */
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;

/** An encrypted value with the keys that lead to it. */
export interface Leaf<T> {
  path: readonly string[];
  value: T;
}

/** The data key, sealed for one recipient. */
interface EnclosedKey {
  /** A label: what it is sealed for is in `enc`. */
  recipient: string;
  /** An armoured age file. */
  enc: string;
}

export interface SopsDocument {
  /** In the order of the text. */
  leaves: readonly Leaf<EncryptedValue>[];
  keys: readonly EnclosedKey[];
  lastModified: string;
  mac: EncryptedValue;
}

/**
 * Reads a document strictly: what anybody could change without a key, and sops would not notice, is refused.
 * @throws FormatError FORMAT_INVALID_SECRETS, FORMAT_LIMIT_EXCEEDED
 */
export function readSops(text: string): SopsDocument {
  const paths: string[][] = [];
  const reader = new JsonTreeReader({
    limits: LIMITS,
    // Asked for each text in an object, in the order in which they stand there.
    divert: (path) => {
      if (path[0] !== METADATA) paths.push(path.map(String));
      return undefined;
    },
  });
  const tree = treeOf(reader, text);
  const { [METADATA]: metadata, ...rest } = tree;
  assertOnlyTexts(rest);
  return { ...metadataIn(metadata), leaves: paths.map((path) => ({ path, value: leafAt(rest, path) })) };
}

function treeOf(reader: JsonTreeReader, text: string): { [key: string]: JsonValue } {
  try {
    reader.push(Buffer.from(text, 'utf8'));
    return reader.end() as { [key: string]: JsonValue };
  } catch (error) {
    if (!(error instanceof FormatError) || error.code === 'FORMAT_LIMIT_EXCEEDED') throw error;
    throw notSealed(error.message);
  }
}

/** sops leaves anything but a text in clear, or outside its hash. */
function assertOnlyTexts(value: JsonValue): void {
  if (typeof value === 'string') return;
  if (typeof value !== 'object' || value === null) throw notSealed('it has a value in clear');
  if (Array.isArray(value)) throw notSealed('it has a list');
  for (const [key, child] of Object.entries(value)) {
    if (key === '' || key.includes(':')) throw notSealed('a name is empty or has a colon');
    if (key.endsWith(SUFFIX)) throw notSealed(`a name ends in ${SUFFIX}, which keeps its value in clear`);
    if (typeof child === 'object' && child !== null && Object.keys(child).length === 0)
      throw notSealed('it has an empty list or map');
    assertOnlyTexts(child);
  }
}

function leafAt(tree: JsonValue, path: readonly string[]): EncryptedValue {
  const text = path.reduce<JsonValue>((value, key) => (value as { [key: string]: JsonValue })[key]!, tree);
  return encrypted(text, 'a value');
}

function encrypted(text: JsonValue | undefined, what: string): EncryptedValue {
  const value = typeof text === 'string' ? parseValue(text) : null;
  if (value === null) throw notSealed(`${what} is not encrypted as sops does it`);
  return value;
}

function metadataIn(metadata: JsonValue | undefined): Omit<SopsDocument, 'leaves'> {
  if (typeof metadata !== 'object' || metadata === null || Array.isArray(metadata))
    throw notSealed('it has no metadata of sops');
  if (metadata.mac_only_encrypted !== undefined)
    throw notSealed('its hash covers encrypted values alone (mac_only_encrypted)');
  if (Object.keys(metadata).some((key) => !KNOWN.has(key)))
    throw notSealed(
      'its metadata have something that this program does not take, such as groups of keys or a rule of what is encrypted',
    );
  const { age, lastmodified, mac, unencrypted_suffix = SUFFIX, version } = metadata;
  if (unencrypted_suffix !== SUFFIX) throw notSealed('it has a rule of its own of what is encrypted');
  if (typeof version !== 'string' || !/^\d+\.\d+\.\d+$/.test(version))
    throw notSealed('it has no version of sops');
  if (typeof lastmodified !== 'string' || !TIME.test(lastmodified))
    throw notSealed('it has no time, or in another form');
  return {
    keys: keysIn(age),
    lastModified: lastmodified,
    mac: encrypted(mac, 'the hash of its values (mac)'),
  };
}

function keysIn(age: JsonValue | undefined): EnclosedKey[] {
  if (!Array.isArray(age) || age.length === 0) throw notSealed('it is sealed for no age recipient');
  assertNotTooMany(age.length);
  return age.map((entry) => {
    const { recipient, enc, ...others } = (entry ?? {}) as { [key: string]: JsonValue };
    if (typeof recipient !== 'string' || typeof enc !== 'string' || Object.keys(others).length > 0)
      throw notSealed('an age recipient is not written as sops does it');
    if (enc.length > MOST_ENCLOSED_LENGTH) throw notSealed('a sealed data key is too long');
    return { recipient, enc };
  });
}

/** What is written; values are texts of `encryptValue`. */
export interface SopsText {
  leaves: readonly Leaf<string>[];
  keys: readonly EnclosedKey[];
  lastModified: string;
  mac: string;
}

/** The text as sops writes it, in the order of the leaves; neighbours with equal first keys share an object. */
export function writeSops({ leaves, keys, lastModified, mac }: SopsText): string {
  const lines: string[] = [];
  const open: string[] = [];
  const tabs = () => '\t'.repeat(open.length + 1);
  let isFirst = true;
  const begin = (line: string) => {
    if (!isFirst) lines[lines.length - 1] += ',';
    lines.push(line);
    isFirst = false;
  };
  const closeTo = (depth: number) => {
    while (open.length > depth) {
      open.pop();
      lines.push(`${tabs()}}`);
      isFirst = false;
    }
  };
  for (const { path, value } of leaves) {
    const parents = path.slice(0, -1);
    const shared = parents.findIndex((key, i) => open[i] !== key);
    closeTo(shared < 0 ? parents.length : shared);
    for (const key of parents.slice(open.length)) {
      begin(`${tabs()}${JSON.stringify(key)}: {`);
      open.push(key);
      isFirst = true;
    }
    begin(`${tabs()}${JSON.stringify(path.at(-1))}: ${JSON.stringify(value)}`);
  }
  closeTo(0);
  const metadata = {
    age: keys,
    lastmodified: lastModified,
    mac,
    unencrypted_suffix: SUFFIX,
    version: '3.13.3',
  };
  begin(`\t${JSON.stringify(METADATA)}: ${JSON.stringify(metadata, null, '\t').replaceAll('\n', '\n\t')}`);
  return `{\n${lines.join('\n')}\n}\n`;
}
