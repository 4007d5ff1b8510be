// How often, and when, a request is sent again.
import type { HttpSettings } from './settings.ts';

/** What servers answer that are busy, or stand in front of one that is. */
export const BUSY: readonly number[] = [429, 500, 502, 503, 504];

/** The attempts of one request, its redirects included. */
export class Retries {
  #attempts = 1;
  /** Null until the first failure, where what is sent may take as long as it takes. */
  #begun: number | null;

  constructor(
    private readonly settings: HttpSettings,
    sendsMuch = false,
  ) {
    this.#begun = sendsMuch ? null : settings.clock.now();
  }

  /**
   * Waits until it is time for another attempt; false where there is none, at once where the server asks for more time
   * than there is. @throws the signal's reason
   */
  async another(headers: Headers | null, signal: AbortSignal | undefined): Promise<boolean> {
    const { attempts, pauseMs, clock } = this.settings;
    this.#begun ??= clock.now();
    if (this.#attempts >= attempts) return false;
    // Half of it at random: clients that failed together do not come back together.
    const own = pauseMs * 2 ** (this.#attempts - 1) * (0.5 + Math.random() / 2);
    const pause = Math.max(own, retryAfterMs(headers?.get('retry-after') ?? null) ?? 0);
    if (pause >= this.leftMs()) return false;
    await clock.pause(pause, signal);
    this.#attempts++;
    return true;
  }

  /** How long attempts may still take. */
  leftMs(): number {
    const { attemptsMs, clock } = this.settings;
    return this.#begun === null ? attemptsMs : attemptsMs - (clock.now() - this.#begun);
  }
}

/** Of a `Retry-After` in seconds or as a date; null for anything else. */
export function retryAfterMs(text: string | null, now = Date.now()): number | null {
  if (text === null) return null;
  if (/^\s*[0-9]{1,9}\s*$/.test(text)) return Number(text) * 1000;
  // `Date` reads numbers, too.
  const at = /^\s*[a-z]/i.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? null : Math.max(0, at - now);
}
