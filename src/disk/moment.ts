// When something happened, in a way that setting the clock afterwards does not change.
import { statSync } from 'node:fs';
import * as z from 'zod';
import { nowSeconds } from './clock.ts';
import { bootId } from './process-owner.ts';

/** A clock that is corrected over the network may jump so far. */
const TOLERANCE_SECONDS = 60;

export const MomentSchema = z.object({
  /** By the clock, in whole seconds since 1970. */
  at: z.number(),
  /** Names the time since the system was started; null when the system does not say. */
  boot: z.string().nullable(),
  /** Seconds since then, which no setting of the clock changes. */
  running: z.number(),
});
export type Moment = z.infer<typeof MomentSchema>;

export function thisMoment(): Moment {
  return { at: nowSeconds(), boot: bootId(), running: Number(process.hrtime.bigint() / 1_000_000_000n) };
}

/**
 * How many seconds have gone by at least, by everything that tells.
 * @param seen how many the file system saw go by
 */
export function secondsBetween(then: Moment, now: Moment, seen = 0): number {
  const isSameBoot = then.boot !== null && then.boot === now.boot;
  return Math.max(now.at - then.at, isSameBoot ? now.running - then.running : 0, seen);
}

/** Whether it is still to come: then the clock was set back since, or somebody wrote it. */
export function isToCome({ at }: Moment, now: Moment): boolean {
  return at > now.at + TOLERANCE_SECONDS;
}

/** How long after `file` something in `directory` was changed, in seconds by the file system; 0 when one is not there. */
export function secondsSeen(file: string, directory: string): number {
  const [first, last] = [file, directory].map(lastChanged);
  return first === null || last === null ? 0 : last! - first!;
}

/** In seconds since 1970, by the file system; nobody but the system sets that time. */
function lastChanged(file: string): number | null {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat === undefined ? null : Math.floor(stat.ctimeMs / 1_000);
}

/** Whether the file is as it was written at that moment: a copy, or one that was put back, is younger. */
export function isFrom({ at }: Moment, file: string): boolean {
  const changed = lastChanged(file);
  return changed !== null && Math.abs(changed - at) <= TOLERANCE_SECONDS;
}
