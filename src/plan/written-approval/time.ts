// Times in an approval in writing: whole seconds, in UTC.
import { quoted } from '../../codec/safe-text.ts';
import { secondsIn } from '../../codec/span.ts';
import { UsageError } from '../../errors.ts';

const DAY = 86_400;
/** How long an approval may count, in seconds. */
export const LONGEST = 366 * DAY;

/** `YYYY-MM-DDTHH:MM:SSZ`. @param seconds since 1970 */
export function timeText(seconds: number): string {
  return new Date(seconds * 1_000).toISOString().replace('.000', '');
}

/** Seconds since 1970; null for anything but a time as `timeText` writes it. */
export function secondsOf(text: string): number | null {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text)) return null;
  const seconds = Date.parse(text) / 1_000;
  return Number.isNaN(seconds) || timeText(seconds) !== text ? null : seconds;
}

/**
 * When an approval stops to count, as people write it: `2027-01-31`, where that day begins in UTC, `2027-01-31T12:00:00Z`,
 * or from now `90m`, `12h` or `30d`.
 * @throws UsageError USAGE_BAD_ARGUMENT where it is no such time, is over already, or lies more than 366 days ahead
 */
export function untilFrom(text: string, nowSeconds: number): number {
  const span = secondsIn(text);
  const until =
    span === null
      ? secondsOf(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text)
      : nowSeconds + span;
  const hint =
    'give a date (2027-01-31), a time in UTC (2027-01-31T12:00:00Z), or how long from now (90m, 12h, 30d)';
  if (until === null)
    throw new UsageError('USAGE_BAD_ARGUMENT', `${quoted(text)} is no time until which an approval counts`, {
      hint,
    });
  if (until > nowSeconds && until - nowSeconds <= LONGEST) return until;
  const why = until > nowSeconds ? 'is more than 366 days ahead' : 'is over';
  throw new UsageError('USAGE_BAD_ARGUMENT', `the time ${timeText(until)} ${why}`, { hint });
}
