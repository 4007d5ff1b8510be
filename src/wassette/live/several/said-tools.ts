// What the Wassettes that run on a store say of their tools, and which of them do not say it.
import { safeText } from '../../../codec/safe-text.ts';
import { StateError } from '../../../errors.ts';
import type { UncomparedPart } from '../../../plan/comparison/uncompared.ts';
import { isSwitchedOff, liveToolLists } from '../answers.ts';
import type { LiveWassette } from '../live-wassette.ts';

/** How long to wait for what one says: longer than a window waits until its session is open. */
const ANSWER_MS = 12_000;

export interface SaidTools {
  /** By each that says them: tool objects, by component. */
  lists: readonly ReadonlyMap<string, readonly unknown[]>[];
  /** The others. */
  silent: readonly UncomparedPart[];
}

/** One that is asked. */
export interface Speaker {
  live: LiveWassette;
  /** The process of ours that wraps it; null for the one that this process knows. */
  window: number | null;
}

/** A process of ours that wraps a Wassette, and that cannot be asked. */
export interface Unreached {
  process: number;
  /** Why not. */
  error: unknown;
}

/** @throws the signal's reason */
export async function saidTools(
  speakers: readonly Speaker[],
  unreached: readonly Unreached[],
  signal?: AbortSignal,
): Promise<SaidTools> {
  const lists: ReadonlyMap<string, readonly unknown[]>[] = [];
  const silent = unreached.map(({ process, error }) => notSaying(process, error));
  for (const { live, window } of speakers) {
    try {
      lists.push(await answerOf(live, signal));
    } catch (error) {
      signal?.throwIfAborted();
      if (live.isGone) continue; // it ended, and its Wassette with it
      silent.push(notSaying(window, error));
    }
  }
  return { lists, silent };
}

/** Whoever is asked may never end a question, also not when it is given up. */
async function answerOf(live: LiveWassette, signal?: AbortSignal): ReturnType<typeof liveToolLists> {
  const limit = AbortSignal.any([AbortSignal.timeout(ANSWER_MS), ...(signal ? [signal] : [])]);
  limit.throwIfAborted();
  const givenUp = new Promise<never>((_resolve, reject) =>
    limit.addEventListener('abort', () => reject(limit.reason), { once: true }),
  );
  return Promise.race([liveToolLists(live, limit), givenUp]);
}

function notSaying(window: number | null, error: unknown): UncomparedPart {
  const whose =
    window === null ? 'the running Wassette' : `the Wassette in another window (process ${window})`;
  const { why, hint } = reasonIn(error);
  const way =
    window === null
      ? 'look at its log, or compare without asking it'
      : 'close that window, or look at its log';
  return { about: 'running', why: `${whose} does not say what it lists: ${why}`, hint: hint ?? way };
}

function reasonIn(error: unknown): { why: string; hint?: string | undefined } {
  if (isSwitchedOff(error))
    return {
      why: 'its own tools are switched off',
      hint: 'start it without --disable-builtin-tools, or compare while it does not run',
    };
  if (!(error instanceof StateError)) return { why: 'it does not answer' };
  return { why: safeText(error.message, 400), hint: error.hint };
}
