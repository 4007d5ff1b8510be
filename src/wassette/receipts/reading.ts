// Reads the transactional store of Wassettes after 0.8: receipts say what is installed, a head file what was committed last.
// Read consistently without its lock; never written, because an edit in place breaks the receipts.

import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import * as z from 'zod';
import type { BlobName } from '../../codec/blob-name.ts';
import { quoted } from '../../codec/safe-text.ts';
import { withoutCredentials } from '../../codec/shown-uri.ts';
import { readSmallFile } from '../../disk/durable-file.ts';
import { FormatError, StateError, StoreError } from '../../errors.ts';
import type { HostComponent } from '../directory/component-files.ts';
import { isTransactional } from '../directory/files.ts';
import { readComponents } from '../directory/reading.ts';

const HEAD = '.store-state.json';
const TRANSACTION = '.active-transaction';
const RECEIPT = '.install.json';
const MAX_RECEIPT_BYTES = 1024 * 1024;
const RETRY_DELAYS_MS = [20, 80, 300, 1_000];

/** The fields of a receipt that we need; others may be added. */
const ReceiptSchema = z.looseObject({
  component_id: z.string(),
  storage_key: z.string().regex(/^[A-Za-z0-9._-]+$/),
  artifact_sha256: z.string(),
  kind: z.string(),
  origin: z.looseObject({ location: z.string().nullish(), immutable_uri: z.string().nullish() }).nullish(),
  policy: z.looseObject({ sha256: z.string().nullable() }),
});
const InstallSchema = z.union([
  z.looseObject({ Installed: ReceiptSchema }).transform(({ Installed }) => Installed),
  z.looseObject({ Retired: z.unknown() }).transform(() => null),
]);
type Receipt = z.infer<typeof ReceiptSchema>;

/** An installed tool. Our component id is its storage key. */
export interface Installed extends HostComponent {
  artifact: BlobName;
}

export async function isTransactionalStore(dir: string): Promise<boolean> {
  return (await readdir(dir).catch(() => [])).some(isTransactional);
}

/**
 * All installed tools, sorted by storage key. Files without a receipt are not used and left out, as are providers and layers.
 * @param only the storage keys to read; all by default
 * @throws StoreError STORE_CHANGING while a transaction is under way, or was left unfinished
 * @throws FormatError FORMAT_INVALID for a receipt that cannot be read; FORMAT_NOT_A_COMPONENT
 */
export async function readTransactionalStore(
  dir: string,
  { only, signal }: { only?: readonly string[]; signal?: AbortSignal | undefined } = {},
): Promise<Installed[]> {
  let problem = '';
  for (const wait of RETRY_DELAYS_MS) {
    signal?.throwIfAborted();
    const before = await readHead(dir);
    const reading = before === null ? 'a transaction is under way' : await readOnce(dir, only, signal);
    const isSame = before !== null && (await readHead(dir))?.equals(before);
    if (typeof reading !== 'string' && isSame) return reading;
    problem = typeof reading === 'string' ? reading : 'it was changed while it was read';
    await delay(wait, undefined, { signal });
  }
  throw new StoreError('STORE_CHANGING', `${dir}: ${problem}`, {
    hint: 'wait until Wassette is done; after a crash run any Wassette command, which finishes what was begun',
  });
}

/** Null while a transaction is being applied. A store that never committed has no head. */
async function readHead(dir: string): Promise<Buffer | null> {
  if ((await readdir(dir)).includes(TRANSACTION)) return null;
  return (await fileOf(dir, HEAD)) ?? Buffer.alloc(0);
}

/** Everything with a receipt, by storage key: its id in Wassette, and whether it is a tool. Reads no code. */
export async function readInstalledKeys(
  dir: string,
): Promise<Map<string, { serverId: string; isTool: boolean }>> {
  const found = new Map<string, { serverId: string; isTool: boolean }>();
  for (const name of (await readdir(dir)).filter((name) => name.endsWith(RECEIPT))) {
    const bytes = await fileOf(dir, name);
    const receipt = bytes && parseReceipt(name, bytes);
    if (receipt)
      found.set(receipt.storage_key, { serverId: receipt.component_id, isTool: receipt.kind === 'Tool' });
  }
  return found;
}

/** The installed tools, or what is inconsistent, which may be because the store is being changed. */
async function readOnce(
  dir: string,
  only: readonly string[] | undefined,
  signal?: AbortSignal,
): Promise<Installed[] | string> {
  const receipts: Receipt[] = [];
  const names = (await readdir(dir)).sort();
  for (const name of names.filter((name) => name.endsWith(RECEIPT))) {
    const bytes = await fileOf(dir, name);
    if (bytes === null) return `${name} vanished`;
    const receipt = parseReceipt(name, bytes);
    if (receipt?.kind === 'Tool') receipts.push(receipt);
  }
  const read = receipts.filter(({ storage_key }) => only === undefined || only.includes(storage_key));
  const keys = read.map(({ storage_key }) => storage_key);
  const components = await readComponents(dir, keys, { requireWhole: true, signal });
  const installed: Installed[] = [];
  for (const [i, receipt] of read.entries()) {
    const component = components[i]!;
    const { artifact, policy } = component;
    const key = quoted(receipt.storage_key);
    if (artifact?.sha256 !== receipt.artifact_sha256) return `the code of ${key} is not that of its receipt`;
    if ((policy?.sha256 ?? null) !== receipt.policy.sha256)
      return `the policy of ${key} is not that of its receipt`;
    installed.push({
      ...component,
      artifact,
      toolCache: null, // of another form, and what Wassette lists there is what the code says
      sourceUri: sourceOf(receipt),
    });
  }
  return installed;
}

function parseReceipt(name: string, bytes: Buffer): Receipt | null {
  try {
    const receipt = InstallSchema.parse(JSON.parse(bytes.toString('utf8')));
    if (receipt !== null && `${receipt.storage_key}${RECEIPT}` !== name) throw new Error('another key');
    return receipt;
  } catch (cause) {
    throw new FormatError('FORMAT_INVALID', `${quoted(name)} is not a receipt that this version can read`, {
      hint: 'use a wassette-state that knows this version of Wassette',
      cause,
    });
  }
}

function sourceOf({ origin }: Receipt): string | null {
  const uri = origin?.immutable_uri ?? origin?.location ?? null;
  return uri && withoutCredentials(uri);
}

async function fileOf(dir: string, name: string): Promise<Buffer | null> {
  try {
    return await readSmallFile(path.join(dir, name), MAX_RECEIPT_BYTES);
  } catch (error) {
    if (error instanceof StateError && error.code === 'STORE_NOT_FOUND') return null;
    throw error;
  }
}
