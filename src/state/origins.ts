// Remembers where the code of components was loaded from, which Wassette does not record. We keep it by the hash of the
// code, in the state directory, so that it is true of exactly these bytes.
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';
import { isSha256 } from '../codec/digest.ts';
import { quoted } from '../codec/safe-text.ts';
import { shownUri } from '../codec/shown-uri.ts';
import { readRecord, writeRecord } from '../disk/record.ts';
import { UsageError } from '../errors.ts';
import type { StateDirectory } from './directory.ts';

const OriginSchema = z.object({ version: z.literal(1), uri: z.string(), learned_at: z.number() });

/** What Wassette can load from. */
const ORIGIN_URI = /^(file|oci|https):\/\/[\x21-\x7e]{1,2000}$/;

/**
 * A URI as it is kept: without credentials, query and fragment.
 * @throws UsageError USAGE_UNSUPPORTED_URI when Wassette could not load from it
 */
export function originUri(uri: string): string {
  // One that no program reads alike may have a password where its host seems to be.
  if (ORIGIN_URI.test(uri) && (uri.startsWith('file:') || URL.canParse(uri))) return shownUri(uri);
  throw new UsageError(
    'USAGE_UNSUPPORTED_URI',
    `Wassette cannot load components from ${quoted(shownUri(uri))}`,
    { hint: 'Wassette loads from file:///path, oci://registry/repository and https://host/path' },
  );
}

/**
 * Remembers that the bytes with this SHA-256 were loaded from `uri`.
 * @throws UsageError USAGE_UNSUPPORTED_URI when Wassette could not load from it
 */
export async function rememberOrigin(
  { origins }: StateDirectory,
  sha256: string,
  uri: string,
  nowSeconds: number,
): Promise<void> {
  const kept = originUri(uri);
  const file = path.join(origins, `${sha256}.json`);
  if ((await readRecord(file, OriginSchema))?.uri === kept) return;
  await writeRecord(file, { version: 1, uri: kept, learned_at: nowSeconds });
}

/** For each URI, the code that was loaded from it, newest first. @throws StoreError STORE_DAMAGED */
export async function codeFromOrigins(
  { origins }: StateDirectory,
  wanted: ReadonlySet<string>,
): Promise<Map<string, string[]>> {
  const found: { uri: string; sha256: string; at: number }[] = [];
  for (const name of await readdir(origins).catch(() => [])) {
    const sha256 = name.replace(/\.json$/, '');
    if (!isSha256(sha256)) continue;
    const record = await readRecord(path.join(origins, name), OriginSchema);
    if (record !== null && wanted.has(record.uri))
      found.push({ uri: record.uri, sha256, at: record.learned_at });
  }
  const byUri = new Map<string, string[]>();
  for (const { uri, sha256 } of found.sort((a, b) => b.at - a.at))
    byUri.set(uri, [...(byUri.get(uri) ?? []), sha256]);
  return byUri;
}

/** The known origins of this code, by SHA-256. @throws StoreError STORE_DAMAGED */
export async function originsOf(
  { origins }: StateDirectory,
  wanted: Iterable<string>,
): Promise<Map<string, string>> {
  const names = new Set(await readdir(origins).catch(() => []));
  const found = new Map<string, string>();
  for (const sha256 of new Set(wanted)) {
    const name = `${sha256}.json`;
    const record = names.has(name) ? await readRecord(path.join(origins, name), OriginSchema) : null;
    if (record !== null) found.set(sha256, record.uri);
  }
  return found;
}
