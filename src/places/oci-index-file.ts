// `index.json` of a layout: read strictly, and changed so that two writers never lose one another's snapshot.
import { setTimeout as delay } from 'node:timers/promises';
import { readJsonTree } from '../codec/json-tree.ts';
import { FormatError, StoreError } from '../errors.ts';
import { type Index, MAX_INDEX_BYTES, parseIndex } from '../model/manifest.ts';
import type { ObjectDriver } from './object-driver.ts';
import { EMPTY_INDEX } from './oci-index.ts';

const INDEX_KEY = 'index.json';
const LAYOUT_KEY = 'oci-layout';
const LAYOUT = '{"imageLayoutVersion":"1.0.0"}';
const LIMITS = { depth: 16, documentBytes: MAX_INDEX_BYTES, values: 5_000_000 };
const ATTEMPTS = 200;

/** The index; an empty one where there is no layout yet. @throws StoreError STORE_DAMAGED */
export async function readIndex(driver: ObjectDriver): Promise<Index> {
  return (await readIndexWithEtag(driver)).index;
}

/**
 * Puts `change` of the current index in its place, again until nobody else changed it meanwhile, and makes everything
 * that was put before it durable first: what an index names is there whole. `change` is pure.
 * @throws StoreError STORE_DAMAGED, STORE_CHANGING
 */
export async function updateIndex(driver: ObjectDriver, change: (index: Index) => Index): Promise<Index> {
  await driver.flush();
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const { index, etag } = await readIndexWithEtag(driver);
    const changed = change(index);
    if (changed === index) return index;
    if (etag === null) await driver.put(LAYOUT_KEY, bytesOf(LAYOUT), { ifAbsent: true });
    const condition = etag === null ? { ifAbsent: true } : { ifMatch: etag };
    if ((await driver.put(INDEX_KEY, bytesOf(JSON.stringify(changed)), condition)) !== null) {
      await driver.flush();
      return changed;
    }
    await delay(Math.random() * 20);
  }
  throw new StoreError('STORE_CHANGING', 'the index of the store keeps changing while it is written', {
    hint: 'other programs are writing to the same store; try again',
  });
}

async function readIndexWithEtag(driver: ObjectDriver): Promise<{ index: Index; etag: string | null }> {
  const object = await driver.get(INDEX_KEY);
  if (object === null) return { index: EMPTY_INDEX, etag: null };
  try {
    return {
      index: parseIndex(await readJsonTree(object.bytes, { limits: LIMITS })),
      etag: object.head.etag,
    };
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new StoreError('STORE_DAMAGED', `the index of the store cannot be read: ${error.message}`, {
      hint: 'move the store away and export again, or restore index.json from a backup',
      cause: error,
    });
  }
}

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text, 'utf8');
}
