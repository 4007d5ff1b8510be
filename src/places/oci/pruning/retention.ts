// Which snapshots a pruning keeps, and why: those with a name, the last ones, and the newest of each of the last days, weeks and
// months that have any, with a name and without. Days are those of UTC, weeks begin on Monday (ISO 8601).
import type { Descriptor } from '../../../snapshot/oci-manifest.ts';
import { createdIn, digestIn, nameOf } from '../index-value.ts';

/** How many are kept; what is left out keeps none. */
export interface Retention {
  /** Snapshots that were written last, whether or not they have a name. */
  keepLast?: number | undefined;
  /**
   * Days, weeks and months of each of which the newest is kept, and the newest without a name: a name stays by itself, and may
   * be of something else. Counted back from the last that has any.
   */
  keepDaily?: number | undefined;
  keepWeekly?: number | undefined;
  keepMonthly?: number | undefined;
}

/** Why a snapshot is kept: `named nightly`, `last`, `daily 2026-11-26`, `weekly 2026-W48`, `monthly 2026-11`, `undated`. */
export type Reason = string;

const DAY_SECONDS = 24 * 60 * 60;

/** In seconds since 1970, as a period is written. */
const PERIODS = {
  daily: (seconds: number) => dayOf(seconds),
  weekly: (seconds: number) => weekOf(seconds),
  monthly: (seconds: number) => dayOf(seconds).slice(0, 7),
};

/** By manifest digest. An entry that is no snapshot of ours is nobody's to remove, and not in it. */
export function keptBy(rules: Retention, manifests: readonly Descriptor[]): Map<string, Reason[]> {
  const kept = new Map<string, Reason[]>();
  const keep = ({ digest }: Descriptor, reason: Reason) =>
    kept.set(digest, [...(kept.get(digest) ?? []), reason]);
  const ours = manifests.filter((each) => digestIn(each) !== undefined);
  for (const each of ours) {
    const name = nameOf(each);
    if (name !== undefined) keep(each, `named ${name}`);
  }
  const named = new Set(kept.keys());
  const once = [...new Map(ours.toReversed().map((each) => [each.digest, each])).values()];
  for (const each of once.slice(0, rules.keepLast ?? 0)) keep(each, 'last');
  const counts = {
    daily: rules.keepDaily ?? 0,
    weekly: rules.keepWeekly ?? 0,
    monthly: rules.keepMonthly ?? 0,
  };
  const isDated = Object.values(counts).some((count) => count > 0);
  const dated = once.flatMap((each) => {
    const created = createdIn(each);
    if (created !== null) return [{ each, created }];
    if (isDated) keep(each, 'undated');
    return [];
  });
  // Of two of one second the one that was written last comes first, as before.
  dated.sort((a, b) => b.created - a.created);
  for (const [word, periodOf] of Object.entries(PERIODS)) {
    /** Whether one without a name is kept of it. */
    const seen = new Map<string, boolean>();
    for (const { each, created } of dated) {
      const period = periodOf(created);
      const isNamed = named.has(each.digest);
      const isFull = seen.has(period)
        ? isNamed || seen.get(period)
        : seen.size >= counts[word as keyof typeof counts];
      if (isFull) continue;
      seen.set(period, !isNamed);
      keep(each, `${word} ${period}`);
    }
  }
  return kept;
}

function dayOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 10);
}

/** The week is that of its Thursday. */
function weekOf(seconds: number): string {
  const day = Math.floor(seconds / DAY_SECONDS);
  // 1970 began on a Thursday.
  const thursday = day - ((((day + 3) % 7) + 7) % 7) + 3;
  const year = new Date(thursday * DAY_SECONDS * 1000).getUTCFullYear();
  const week = Math.floor((thursday - Date.UTC(year, 0, 1) / 1000 / DAY_SECONDS) / 7) + 1;
  return `${year}-W${String(week).padStart(2, '0')}`;
}
