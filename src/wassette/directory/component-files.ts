// Reads the files of one component as they are at one moment: their stats and their content.
import { type BigIntStats, closeSync, fstatSync, lstatSync, openSync, readSync } from 'node:fs';
import path from 'node:path';
import type { BlobName } from '../../codec/blob-name.ts';
import { nameOf } from '../../codec/bytes.ts';
import { sha256Hex } from '../../codec/digest.ts';
import { quoted, safeText } from '../../codec/safe-text.ts';
import { WasmSections } from '../../component/whole.ts';
import { readFileBytes } from '../../disk/blobs/file-bytes.ts';
import { isSameFile, READ_FLAGS } from '../../disk/durable-file.ts';
import { storeErrorFrom } from '../../disk/system-error.ts';
import { FormatError, StoreError } from '../../errors.ts';
import type { HashCache } from '../../state/hash-cache.ts';
import { fileName } from './files.ts';

export interface HostFile extends BlobName {
  bytes: Buffer;
  mtimeSeconds: number;
}

/** One component, as its files are. `artifact` is null when only a policy was left behind. */
export interface HostComponent {
  component_id: string;
  artifact: BlobName | null;
  /** Why the file is not a component, or not yet a whole one; null when it is. */
  problem: string | null;
  wasmMtimeSeconds: number;
  policy: HostFile | null;
  policyMeta: HostFile | null;
  toolCache: HostFile | null;
  /** The origin of the code, if the directory itself records it; without credentials. */
  sourceUri: string | null;
}

const READ_KINDS = ['wasm', 'policy', 'policyMeta', 'toolCache'] as const;
const SMALL_FILE_LIMIT = { policy: 16, policyMeta: 1, toolCache: 64 } as const; // MiB
const INLINE_BYTES = 1024 * 1024;

/** The stat of each file; undefined when there is no such file. */
type Stats = Record<(typeof READ_KINDS)[number], BigIntStats | undefined>;

/** @throws StoreError STORE_UNSAFE_FILE */
export function statFiles(dir: string, id: string): Stats {
  return Object.fromEntries(READ_KINDS.map((kind) => [kind, statOf(dir, fileName(id, kind), id)])) as Stats;
}

function statOf(dir: string, name: string, id: string): BigIntStats | undefined {
  const found = lstatSync(path.join(dir, name), { bigint: true, throwIfNoEntry: false });
  if (found === undefined || found.isFile()) return found;
  throw new StoreError(
    'STORE_UNSAFE_FILE',
    `${quoted(name)} in the component directory is not a regular file`,
    {
      hint: 'replace it with the file itself, or remove it',
      details: { component_id: quoted(id), file: quoted(name) },
    },
  );
}

/** The name of a file that was replaced or written; undefined when there is none. */
export function findChanged(id: string, before: Stats, after: Stats): string | undefined {
  const kind = READ_KINDS.find((kind) => !isUnchanged(before[kind], after[kind]));
  return kind && fileName(id, kind);
}

function isUnchanged(before: BigIntStats | undefined, after: BigIntStats | undefined): boolean {
  return isSameFile(before, after) && before?.ctimeNs === after?.ctimeNs;
}

/**
 * Reads and hashes the files. The caller compares `statFiles` before and after, to see whether they changed meanwhile.
 * @param hashes of code that was a whole component
 * @throws StoreError; FormatError FORMAT_LIMIT_EXCEEDED
 */
export async function readFiles(
  dir: string,
  id: string,
  stats: Stats,
  hashes?: HashCache,
): Promise<HostComponent> {
  const nothing = {
    component_id: id,
    artifact: null,
    problem: null,
    wasmMtimeSeconds: 0,
    policy: null,
    policyMeta: null,
    toolCache: null,
    sourceUri: null,
  };
  try {
    return {
      ...nothing,
      ...(stats.wasm && (await readCode(dir, id, stats.wasm, hashes))),
      policy: readSmall(dir, id, 'policy', stats.policy),
      policyMeta: readSmall(dir, id, 'policyMeta', stats.policyMeta),
      toolCache: readSmall(dir, id, 'toolCache', stats.toolCache),
    };
  } catch (error) {
    const failure = storeErrorFrom(error, `read component ${quoted(id)}`);
    if (!(failure instanceof StoreError) || failure.code !== 'STORE_NOT_FOUND') throw failure;
    // Vanished between stat and open: the caller's second stat will see it.
    return { ...nothing, problem: 'its files vanish while they are read' };
  }
}

async function readCode(
  dir: string,
  id: string,
  stat: BigIntStats,
  hashes?: HashCache,
): Promise<Pick<HostComponent, 'artifact' | 'problem' | 'wasmMtimeSeconds'>> {
  const file = path.join(dir, fileName(id, 'wasm'));
  const known = hashes?.hashOf(fileName(id, 'wasm'), stat);
  if (known && isStill(file, stat)) {
    const artifact = { sha256: known, size: Number(stat.size) };
    return { artifact, problem: null, wasmMtimeSeconds: seconds(stat) };
  }
  const sections = new WasmSections();
  const artifact =
    stat.size <= INLINE_BYTES
      ? nameOfWhole(readWhole(file, Number(stat.size)), sections)
      : await nameOf(readFileBytes(file), sections);
  return { artifact, problem: sections.problem(), wasmMtimeSeconds: seconds(stat) };
}

/** Asked of the open file: a network file system may answer anybody else with what it knew a while ago. */
function isStill(file: string, stat: BigIntStats): boolean {
  const descriptor = openSync(file, READ_FLAGS);
  try {
    return isUnchanged(stat, fstatSync(descriptor, { bigint: true }));
  } finally {
    closeSync(descriptor);
  }
}

function nameOfWhole(bytes: Buffer, sections: WasmSections): BlobName {
  sections.write(bytes);
  return { sha256: sha256Hex(bytes), size: bytes.length };
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

function seconds(stat: BigIntStats): number {
  return Number(stat.mtimeNs / 1_000_000_000n);
}

/** SHA-256 of a staged or installed file; null when absent. @throws StoreError STORE_UNSAFE_FILE */
export async function sha256At(file: string): Promise<string | null> {
  const stat = lstatSync(file, { throwIfNoEntry: false });
  if (stat === undefined) return null;
  if (!stat.isFile()) {
    throw new StoreError('STORE_UNSAFE_FILE', `${safeText(file)} is not a regular file`, {
      hint: 'remove it first',
      remedy: { do: 'recover' },
    });
  }
  return (await nameOf(readFileBytes(file))).sha256;
}
