// How long a transfer that broke waits before it goes on, and how often.
import { StoreError } from '../../errors.ts';
import { Retries } from '../../net/retries.ts';
import { HTTP_SETTINGS } from '../../net/settings.ts';

const FIRST_PAUSE_MS = 200;

/** For the attempts without progress: each that brings some has new ones. */
export function pausesBetweenAttempts(): Retries {
  return new Retries({ ...HTTP_SETTINGS, pauseMs: FIRST_PAUSE_MS });
}

/** Whether it broke, so that once more may help. */
export function isUnreachable(error: unknown): boolean {
  return error instanceof StoreError && error.code === 'STORE_UNREACHABLE';
}
