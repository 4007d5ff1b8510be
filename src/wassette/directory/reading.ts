// Reads Wassette's component directory as one consistent picture while Wassette may be writing in it. Writes nothing.
// Wassette takes no lock and writes in place, so the files of a component are stat-ed together before and after.

import { type BigIntStats, closeSync, fstatSync, lstatSync, openSync, readSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { BlobName } from '../../codec/blob-name.ts';
import { nameOf } from '../../codec/bytes.ts';
import { sha256Hex } from '../../codec/digest.ts';
import { quoted } from '../../codec/safe-text.ts';
import { WasmSections } from '../../component/whole.ts';
import { READ_FLAGS } from '../../disk/durable-file.ts';
import { readFileBytes } from '../../disk/file-bytes.ts';
import { inParallel } from '../../disk/parallel.ts';
import { FormatError, StateError, StoreError, storeErrorFrom } from '../../errors.ts';
import { type AnyFileKind, fileName } from './files.ts';

export interface HostFile extends BlobName {
  bytes: Buffer;
  mtimeSeconds: number;
}

/** One component as its files are. `artifact` is null where only a policy was left behind. */
export interface HostComponent {
  component_id: string;
  artifact: BlobName | null;
  /** Why there is no component in the file, or not yet a whole one; null where there is. */
  problem: string | null;
  wasmMtimeSeconds: number;
  policy: HostFile | null;
  policyMeta: HostFile | null;
  metadata: HostFile | null;
  /** Where the code came from, where the directory itself says so; without credentials. */
  sourceUri: string | null;
}

const READ_KINDS = ['wasm', 'policy', 'policyMeta', 'metadata'] as const;
const SMALL_FILE_LIMIT = { policy: 16, policyMeta: 1, metadata: 64 } as const; // MiB
const INLINE_BYTES = 1024 * 1024;
const RETRY_DELAYS_MS = [10, 40, 100, 200, 400];

/** The error for what cannot be done to a store that only Wassette itself may write. */
export function transactional(dir: string): StoreError {
  return new StoreError('STORE_UNSUPPORTED', `${dir} is a transactional store of a newer Wassette`, {
    hint: 'nothing was changed; it can be exported, and only its own Wassette may change it: load components there',
  });
}

/**
 * Reads and hashes the components `ids`, in that order.
 * @throws StoreError STORE_CHANGING, STORE_UNSAFE_FILE, STORE_DENIED; FormatError FORMAT_NOT_A_COMPONENT, FORMAT_LIMIT_EXCEEDED
 */
export async function readComponents(
  dir: string,
  ids: readonly string[],
  options: { requireWhole: boolean; signal?: AbortSignal | undefined },
): Promise<HostComponent[]> {
  const found = new Map<string, HostComponent>();
  await inParallel(
    ids,
    4,
    async (id) => void found.set(id, await readConsistently(dir, id, options.requireWhole)),
    options.signal,
  );
  return ids.map((id) => found.get(id)!);
}

/** Why one component cannot be exported. */
export interface ComponentProblem {
  component_id: string;
  error: StateError;
}

export interface WholeReading {
  components: HostComponent[];
  problems: ComponentProblem[];
}

/** The same for an export, which names everything that is in its way at once. @throws StoreError STORE_CHANGING, STORE_IO */
export async function readWholeComponents(
  dir: string,
  ids: readonly string[],
  signal?: AbortSignal,
): Promise<WholeReading> {
  const found = new Map<string, HostComponent>();
  const problems = new Map<string, ComponentProblem>();
  const read = async (id: string) => {
    try {
      found.set(id, await readConsistently(dir, id, true));
    } catch (error) {
      if (!isOfOneComponent(error)) throw error;
      problems.set(id, { component_id: id, error });
    }
  };
  await inParallel(ids, 4, read, signal);
  const inOrder = <T>(map: ReadonlyMap<string, T>) => ids.flatMap((id) => map.get(id) ?? []);
  return { components: inOrder(found), problems: inOrder(problems) };
}

function isOfOneComponent(error: unknown): error is StateError {
  return (
    error instanceof StateError &&
    (error instanceof FormatError || ['STORE_UNSAFE_FILE', 'STORE_DENIED'].includes(error.code))
  );
}

async function readConsistently(dir: string, id: string, requireWhole: boolean): Promise<HostComponent> {
  let unstable = '';
  for (const wait of RETRY_DELAYS_MS) {
    const before = statAll(dir, id);
    const component = await readOnce(dir, id, before);
    const after = statAll(dir, id);
    const moved = READ_KINDS.find((kind) => !sameFile(before[kind], after[kind]));
    if (moved === undefined && component.problem === null) return component;
    if (moved === undefined && !requireWhole) return component;
    unstable = moved === undefined ? (component.problem ?? '') : `${fileName(id, moved)} keeps changing`;
    if (moved === undefined && wait === RETRY_DELAYS_MS.at(-1)) {
      throw new FormatError('FORMAT_NOT_A_COMPONENT', `component ${quoted(id)}: ${unstable}`, {
        hint: 'load the component into Wassette again, or remove the file',
        details: { component_id: quoted(id), file: quoted(fileName(id, 'wasm')) },
      });
    }
    await delay(wait);
  }
  throw new StoreError('STORE_CHANGING', `component ${quoted(id)}: ${unstable}`, {
    hint: 'wait until Wassette has finished writing and try again',
    details: { component_id: quoted(id) },
  });
}

type Stats = Record<(typeof READ_KINDS)[number], BigIntStats | undefined>;

function statAll(dir: string, id: string): Stats {
  const stat = (kind: AnyFileKind) => {
    const file = path.join(dir, fileName(id, kind));
    const found = lstatSync(file, { bigint: true, throwIfNoEntry: false });
    if (found !== undefined && !found.isFile()) {
      throw new StoreError(
        'STORE_UNSAFE_FILE',
        `${quoted(fileName(id, kind))} in the component directory is not a regular file`,
        {
          hint: 'replace it with the file itself, or remove it',
          details: { component_id: quoted(id), file: quoted(fileName(id, kind)) },
        },
      );
    }
    return found;
  };
  return {
    wasm: stat('wasm'),
    policy: stat('policy'),
    policyMeta: stat('policyMeta'),
    metadata: stat('metadata'),
  };
}

function sameFile(a: BigIntStats | undefined, b: BigIntStats | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.ino === b.ino && a.size === b.size && a.mtimeNs === b.mtimeNs && a.ctimeNs === b.ctimeNs;
}

async function readOnce(dir: string, id: string, stats: Stats): Promise<HostComponent> {
  try {
    const wasm = stats.wasm === undefined ? null : await hashWasm(dir, id, Number(stats.wasm.size));
    return {
      component_id: id,
      artifact: wasm?.file ?? null,
      problem: wasm?.problem ?? null,
      wasmMtimeSeconds: seconds(stats.wasm),
      policy: readSmall(dir, id, 'policy', stats.policy),
      policyMeta: readSmall(dir, id, 'policyMeta', stats.policyMeta),
      metadata: readSmall(dir, id, 'metadata', stats.metadata),
      sourceUri: null,
    };
  } catch (error) {
    const failure = storeErrorFrom(error, `read component ${quoted(id)}`);
    if (!(failure instanceof StoreError) || failure.code !== 'STORE_NOT_FOUND') throw failure;
    // Vanished between stat and open: the caller's second stat will see it.
    return {
      component_id: id,
      artifact: null,
      problem: 'its files vanish while they are read',
      wasmMtimeSeconds: 0,
      policy: null,
      policyMeta: null,
      metadata: null,
      sourceUri: null,
    };
  }
}

async function hashWasm(
  dir: string,
  id: string,
  size: number,
): Promise<{ file: BlobName; problem: string | null }> {
  const file = path.join(dir, fileName(id, 'wasm'));
  const sections = new WasmSections();
  if (size <= INLINE_BYTES) {
    const bytes = readWhole(file, size);
    sections.write(bytes);
    return { file: { sha256: sha256Hex(bytes), size: bytes.length }, problem: sections.problem() };
  }
  return { file: await nameOf(readFileBytes(file), sections), problem: sections.problem() };
}

function readSmall(
  dir: string,
  id: string,
  kind: keyof typeof SMALL_FILE_LIMIT,
  stat: BigIntStats | undefined,
): HostFile | null {
  if (stat === undefined) return null;
  const limit = SMALL_FILE_LIMIT[kind] * 1024 * 1024;
  if (stat.size > limit) {
    throw new FormatError(
      'FORMAT_LIMIT_EXCEEDED',
      `${quoted(fileName(id, kind))} has ${stat.size} bytes, more than ${limit}`,
      {
        hint: 'the file was not written by Wassette: remove it',
        details: { component_id: quoted(id) },
      },
    );
  }
  const bytes = readWhole(path.join(dir, fileName(id, kind)), Number(stat.size));
  return { bytes, sha256: sha256Hex(bytes), size: bytes.length, mtimeSeconds: seconds(stat) };
}

/** Synchronous: for files this small a round trip through the thread pool costs more than the read. */
function readWhole(file: string, size: number): Buffer {
  const descriptor = openSync(file, READ_FLAGS);
  try {
    if (!fstatSync(descriptor).isFile()) return Buffer.alloc(0);
    const buffer = Buffer.allocUnsafe(size);
    let filled = 0;
    while (filled < size) {
      const read = readSync(descriptor, buffer, filled, size - filled, null);
      if (read === 0) break;
      filled += read;
    }
    return buffer.subarray(0, filled);
  } finally {
    closeSync(descriptor);
  }
}

function seconds(stat: BigIntStats | undefined): number {
  return stat === undefined ? 0 : Number(stat.mtimeNs / 1_000_000_000n);
}
