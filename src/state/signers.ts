// Remembers who had signed the snapshot that was imported by a name, so that another signer, or none, is noticed (FORMAT.md,
// F-15). Names are those of the local store and of files; what a digest names cannot change.
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';
import { sha256Hex } from '../codec/digest.ts';
import { makeDirectoryDurably } from '../disk/durable-file.ts';
import { acquireLock } from '../disk/lock.ts';
import { readRecord, removeRecord, writeRecord } from '../disk/record.ts';
import type { StateDirectory } from './directory.ts';

const SignersSchema = z.object({
  version: z.literal(1),
  /** What the snapshot is called. */
  name: z.string(),
  /** The imports that changed who is remembered, oldest first: the last one counts. */
  imports: z.array(z.object({ import_id: z.string(), at: z.number(), signers: z.array(z.string()) })).min(1),
});
type Remembered = z.infer<typeof SignersSchema>;

/** Who is to be remembered for a name, by fingerprint; nobody any more where the list is empty. */
export interface RememberedSigners {
  name: string;
  signers: readonly string[];
}

/** How many an undo can go back to. */
const MOST_IMPORTS = 100;
const LOCK_WAIT_MS = 30_000;

/** The fingerprints of who is remembered for `name`; null where nobody is. @throws StoreError STORE_DAMAGED */
export async function signersOfName(state: StateDirectory, name: string): Promise<readonly string[] | null> {
  const signers = (await read(state, name))?.imports.at(-1)?.signers ?? [];
  return signers.length === 0 ? null : signers;
}

/**
 * @param importId what changed them; an undo of it brings the earlier ones back. Safe to repeat.
 */
export async function rememberSigners(
  state: StateDirectory,
  { name, signers }: RememberedSigners,
  importId: string,
  nowSeconds: number,
): Promise<void> {
  await alone(state, async () => {
    const earlier = (await read(state, name))?.imports ?? [];
    if (earlier.some(({ import_id }) => import_id === importId)) return;
    const entry = { import_id: importId, at: nowSeconds, signers: [...signers] };
    await write(state, { version: 1, name, imports: [...earlier, entry].slice(-MOST_IMPORTS) });
  });
}

/** With an undo: whoever was remembered because of that import is forgotten. Safe to repeat. */
export async function forgetSigners(state: StateDirectory, importId: string): Promise<void> {
  if ((await all(state)).length === 0) return;
  await alone(state, async () => {
    for (const known of await all(state)) {
      const imports = known.imports.filter((each) => each.import_id !== importId);
      if (imports.length === known.imports.length) continue;
      if (imports.length > 0) await write(state, { ...known, imports });
      else await removeRecord(fileOf(state, known.name));
    }
  });
}

/** Component directories that share this state directory are not locked against each other. */
async function alone(state: StateDirectory, work: () => Promise<void>): Promise<void> {
  const lock = await acquireLock(state.signers, { stateDir: state.root, waitMs: LOCK_WAIT_MS });
  try {
    await work();
  } finally {
    await lock.release();
  }
}

/** @throws StoreError where nobody could be remembered */
export async function makeSignersFolder({ signers }: StateDirectory): Promise<void> {
  await makeDirectoryDurably(signers);
}

/** What could not be read would stop an undo after its commit. @throws StoreError STORE_DAMAGED */
export async function assertSignersReadable(state: StateDirectory): Promise<void> {
  await all(state);
}

async function all(state: StateDirectory): Promise<Remembered[]> {
  const names = await readdir(state.signers).catch(() => []);
  const files = names.filter((name) => /^[0-9a-f]{64}\.json$/.test(name));
  const records = await Promise.all(
    files.map((name) => readRecord(path.join(state.signers, name), SignersSchema)),
  );
  return records.filter((record) => record !== null);
}

function read(state: StateDirectory, name: string): Promise<Remembered | null> {
  return readRecord(fileOf(state, name), SignersSchema);
}

async function write(state: StateDirectory, known: Remembered): Promise<void> {
  await writeRecord(fileOf(state, known.name), known);
}

/** A name has characters that no file name has. */
function fileOf({ signers }: StateDirectory, name: string): string {
  return path.join(signers, `${sha256Hex(name)}.json`);
}
