// The secrets directory: names only. Values are parsed over and never leave this file.
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { isMap, isScalar, parseDocument } from 'yaml';
import { readSmallFile } from '../disk/durable-file.ts';

const MAX_BYTES = 4 * 1024 * 1024;

/** Names of the stored secrets by file stem. A file that cannot be read counts as present, without names. */
export async function readSecretNames(secretsDir: string): Promise<Map<string, readonly string[]>> {
  const files = await readdir(secretsDir).catch(() => []);
  const names = new Map<string, readonly string[]>();
  for (const file of files.sort()) {
    if (!file.endsWith('.yaml')) continue;
    names.set(file.slice(0, -'.yaml'.length), await namesIn(path.join(secretsDir, file)));
  }
  return names;
}

async function namesIn(file: string): Promise<string[]> {
  try {
    const text = (await readSmallFile(file, MAX_BYTES)).toString('utf8');
    // No pretty errors: they would quote the secret. Failsafe: every scalar keeps its text.
    const document = parseDocument(text, { schema: 'failsafe', prettyErrors: false, logLevel: 'silent' });
    if (document.errors.length > 0 || !isMap(document.contents)) return [];
    return document.contents.items.flatMap(({ key }) => (isScalar(key) ? String(key.value) : [])).sort();
  } catch {
    return [];
  }
}
