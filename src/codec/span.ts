// A span of time as people write it: a number with m for minutes, h for hours or d for days.

const SECONDS = { m: 60, h: 3_600, d: 86_400 } as const;

/** Null for anything else. How long it may be is for the caller to say. */
export function secondsIn(text: string): number | null {
  const [, count, unit] = /^(0|[1-9]\d{0,5})([mhd])$/.exec(text) ?? [];
  return count === undefined ? null : Number(count) * SECONDS[unit as keyof typeof SECONDS];
}
