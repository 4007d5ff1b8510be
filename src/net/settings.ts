// How long HTTP waits, for what and how often it tries again. Tests pass others, so that nothing takes its time.
import { lookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

export interface HttpSettings {
  /** How long a connection may take, with encryption. */
  readonly connectMs: number;
  /** How long a server may take until it begins to answer. */
  readonly headersMs: number;
  /** How long a body may pause. */
  readonly idleMs: number;
  /** In `paceMs` of waiting for a body at least this many bytes must come. */
  readonly paceBytes: number;
  readonly paceMs: number;
  /** How often a request is sent at most, and for how long. */
  readonly attempts: number;
  readonly attemptsMs: number;
  /** The first pause between attempts, which doubles. */
  readonly pauseMs: number;
  readonly redirects: number;
  readonly clock: Clock;
  readonly lookup: LookupFunction;
  /** Certificates of authorities instead of those that Node has, to which `NODE_EXTRA_CA_CERTS` adds. */
  readonly ca: string | undefined;
}

interface Clock {
  /** Milliseconds that never go back. */
  now(): number;
  /** @throws the signal's reason */
  pause(ms: number, signal: AbortSignal | undefined): Promise<void>;
}

export const HTTP_SETTINGS: HttpSettings = {
  connectMs: 10_000,
  headersMs: 30_000,
  idleMs: 30_000,
  paceBytes: 32 * 1024,
  paceMs: 60_000,
  attempts: 6,
  attemptsMs: 60_000,
  pauseMs: 500,
  redirects: 5,
  clock: {
    now: () => performance.now(),
    pause: async (ms, signal) => {
      await delay(ms, undefined, { signal }).catch((error: unknown) => {
        signal?.throwIfAborted();
        throw error;
      });
    },
  },
  lookup: lookup as LookupFunction,
  ca: undefined,
};
