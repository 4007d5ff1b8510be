// What the drivers of buckets share: keys below a prefix, which objects are young, and streams that are given up.
import { setMaxListeners } from 'node:events';
import { addAbortSignal, type Readable } from 'node:stream';
import type { ObjectHead } from '../object-driver.ts';
import { assertObjectKey, isObjectKey } from '../object-key.ts';

/** A request is tried so often by the vendor's client, with its own back-off. */
export const TRIES = 4;
export const CONNECT_MS = 10_000;
/** How long nothing may come or go. */
export const IDLE_MS = 60_000;

/** Renewing costs a request that writes. Pruning takes a day's age for old, so an hour of it can be given away. */
const YOUNG_MS = 60 * 60 * 1000;

export interface BucketOptions {
  /** Stops every request. */
  signal?: AbortSignal | undefined;
  /** Milliseconds since 1970; by default of this machine. */
  now?: () => number;
}

/** The objects of a bucket whose names begin with a prefix. */
export class BucketSpace {
  readonly #root: string;
  readonly #now: () => number;
  readonly signal: AbortSignal | undefined;

  constructor(prefix: string, { signal, now = Date.now }: BucketOptions) {
    this.#root = prefix === '' ? '' : `${prefix}/`;
    // Each request listens to it: a signal of our own, because more than a few are no mistake here.
    this.signal = signal && AbortSignal.any([signal]);
    if (this.signal !== undefined) setMaxListeners(0, this.signal);
    this.#now = now;
  }

  /** The object's name in the bucket. */
  nameOf(key: string): string {
    assertObjectKey(key);
    return this.#root + key;
  }

  /** Where all names begin whose keys begin with `prefix`. */
  beginningOf(prefix: string): string {
    return this.#root + prefix;
  }

  /** The key of an object; null for what others keep here. */
  keyOf(name: string | undefined): string | null {
    if (!name?.startsWith(this.#root)) return null;
    const key = name.slice(this.#root.length);
    return isObjectKey(key) ? key : null;
  }

  isYoung({ modifiedMs }: ObjectHead): boolean {
    return this.#now() - modifiedMs < YOUNG_MS;
  }
}

/** The bytes of an answer; it is given up when the signal says so or nothing comes for long. @throws what `failure` makes */
export async function* streamed(
  body: Readable,
  signal: AbortSignal | undefined,
  failure: (error: unknown) => Error,
): AsyncGenerator<Uint8Array> {
  if (signal !== undefined) addAbortSignal(signal, body);
  const giveUp = () => body.destroy(Object.assign(new Error('nothing came'), { code: 'ETIMEDOUT' }));
  let timer = setTimeout(giveUp, IDLE_MS);
  try {
    for await (const chunk of body) {
      clearTimeout(timer);
      yield chunk;
      timer = setTimeout(giveUp, IDLE_MS);
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw failure(error);
  } finally {
    clearTimeout(timer);
    body.destroy();
  }
}
