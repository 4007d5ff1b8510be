// The clock.
import { setTimeout as delay } from 'node:timers/promises';

/** What a retry goes by, so that a test need not wait. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  sleep(ms: number): Promise<void>;
}

export const SYSTEM_CLOCK: Clock = {
  now: () => Date.now(),
  sleep: (ms) => delay(ms),
};

/** Whole seconds since 1970. */
export function nowSeconds(): number {
  return Math.floor(Date.now() / 1000);
}

/** To the minute, which is enough to tell things on one machine apart. */
export function minutesOf(secondsSince1970: number): string {
  const at = new Date(secondsSince1970 * 1000);
  return `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
