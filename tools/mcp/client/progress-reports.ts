// Tells a client how far one of its calls is.
import { type Progress, percentOf, progressInWords } from '../../../src/disk/progress.ts';

/** Of a percent. */
const HARDLY = 0.0001;
/** Clients give up after a minute without a sign. */
const STILL_WORKING_MS = 10_000;

interface ProgressNotification {
  method: 'notifications/progress';
  params: { progressToken: string | number; progress: number; total: number; message?: string };
}

/** Reports progress, in percent, to a client that asked for it; also while nothing moves, so that it keeps waiting. */
export class ProgressReports {
  #last = { percent: 0, message: '' };
  #sentAt = 0;
  readonly #stillWorking: NodeJS.Timeout | undefined;

  constructor(
    private readonly token: string | number | undefined,
    private readonly send: (notification: ProgressNotification) => Promise<void>,
  ) {
    if (token === undefined) return;
    this.#stillWorking = setInterval(() => {
      // Progress must grow with every report; so little says no more than that.
      const { percent, message } = this.#last;
      if (Date.now() - this.#sentAt >= STILL_WORKING_MS) this.#tell(percent + HARDLY, message);
    }, STILL_WORKING_MS / 4);
  }

  report(progress: Progress): void {
    const percent = percentOf(progress);
    const message = progressInWords(progress);
    const { percent: before, message: said } = this.#last;
    if (percent > before) this.#tell(percent, message);
    else if (percent >= Math.floor(before) && message !== said) this.#tell(before + HARDLY, message);
  }

  end(): void {
    clearInterval(this.#stillWorking);
  }

  #tell(percent: number, message: string): void {
    if (this.token === undefined) return;
    this.#sentAt = Date.now();
    this.#last = { percent, message };
    const said = message === '' ? {} : { message };
    const params = { progressToken: this.token, progress: percent, total: 100, ...said };
    void this.send({ method: 'notifications/progress', params }).catch(() => undefined);
  }
}
