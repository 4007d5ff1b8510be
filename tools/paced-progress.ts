// Progress at a pace at which somebody can follow it: of what comes too fast only the last is passed on, a little later.
import type { OnProgress, Progress } from '../src/disk/progress.ts';

export class PacedProgress {
  #last: Progress | null = null;
  #timer: NodeJS.Timeout | undefined;
  #mayPassAt: number;

  constructor(
    private readonly passOn: OnProgress,
    private readonly intervalMs: number,
    firstAfterMs = 0,
  ) {
    this.#mayPassAt = Date.now() + firstAfterMs;
  }

  readonly report: OnProgress = (progress) => {
    this.#last = progress;
    const wait = this.#mayPassAt - Date.now();
    if (wait <= 0) this.#pass();
    else this.#timer ??= setTimeout(() => this.#pass(), wait).unref();
  };

  /** Forgets what was not passed on yet. */
  drop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#last = null;
  }

  #pass(): void {
    const progress = this.#last;
    this.drop();
    if (progress === null) return;
    this.#mayPassAt = Date.now() + this.intervalMs;
    this.passOn(progress);
  }
}
