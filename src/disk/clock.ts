// The clock.

/** Whole seconds since 1970. */
export function nowSeconds(): number {
  return Math.floor(Date.now() / 1000);
}

/** To the minute, which is enough to tell things on one machine apart. */
export function minutesOf(secondsSince1970: number): string {
  const at = new Date(secondsSince1970 * 1000);
  return `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
