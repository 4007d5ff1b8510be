// Ends an import: finishes it, even after a crash, clears it away, or gives it up.
import { nowSeconds } from '../../disk/clock.ts';
import { syncDirectory } from '../../disk/durable-file.ts';
import { ownWords, StateError, StoreError } from '../../errors.ts';
import type { AuditEntry } from '../../state/audit/entry.ts';
import { componentsIn } from '../../state/audit/line.ts';
import type { AuditLog } from '../../state/audit/log.ts';
import type { StateDirectory } from '../../state/directory.ts';
import { type Journal, readJournal, removeJournal } from '../../state/journal.ts';
import { dropPlan } from '../../state/kept-plans.ts';
import { forgetSigners, rememberSigners } from '../../state/signers.ts';
import {
  dropPendingUndo,
  forgetPlanOfPendingUndo,
  pendingImport,
  secretsOfUndoRecords,
  settlePendingUndo,
} from '../../state/undo-records.ts';
import { KeptSecrets } from '../secrets/kept.ts';
import { type RollForwardOptions, rollForward } from './commit.ts';
import type { FileLocations } from './files.ts';
import { dropStaging, secretsFolder } from './own-folder.ts';
import { Staging } from './staging.ts';

/** Wassette's directories, and our own, where imports are recorded. */
export interface HostPaths {
  locations: FileLocations;
  state: StateDirectory;
  log: AuditLog;
}

/**
 * Puts the files of a committed import in place, and completes its records.
 * @param done what the audit log says then: while there is a journal, so that without one it tells how each import ended
 * @throws StoreError STORE_INTERRUPTED
 */
export async function finish(
  { locations, state, log }: HostPaths,
  staging: Staging,
  { import_id, changes, plan, reverts, remembers }: Journal,
  options: RollForwardOptions,
  done: AuditEntry,
): Promise<void> {
  try {
    await rollForward(staging, changes, options);
    await settlePendingUndo(state);
    if (plan !== null) await dropPlan(state, plan);
    if (remembers !== null) await rememberSigners(state, remembers, import_id, nowSeconds());
    if (reverts !== null) await forgetSigners(state, reverts);
    await log.record(done);
    await removeJournal(state);
    await dropStaging(locations, state);
    await forgetSecrets({ locations, state });
  } catch (error) {
    if (error instanceof StateError && error.code === 'STORE_INTERRUPTED') throw error;
    throw new StoreError(
      'STORE_INTERRUPTED',
      `the import is committed but could not be finished: ${ownWords(error)}`,
      { hint: 'nothing is lost: correct the cause first', remedy: { do: 'recover' }, cause: error },
    );
  }
}

/** Finishes an import that was interrupted after its commit; false when there is none. While the files are locked. */
export async function finishCommitted(paths: HostPaths, assertHeld: () => void): Promise<boolean> {
  const journal = await readJournal(paths.state);
  if (journal === null) return false;
  // The crash may have come before the journal's name was durable, and what follows relies on it.
  await syncDirectory(paths.state.host);
  const meant = asJournaled(paths, journal);
  const staging = new Staging(meant.locations, journal.import_id, journal.changes);
  const options = { assertHeld, recovering: true, withToolLists: true };
  await finish(meant, staging, journal, options, recovered('finished', journal));
  return true;
}

/** Where the import was made: this run may have been started with another secrets directory. */
function asJournaled(paths: HostPaths, { secrets_dir }: Pick<Journal, 'secrets_dir'>): HostPaths {
  const { locations } = paths;
  return { ...paths, locations: { ...locations, secretsDir: secrets_dir ?? locations.secretsDir } };
}

function recovered(result: 'finished' | 'abandoned', { import_id, plan, changes }: Journal): AuditEntry {
  return {
    event: 'recover',
    result,
    import: import_id,
    ...(plan === null ? {} : { plan }),
    components: componentsIn(changes),
  };
}

/** The secrets files that imports into a component directory replaced. */
export function keptSecretsOf(locations: FileLocations): KeptSecrets {
  return new KeptSecrets(secretsFolder(locations));
}

async function forgetSecrets({ locations, state }: Pick<HostPaths, 'locations' | 'state'>): Promise<void> {
  await keptSecretsOf(locations).dropAllBut(await secretsOfUndoRecords(state));
}

/** While there is no journal, and no other import is under way. */
export async function clearUncommitted({ locations, state, log }: HostPaths): Promise<void> {
  await dropStaging(locations, state);
  const pending = await pendingImport(state);
  if (pending !== null) await log.note({ event: 'recover', result: 'dropped', import: pending });
  await dropPendingUndo(state);
  await forgetSecrets({ locations, state });
}

/** After losing the lock, it removes only files of its own import: others belong to the next import. */
export async function clearAway(
  { locations, state }: HostPaths,
  staging: Staging,
  assertHeld: () => void,
): Promise<void> {
  try {
    assertHeld();
  } catch {
    return staging.remove();
  }
  // The journal first: while there is one, the staged files are still needed.
  await removeJournal(state);
  await dropPendingUndo(state);
  await dropStaging(locations, state);
  await forgetSecrets({ locations, state });
}

/**
 * Gives up a committed import where it stands; false when there was none. Its undo record stays, so that what it
 * replaced is not lost.
 */
export async function abandonImport({ locations, state, log }: HostPaths): Promise<boolean> {
  const committed = await committedIn(state);
  if (committed !== null) {
    await log.record(committed);
    await forgetPlanOfPendingUndo(state);
    await settlePendingUndo(state);
  } else await dropPendingUndo(state);
  await removeJournal(state);
  await dropStaging(locations, state);
  return committed !== null;
}

/** What is given up; null when nothing was committed. A journal that cannot be read was still written whole, by the commit. */
async function committedIn(state: StateDirectory): Promise<AuditEntry | null> {
  try {
    const journal = await readJournal(state);
    return journal === null ? null : recovered('abandoned', journal);
  } catch (error) {
    if (error instanceof StoreError && error.code === 'STORE_DAMAGED')
      return { event: 'recover', result: 'abandoned', import: (await pendingImport(state)) ?? undefined };
    throw error;
  }
}
