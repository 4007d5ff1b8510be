// Reads the components of a directory consistently, even while Wassette writes in it: Wassette takes no lock and writes in
// place, so the stats of a component's files are compared before and after reading. Writes nothing.

import { setTimeout as delay } from 'node:timers/promises';
import { quoted } from '../../codec/safe-text.ts';
import { inParallel } from '../../disk/parallel.ts';
import { FormatError, StateError, StoreError } from '../../errors.ts';
import type { HashCache } from '../../state/hash-cache.ts';
import { findChanged, type HostComponent, readFiles, statFiles } from './component-files.ts';
import { fileName } from './files.ts';

const RETRY_DELAYS_MS = [10, 40, 100, 200, 400];

/** The error for a change to a store that only Wassette itself may write. */
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

/**
 * The same for an export: names all components that cannot be read, at once.
 * @param hashes of code that was whole when it was read: it is not read again while its file is as it was
 * @throws StoreError STORE_CHANGING, STORE_IO
 */
export async function readWholeComponents(
  dir: string,
  ids: readonly string[],
  hashes: HashCache,
  signal?: AbortSignal,
): Promise<WholeReading> {
  const found = new Map<string, HostComponent>();
  const problems = new Map<string, ComponentProblem>();
  const read = async (id: string) => {
    try {
      found.set(id, await readConsistently(dir, id, true, hashes));
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

async function readConsistently(
  dir: string,
  id: string,
  requireWhole: boolean,
  hashes?: HashCache,
): Promise<HostComponent> {
  let unstable = '';
  for (const wait of RETRY_DELAYS_MS) {
    const before = statFiles(dir, id);
    const component = await readFiles(dir, id, before, hashes);
    const moved = findChanged(id, before, statFiles(dir, id));
    if (moved === undefined && (component.problem === null || !requireWhole)) {
      if (before.wasm && component.artifact && component.problem === null)
        hashes?.learn(fileName(id, 'wasm'), before.wasm, component.artifact.sha256);
      return component;
    }
    unstable = moved === undefined ? (component.problem ?? '') : `${moved} keeps changing`;
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
