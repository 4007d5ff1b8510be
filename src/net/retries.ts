// How often, and when, a request is sent again.
import type { HttpSettings } from './settings.ts';

/** What servers answer that are busy, or stand in front of one that is. */
export const BUSY: readonly number[] = [429, 500, 502, 503, 504];

/** The attempts of one request, its redirects included. */
export class Retries {
  #attempts = 1;
  readonly #begun: number;

  constructor(private readonly settings: HttpSettings) {
    this.#begun = settings.clock.now();
  }

  /**
   * Waits until it is time for another attempt; false where there is none, also where the server asks for more time
   * than there is. @throws the signal's reason
   */
  async another(headers: Headers | null, signal: AbortSignal | undefined): Promise<boolean> {
    const { attempts, attemptsMs, pauseMs, mostPauseMs, clock } = this.settings;
    if (this.#attempts >= attempts) return false;
    const backOff = pauseMs * 2 ** (this.#attempts - 1);
    // Half of it at random: clients that failed together do not come back together.
    const own = Math.min(mostPauseMs, backOff * (0.5 + Math.random() / 2));
    const asked = retryAfterMs(headers?.get('retry-after') ?? null);
    const pause = Math.max(own, asked ?? 0);
    if (pause > mostPauseMs || clock.now() - this.#begun + pause > attemptsMs) return false;
    await clock.pause(pause, signal);
    this.#attempts++;
    return true;
  }
}

/** Of a `Retry-After` in seconds or as a date; null for anything else. */
export function retryAfterMs(text: string | null, now = Date.now()): number | null {
  if (text === null) return null;
  if (/^\s*[0-9]{1,9}\s*$/.test(text)) return Number(text) * 1000;
  const at = Date.parse(text);
  return Number.isNaN(at) ? null : Math.max(0, at - now);
}
