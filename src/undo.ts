// Taking back the last import: its undo record goes through the same plan, review and apply as a snapshot.
import { StoreError } from './errors.ts';
import { nextToUndo, readUndoRecords, type UndoRecord } from './host/undo-records.ts';
import {
  type ApplyOptions,
  applyWish,
  assertAllThere,
  type ImportResult,
  newNonce,
  planWish,
  type Wish,
} from './import.ts';
import type { Rights } from './model/gains.ts';
import type { Plan } from './model/plan.ts';
import { decodePolicy } from './model/policy.ts';
import type { DesiredComponent, FileState } from './model/target.ts';
import { type CommonOptions, openWorkplace, type Workplace } from './options.ts';

/** What `undo` would do, after finishing an interrupted import. @throws StoreError STORE_NOT_FOUND when there is nothing to take back */
export async function planUndo(options: CommonOptions = {}): Promise<Plan> {
  const workplace = await openWorkplace(options);
  const { plan, missingCode } = await planWish(await lastWish(workplace), workplace, options, newNonce());
  assertAllThere(missingCode);
  return plan;
}

/** @throws as `importState`; StoreError STORE_NOT_FOUND when there is nothing to take back */
export async function undoImport(
  options: CommonOptions & Pick<ApplyOptions, 'force' | 'approval'>,
): Promise<ImportResult> {
  const workplace = await openWorkplace(options);
  return applyWish(await lastWish(workplace), workplace, options);
}

async function lastWish(workplace: Workplace): Promise<Wish> {
  const { host } = workplace;
  // An interrupted import has no record of its own yet: finished first, it is the one to take back.
  if (await host.isUnfinished()) await host.recover();
  const record = nextToUndo(await readUndoRecords(host.stateDir, host.componentDir));
  if (record === null) {
    throw new StoreError('STORE_NOT_FOUND', `there is no import into ${host.componentDir} to take back`, {
      hint: 'only imports made by wassette-state with this state directory can be undone',
    });
  }
  return wishFor(record, workplace);
}

async function wishFor(record: UndoRecord, { store }: Workplace): Promise<Wish> {
  const smallFiles = await readSmallFiles(record, store.blobs);
  const desired = record.changes.map(
    ({ component_id, wasm, policy, policyMeta }): DesiredComponent => ({
      component_id,
      artifact: wasm.old,
      policy: policy.old && { ...policy.old, rights: rightsOf(component_id, policy.old, smallFiles) },
      policyMeta: policyMeta.old,
      toolNames: [],
      secretNames: [],
    }),
  );
  return {
    source: `undo of ${record.import_id}`,
    desired,
    smallFiles,
    blobs: store.blobs,
    reverts: record.import_id,
  };
}

async function readSmallFiles(
  record: UndoRecord,
  blobs: Workplace['store']['blobs'],
): Promise<Map<string, Uint8Array>> {
  const wanted = new Map<string, FileState>();
  for (const { policy, policyMeta } of record.changes) {
    for (const { old } of [policy, policyMeta]) if (old !== null) wanted.set(old.sha256, old);
  }
  const files = new Map<string, Uint8Array>();
  await blobs.deliver([...wanted.values()], async ({ sha256 }) => {
    const chunks: Uint8Array[] = [];
    return {
      write: (chunk) => void chunks.push(Buffer.from(chunk)),
      end: () => void files.set(sha256, Buffer.concat(chunks)),
      abort: () => undefined,
    };
  });
  return files;
}

function rightsOf(
  componentId: string,
  { sha256 }: FileState,
  files: ReadonlyMap<string, Uint8Array>,
): Rights {
  const bytes = files.get(sha256);
  try {
    return bytes === undefined ? 'unreadable' : decodePolicy(bytes, { componentId }).permissions;
  } catch {
    return 'unreadable';
  }
}
