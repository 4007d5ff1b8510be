// The questions that one session puts to the person at its client: one is not put twice at once, however often a call that
// asks it is repeated, and is open as long as a call waits for its answer.
import type { Answer } from '../../../src/site/approval/approver.ts';

interface Open {
  answer: Promise<Answer>;
  /** How many calls wait for the answer. */
  waiting: number;
  withdraw: AbortController;
}

export class Questions {
  readonly #open = new Map<string, Open>();

  /** @param put puts a question to the person; its signal withdraws the question */
  constructor(private readonly put: (question: string, withdrawn: AbortSignal) => Promise<Answer>) {}

  /** @throws DOMException AbortError */
  async ask(question: string, signal: AbortSignal): Promise<Answer> {
    if (signal.aborted) throw cancelled();
    const open = this.#open.get(question) ?? this.#begin(question);
    open.waiting++;
    let onAbort = () => {};
    const left = new Promise<never>((_, reject) => {
      onAbort = () => reject(cancelled());
      signal.addEventListener('abort', onAbort);
    });
    try {
      return await Promise.race([open.answer, left]);
    } finally {
      signal.removeEventListener('abort', onAbort);
      if (--open.waiting === 0) this.#end(question, open);
    }
  }

  #begin(question: string): Open {
    const withdraw = new AbortController();
    const answer = this.put(question, withdraw.signal).finally(() => this.#end(question, open));
    const open: Open = { answer, waiting: 0, withdraw };
    this.#open.set(question, open);
    return open;
  }

  /** Whoever asks from now on asks anew. */
  #end(question: string, open: Open): void {
    if (this.#open.get(question) === open) this.#open.delete(question);
    open.withdraw.abort();
  }
}

/** Whatever a client gives for its reason, which may be any text. */
function cancelled(): DOMException {
  return new DOMException('the call was cancelled', 'AbortError');
}
