// Watches whether the wrapped server still reads: an old Wassette stops reading after a message that it does not understand,
// but keeps running and answers nothing any more.
import type { Multiplexer } from '../multiplexer.ts';

const ASK_EVERY_MS = 30_000;
const ANSWER_WITHIN_MS = 60_000;

/** Pings the child while somebody waits for it; calls `onDeaf` when even a ping is not answered. */
export function watchChild(
  multiplexer: Pick<Multiplexer, 'request' | 'isWaitingForChild'>,
  onDeaf: () => void,
  { everyMs = ASK_EVERY_MS, withinMs = ANSWER_WITHIN_MS } = {},
): void {
  let isAsking = false;
  const timer = setInterval(() => {
    if (isAsking || !multiplexer.isWaitingForChild) return;
    isAsking = true;
    const timeout = AbortSignal.timeout(withinMs);
    multiplexer.request('child', 'ping', {}, timeout).then(
      () => {
        isAsking = false;
      },
      () => {
        isAsking = false;
        if (!timeout.aborted) return; // an error is an answer, too
        clearInterval(timer);
        onDeaf();
      },
    );
  }, everyMs);
  timer.unref();
}
