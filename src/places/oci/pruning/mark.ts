// The mark of a pruning that is under way, where nobody can be kept out: whoever renews what it might be about to remove
// waits until it is over. docs/decisions/0014 has the argument.
import { randomUUID } from 'node:crypto';
import type { Clock } from '../../../disk/clock.ts';
import { StoreError } from '../../../errors.ts';
import type { ObjectDriver, ObjectHead } from '../object-driver.ts';

const KEY = 'pruning';
/** Whoever removes puts the mark again when it is older than this. */
const RENEWED_AFTER_MS = 15_000;
/** A mark that has not changed for so long belongs to nobody: longer than that, and than a request may take. */
const DEAD_AFTER_MS = 60_000;
const LOOK_EVERY_MS = 500;
/** How long others are waited for that keep their marks alive. */
const PATIENCE_MS = 10 * 60_000;

/** What a pruning is given while its mark is there. */
export interface Marked {
  /** When the mark was put, by the clock of whatever keeps the objects. */
  readonly sinceMs: number;
  /** To be called before each removal. @throws StoreError STORE_CHANGING when somebody took the mark for dead */
  stand(): Promise<void>;
}

export class PruningMark {
  readonly #driver: ObjectDriver;
  readonly #clock: Clock;

  constructor(driver: ObjectDriver, clock: Clock) {
    this.#driver = driver;
    this.#clock = clock;
  }

  /**
   * Waits until no pruning is under way; false when none was, so that what was renewed before is safe. A mark that nobody
   * keeps alive is removed. @throws StoreError STORE_CHANGING
   */
  async isOver(): Promise<boolean> {
    const begun = this.#clock.now();
    let seen = await this.#driver.head(KEY);
    if (seen === null) return false;
    for (let since = begun; ; ) {
      await this.#clock.sleep(LOOK_EVERY_MS * (0.5 + Math.random()));
      const head = await this.#driver.head(KEY);
      if (head === null) return true;
      const now = this.#clock.now();
      if (!isSame(head, seen)) [seen, since] = [head, now];
      else if (now - since >= DEAD_AFTER_MS && (await this.#driver.delete(KEY, head))) return true;
      if (now - begun >= PATIENCE_MS) throw stillPruned();
    }
  }

  /** Runs `work` with the mark there, once no other pruning is under way. @throws StoreError STORE_CHANGING */
  async during<T>(work: (marked: Marked) => Promise<T>): Promise<T> {
    const own = await this.#put();
    let etag = own.etag;
    let putAt = own.putAt;
    let renewing: Promise<void> | null = null;
    let hasRemoved = false;
    const renew = async () => {
      const at = this.#clock.now();
      const renewed = await this.#driver.put(KEY, mark(), { ifMatch: etag });
      if (renewed === null) throw takenForDead();
      [etag, putAt] = [renewed, at];
    };
    const stand = async () => {
      hasRemoved = true;
      if (this.#clock.now() - putAt < RENEWED_AFTER_MS) return;
      renewing ??= renew().finally(() => {
        renewing = null;
      });
      await renewing;
    };
    try {
      const head = await this.#driver.head(KEY);
      const result = await work({ sinceMs: head?.modifiedMs ?? putAt, stand });
      await this.#remove(etag);
      return result;
    } catch (error) {
      // A removal that failed may still come through: then the mark stays until it dies.
      if (!hasRemoved) await this.#remove(etag).catch(() => undefined);
      throw error;
    }
  }

  async #put(): Promise<{ etag: string; putAt: number }> {
    for (;;) {
      const putAt = this.#clock.now();
      const etag = await this.#driver.put(KEY, mark(), { ifAbsent: true });
      if (etag !== null) return { etag, putAt };
      await this.isOver();
    }
  }

  async #remove(etag: string): Promise<void> {
    const head = await this.#driver.head(KEY);
    if (head?.etag === etag) await this.#driver.delete(KEY, head);
  }
}

/** Other bytes each time, so that every mark has an etag of its own. */
async function* mark(): AsyncGenerator<Uint8Array> {
  yield Buffer.from(randomUUID(), 'utf8');
}

function isSame(one: ObjectHead, other: ObjectHead): boolean {
  return one.etag === other.etag && one.modifiedMs === other.modifiedMs;
}

function stillPruned(): StoreError {
  return new StoreError('STORE_CHANGING', 'the store is being pruned for a long time', {
    hint: 'try again when that is done',
  });
}

function takenForDead(): StoreError {
  return new StoreError('STORE_CHANGING', 'pruning stood still for so long that others went on', {
    hint: 'nothing that is needed was removed; prune again',
  });
}
