// Installing into a store that only its own Wassette may change: files where that one can load them from, and its tools
// called one after the other. No code is ever there under rights that nobody approved, also if we are killed half way.

import { rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { BlobName } from '../../codec/blob-name.ts';
import { COMPONENT_PREAMBLE, SECTION, SORT } from '../../component/wasm-format.ts';
import { type BlobSource, verified } from '../../disk/blob.ts';
import { makeDirectoryDurably, syncDirectory, writeDurably } from '../../disk/durable-file.ts';
import { readFileBytes } from '../../disk/file-bytes.ts';
import { whileDoing } from '../../errors.ts';
import { editsBetween, isSame, type PermissionEdit } from '../../plan/permission-edits.ts';
import { type Rights, rightsIn } from '../../policy/policy.ts';
import { hostFolder } from '../../state/journal.ts';
import { fileName } from '../directory/files.ts';
import type { HostPaths } from '../directory/restore.ts';
import type { LiveWassette } from '../live/live-wassette.ts';
import { cannotTakeBack, loadFile, notLoaded, order } from '../live/loading.ts';
import { realPathAsFarAsItExists } from '../locations.ts';
import { type Installed, readTransactionalStore } from './reading.ts';

/** A component as it shall be, whatever it is now. */
export interface ServedChange {
  component_id: string;
  code: BlobName;
  /** Null where its policy stays what it is. */
  rights: Rights | null;
}

export interface ServedRequest {
  changes: readonly ServedChange[];
  codeOf(code: BlobName): BlobSource;
  /** The last word before anything changes: paths of the new code files, each `<id>.wasm`. May throw. */
  inspectCode?: ((files: readonly string[]) => Promise<void>) | undefined;
  signal?: AbortSignal | undefined;
}

/**
 * `(component (instance) (export "empty" (instance 0)))`: something that Wassette takes for a tool and that has none. It
 * stands in for new code until all of the policy is in place.
 */
const TOOLLESS = Buffer.concat([
  COMPONENT_PREAMBLE,
  Buffer.of(SECTION.instances, 3, 1, 0x01, 0),
  Buffer.of(SECTION.exports, 11, 1, 0x00, 5, ...Buffer.from('empty'), SORT.instance, 0, 0x00),
]);

/** Where Wassette loads a component from: it takes new code for it only from the same path again. */
export function servedFile(paths: HostPaths, id: string): string {
  return fileIn(paths, 'served', id);
}

/**
 * Brings components to what is wanted, all of them or none; the tools of the new code. Only while the store is locked.
 * @throws VerificationError VERIFY_NOT_LOADED when Wassette refuses something, VERIFY_DIGEST_MISMATCH
 * @throws StoreError STORE_INTERRUPTED when what was done could not be taken back
 */
export async function installServed(
  live: LiveWassette,
  paths: HostPaths,
  { changes, codeOf, inspectCode, signal }: ServedRequest,
): Promise<string[]> {
  const before = await installedNow(paths, changes);
  const isNew = ({ component_id, code }: ServedChange) =>
    before.get(component_id)?.artifact.sha256 !== code.sha256;
  const coming = changes.filter(isNew).map(({ component_id, code }) => ({ component_id, ...codeOf(code) }));
  const going = coming.flatMap(({ component_id }) => {
    const was = before.get(component_id)?.artifact;
    const file = path.join(paths.componentDir, fileName(component_id, 'wasm'));
    return was === undefined ? [] : [{ component_id, ...was, open: () => readFileBytes(file) }];
  });
  await whileDoing(`write in ${paths.stateDir}`, () => makeDirectoryDurably(folderOf(paths, 'served')));
  try {
    await inspectCode?.(await stage(folderOf(paths, 'coming'), coming, signal));
    await stage(folderOf(paths, 'going'), going, signal);
    signal?.throwIfAborted();
    try {
      const tools: string[] = [];
      for (const change of changes) tools.push(...(await bring(live, paths, change)));
      await assertInForce(paths, changes);
      return tools;
    } catch (error) {
      await takeBack(live, paths, changes, before).catch((second) => {
        throw cannotTakeBack(
          error,
          second,
          'see with list-components and get-policy what is there, and import again',
        );
      });
      throw error;
    }
  } finally {
    for (const kind of ['coming', 'going'] as const)
      await rm(folderOf(paths, kind), { recursive: true, force: true });
  }
}

/** The tools of the component's code, where that had to be loaded. */
async function bring(live: LiveWassette, paths: HostPaths, change: ServedChange): Promise<readonly string[]> {
  const { component_id, code } = change;
  const file = servedFile(paths, component_id);
  const there = (await installedNow(paths, [change])).get(component_id);
  const before = there === undefined ? 'none' : rightsOf(there);
  const after = change.rights ?? before;
  let serverId = there?.serverId;
  if (serverId === undefined && after !== 'none') {
    await writeDurably(file, [TOOLLESS], { replace: true });
    serverId = (await loadFile(live, component_id, file)).id;
  }
  const edits = editsBetween(before, after);
  const edit = async ({ tool, details }: PermissionEdit) =>
    order(live, component_id, tool, { component_id: serverId, ...(details === null ? {} : { details }) });
  for (const narrowing of edits.narrowing) await edit(narrowing);
  let tools: readonly string[] = [];
  if (there?.artifact.sha256 !== code.sha256) {
    await moveInto(file, fileIn(paths, 'coming', component_id));
    ({ id: serverId, tools } = await loadFile(live, component_id, file));
  }
  for (const widening of edits.widening) await edit(widening);
  return tools;
}

/** Back to what was there before; a component that was not is removed, and its name is taken in the store from then on. */
async function takeBack(
  live: LiveWassette,
  paths: HostPaths,
  changes: readonly ServedChange[],
  before: ReadonlyMap<string, Installed>,
): Promise<void> {
  const now = await installedNow(paths, changes);
  await rm(folderOf(paths, 'coming'), { recursive: true, force: true });
  for (const { component_id } of [...changes].reverse()) {
    const was = before.get(component_id);
    const there = now.get(component_id);
    if (was !== undefined) {
      await moveInto(servedFile(paths, component_id), fileIn(paths, 'going', component_id));
      await bring(live, paths, { component_id, code: was.artifact, rights: rightsOf(was) });
    } else if (there !== undefined) {
      await order(live, component_id, 'unload-component', { id: there.serverId });
    }
  }
}

async function assertInForce(paths: HostPaths, changes: readonly ServedChange[]): Promise<void> {
  const now = await installedNow(paths, changes);
  for (const { component_id, code, rights } of changes) {
    const there = now.get(component_id);
    if (there?.artifact.sha256 !== code.sha256)
      throw notLoaded(component_id, 'the store does not have the code that was loaded');
    if (rights !== null && !isSame(rightsOf(there), rights))
      throw notLoaded(component_id, 'the store does not have the permissions that were granted');
  }
}

function rightsOf({ component_id, policy }: Installed): Rights {
  return rightsIn(policy?.bytes ?? null, component_id);
}

async function installedNow(
  { componentDir }: HostPaths,
  changes: readonly ServedChange[],
): Promise<Map<string, Installed>> {
  const only = changes.map(({ component_id }) => component_id);
  const { installed } = await readTransactionalStore(componentDir, { only });
  return new Map(installed.map((component) => [component.component_id, component]));
}

/** Writes code files, verified, into a folder of their own; their paths. */
async function stage(
  folder: string,
  code: readonly (BlobSource & { component_id: string })[],
  signal?: AbortSignal,
): Promise<string[]> {
  const files: string[] = [];
  await rm(folder, { recursive: true, force: true }); // of a run that was killed
  await makeDirectoryDurably(folder);
  for (const source of code) {
    const file = path.join(folder, fileName(source.component_id, 'wasm'));
    await writeDurably(file, verified(source, source.open(), signal), { replace: true });
    files.push(file);
  }
  return files;
}

/** Without the file nothing moves: `target` has it then. */
async function moveInto(target: string, file: string): Promise<void> {
  await whileDoing(`write ${target}`, async () => {
    try {
      await rename(file, target);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      return;
    }
    await syncDirectory(path.dirname(target));
  });
}

function fileIn(paths: HostPaths, kind: 'served' | 'coming' | 'going', id: string): string {
  return path.join(folderOf(paths, kind), fileName(id, 'wasm'));
}

/** Wassette remembers real paths. */
function folderOf({ stateDir, componentDir }: HostPaths, kind: 'served' | 'coming' | 'going'): string {
  return path.join(hostFolder(realPathAsFarAsItExists(stateDir), componentDir), kind);
}
