// Reads and writes the values in a secrets file. Only an export that seals them, and an import of sealed ones, come here.
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { isMap, isScalar, parseDocument } from 'yaml';
import { quoted } from '../../codec/safe-text.ts';
import { utf8Text } from '../../codec/utf8.ts';
import { readToEnd } from '../../disk/durable-file.ts';
import { whileDoing } from '../../disk/system-error.ts';
import { FormatError } from '../../errors.ts';
import { secretProjection } from '../../snapshot/component-id.ts';
import { secretNamesIn } from './names.ts';

const MOST_BYTES = 8 * 1024 * 1024;
/** The YAML of Wassette ends lines at these, that of others does not. */
const OTHER_LINE_ENDS = /\r(?!\n)|[\x85\u2028\u2029]/;

/** The bytes of the secrets file of `id` and what is in it; null when there is none. Links are followed, as in Wassette. */
export interface StoredValues {
  bytes: Buffer;
  values: Map<string, string>;
}

/** @throws FormatError FORMAT_INVALID_SECRETS where Wassette may read it differently; StoreError */
export async function readSecretValues(secretsDir: string, id: string): Promise<StoredValues | null> {
  const file = path.join(secretsDir, `${secretProjection(id)}.yaml`);
  const bytes = await whileDoing(`read ${file}`, () => bytesOf(file));
  if (bytes === null) return null;
  const values = valuesIn(bytes);
  if (values !== null) return { bytes, values };
  throw new FormatError(
    'FORMAT_INVALID_SECRETS',
    `component ${quoted(id)}: it is not certain what Wassette reads from its secrets file`,
    {
      hint: 'set its secrets again with "wassette secret set", which writes the file anew',
      details: { component_id: quoted(id), file: path.basename(file) },
    },
  );
}

/** Null when there is nothing that Wassette would read; empty bytes are never taken for it. */
async function bytesOf(file: string): Promise<Buffer | null> {
  let handle: Awaited<ReturnType<typeof open>>;
  try {
    handle = await open(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  try {
    const stat = await handle.stat();
    // What cannot be read whole is as good as unreadable: an empty map would be a guess.
    if (!stat.isFile() || stat.size > MOST_BYTES) return Buffer.from([0xff]);
    return await readToEnd(handle, stat.size);
  } finally {
    await handle.close();
  }
}

/** What Wassette reads, value by value; null where that is not certain. */
export function valuesIn(bytes: Uint8Array): Map<string, string> | null {
  const names = secretNamesIn(bytes);
  const text = utf8Text(bytes);
  if (names === null || text === undefined || OTHER_LINE_ENDS.test(text)) return null;
  const document = parseDocument(text, { schema: 'failsafe', uniqueKeys: false, logLevel: 'silent' });
  const { contents } = document;
  if (document.errors.length > 0 || document.warnings.length > 0) return null;
  if (contents === null || (isScalar(contents) && contents.source === ''))
    return names.length === 0 ? new Map() : null;
  if (!isMap(contents)) return null;
  const values = new Map<string, string>();
  for (const { key, value } of contents.items) {
    if (!isScalar(key) || typeof key.value !== 'string') return null;
    const read = value === null ? '' : isScalar(value) && !value.anchor && !value.tag ? value.value : null;
    if (typeof read !== 'string') return null;
    values.set(key.value, read); // the last of two equal keys counts
  }
  const isSame = values.size === names.length && names.every((name) => values.has(name));
  return isSame ? values : null;
}

/** Texts that YAML could take for something else than text. */
const PLAIN = /^[A-Za-z_][A-Za-z0-9_./-]*$/;
const WORDS = /^(?:null|true|false|yes|no|on|off|y|n)$/i;
const PRINTABLE = /^[\x20-\x7e\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\u{10000}-\u{10ffff}]*$/u;

/** The text of a secrets file, names in order; what Wassette itself writes has no order. */
export function secretsText(values: ReadonlyMap<string, string>): string {
  return [...values]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${scalar(name)}: ${scalar(value)}\n`)
    .join('');
}

function scalar(text: string): string {
  if (PLAIN.test(text) && !WORDS.test(text)) return text;
  if (PRINTABLE.test(text) && !/[\u2028\u2029]/.test(text)) return `'${text.replaceAll("'", "''")}'`;
  return `"${[...text].map(escaped).join('')}"`;
}

function escaped(sign: string): string {
  if (sign === '"' || sign === '\\') return `\\${sign}`;
  if (sign === '\n') return '\\n';
  if (PRINTABLE.test(sign) && !/[\u2028\u2029]/.test(sign)) return sign;
  return `\\U${sign.codePointAt(0)!.toString(16).padStart(8, '0')}`;
}
