// What became of a kept plan: an approving call that comes again, from wherever, gets the answer of the first one, and
// nothing is done twice.
import { actionOf, changedSince } from '../../plan/file-kinds.ts';
import type { StepAction } from '../../plan/step.ts';
import { readJournal } from '../../state/journal.ts';
import { isKept, whileApplying } from '../../state/kept-plans.ts';
import { nextToUndo, readUndoRecords, recordsOfPlan, type UndoRecord } from '../../state/undo-records.ts';
import type { Site } from '../site.ts';

/**
 * How long an approving call waits for another with the same approval: with what it does besides, less than any client waits
 * for an answer. Some wait five seconds, such as the OpenAI Agents SDK.
 */
const WAIT_MS = 3_000;

/** What it did to a component. */
interface EarlierChange {
  component_id: string;
  action: StepAction;
  /** SHA-256 of the policy that the component got; null for none. */
  policy: string | null;
}

/** An import that an earlier call applied. */
export interface EarlierImport {
  became: 'applied-before';
  planDigest: string;
  importId: string;
  /** In seconds since 1970. */
  appliedAt: number;
  /** What was restored: a snapshot digest. */
  source: string;
  components: readonly EarlierChange[];
  /** Those that are not any more as the import left them. */
  changedSince: readonly string[];
  /** Tools of these components that can be called now; null where no running Wassette is known. */
  tools: readonly string[] | null;
  /** Whether it is the import that an undo takes back. */
  isNextToUndo: boolean;
}

/** `waiting` also for a digest of which nothing is known: whoever looks for the plan says so. */
export type PlanOutcome =
  | { became: 'waiting' }
  | { became: 'being-applied' }
  | EarlierImport
  | { became: 'taken-back' /** In seconds since 1970. */; at: number };

/**
 * What became of the kept plan `digest`. Waits a little for a call that is applying it, and finishes its import if that was
 * committed and interrupted.
 * @throws StoreError STORE_DAMAGED; as `ComponentStore.recover`
 */
export async function outcomeOf(
  digest: string,
  site: Site,
  signal: AbortSignal | undefined,
): Promise<PlanOutcome> {
  const { state } = site.host;
  const isKnown =
    isKept(state, digest) ||
    (await isCommitted(site, digest)) ||
    recordsOfPlan(await readUndoRecords(state), digest) !== null;
  if (!isKnown) return { became: 'waiting' };
  return whileNobodyApplies(digest, site, signal, async (outcome) => outcome);
}

/** Runs `work` while no other call applies the plan, with what became of it until then. */
export async function whileNobodyApplies<T extends object>(
  digest: string,
  site: Site,
  signal: AbortSignal | undefined,
  work: (outcome: PlanOutcome) => Promise<T>,
): Promise<T | { became: 'being-applied' }> {
  const { state } = site.host;
  const done = await whileApplying(
    state,
    digest,
    async () => work(await recordedOutcome(digest, site, signal)),
    {
      waitMs: WAIT_MS,
      signal,
    },
  );
  return done ?? { became: 'being-applied' };
}

async function recordedOutcome(
  digest: string,
  site: Site,
  signal: AbortSignal | undefined,
): Promise<PlanOutcome> {
  const { host } = site;
  if (await isCommitted(site, digest)) await host.components.recover();
  const records = await readUndoRecords(host.state);
  const found = recordsOfPlan(records, digest);
  if (found === null) return { became: 'waiting' };
  // All of it is in place; only what it needed on the way may be left.
  if (await host.components.isUnfinished()) await host.components.recover();
  const { made, takenBack } = found;
  if (takenBack !== null) return { became: 'taken-back', at: takenBack.created_at };
  const ids = made.changes.map(({ component_id }) => component_id);
  return {
    became: 'applied-before',
    planDigest: digest,
    importId: made.import_id,
    appliedAt: made.created_at,
    source: made.source,
    components: made.changes.map((change) => ({
      component_id: change.component_id,
      action: actionOf(change),
      policy: change.policy.new?.sha256 ?? null,
    })),
    changedSince: await idsChangedSince(made, site, signal),
    tools: await host.components.toolsOf(ids, signal),
    isNextToUndo: nextToUndo(records) === made,
  };
}

async function isCommitted({ host }: Site, digest: string): Promise<boolean> {
  return (await readJournal(host.state))?.plan === digest;
}

async function idsChangedSince(
  { changes }: UndoRecord,
  { host }: Site,
  signal: AbortSignal | undefined,
): Promise<string[]> {
  const ids = changes.map(({ component_id }) => component_id);
  const here = new Map((await host.components.read(ids, signal)).map((each) => [each.component_id, each]));
  return changes
    .filter((change) => changedSince(change, here.get(change.component_id)).length > 0)
    .map(({ component_id }) => component_id);
}
