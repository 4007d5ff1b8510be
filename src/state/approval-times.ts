// Remembers times by which approvals in writing stop to count on this host: the latest that was seen, so that a clock which
// is set back brings none of them back, and when each snapshot was last taken back.
import * as z from 'zod';
import { isDigest } from '../codec/digest.ts';
import { readRecord, writeRecord } from '../disk/record.ts';
import type { StateDirectory } from './directory.ts';
import { readUndoRecords } from './undo-records.ts';

/** No approval counts longer, so that what was taken back before that need not be known any more. */
const LONGEST_SECONDS = 366 * 86_400;
/** The latest time is written down so often at most. */
const INTERVAL_SECONDS = 60;

const TimesSchema = z.object({
  version: z.literal(1),
  latest: z.number(),
  /** By the digest of the snapshot. */
  taken_back: z.record(z.string(), z.number()),
});
type Times = z.infer<typeof TimesSchema>;

/** In seconds since 1970. */
export interface ApprovalTimes {
  latest: number;
  /** Null where the snapshot was never taken back here. */
  takenBackAt: number | null;
}

/** Takes note of the time, too. @throws StoreError STORE_DAMAGED */
export async function approvalTimes(
  state: StateDirectory,
  snapshot: string,
  nowSeconds: number,
): Promise<ApprovalTimes> {
  const times = await read(state);
  const latest = Math.max(times.latest, nowSeconds);
  if (latest >= times.latest + INTERVAL_SECONDS) await writeRecord(state.approvalTimes, { ...times, latest });
  const remembered = times.taken_back[snapshot] ?? 0;
  const takenBackAt = Math.max(remembered, await takenBackByRecords(state, snapshot));
  return { latest, takenBackAt: takenBackAt === 0 ? null : takenBackAt };
}

/** After an undo of an import of this snapshot. */
export async function rememberTakenBack(
  state: StateDirectory,
  snapshot: string,
  nowSeconds: number,
): Promise<void> {
  if (!isDigest(snapshot)) return;
  const times = await read(state);
  const recent = Object.entries(times.taken_back).filter(([, at]) => at + LONGEST_SECONDS > nowSeconds);
  const taken_back = { ...Object.fromEntries(recent), [snapshot]: nowSeconds };
  await writeRecord(state.approvalTimes, { ...times, taken_back });
}

/** An undo may have been interrupted before it was written down. */
async function takenBackByRecords(state: StateDirectory, snapshot: string): Promise<number> {
  const records = await readUndoRecords(state);
  const ids = new Set(records.filter(({ source }) => source === snapshot).map(({ import_id }) => import_id));
  const undone = records.filter(({ reverts }) => reverts !== null && ids.has(reverts));
  return Math.max(0, ...undone.map(({ created_at }) => created_at));
}

async function read(state: StateDirectory): Promise<Times> {
  return (await readRecord(state.approvalTimes, TimesSchema)) ?? { version: 1, latest: 0, taken_back: {} };
}
