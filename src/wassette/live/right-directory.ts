// Checks that a running Wassette works on the directory we look at, before anything is said about either. It compares what
// Wassette lists with the files, and writes nothing. When both agree they may still be copies; then a caveat says so.
import { setTimeout as delay } from 'node:timers/promises';
import { counted } from '../../codec/enumeration.ts';
import { safeText } from '../../codec/safe-text.ts';
import { StoreError } from '../../errors.ts';
import type { ComponentStore } from '../component-store.ts';
import { isSwitchedOff, liveComponents } from './answers.ts';
import { describeDifference, detailsOf, differenceFrom, type HostDifference } from './host-difference.ts';
import type { LiveComponent, LiveWassette } from './live-wassette.ts';
import { assertSameHost } from './same-host.ts';
import { isSeenServing } from './wassette-processes.ts';

const ANSWER_MS = 10_000;
/** The same where only a remark depends on it. */
const REMARK_MS = 2_000;

/** How long to keep asking while Wassette and directory differ. */
interface Patience {
  /** Since the first question, while it only lists less: it may have just started. */
  startingMs: number;
  /** Otherwise: somebody may be loading or removing a component at this moment. */
  settlingMs: number;
}
const PATIENCE: Patience = { startingMs: 10_000, settlingMs: 1_000 };

/** What is known about a Wassette and its directory; kept only for one that we started, which stays the same one. */
interface Acquaintance {
  componentDir: string;
  firstAskedAt: number;
  /** `alike` when both agreed once, `seen` when the system also showed it, `probed` when it saw what we wrote. */
  standing: 'new' | 'alike' | 'seen' | 'probed';
}
const acquaintances = new WeakMap<LiveWassette, Acquaintance>();

/**
 * Caveats to be given with any statement about `host`: none when it is certain that `live` works on its directory and runs
 * what is there. At an address there may be another Wassette each time; one that we started is refused at once or never.
 * @throws StoreError STORE_OTHER_HOST naming what differs
 */
export async function remarksOnDirectory(
  live: LiveWassette,
  host: Pick<ComponentStore, 'componentDir' | 'isUnfinished'>,
  signal?: AbortSignal,
  patience = PATIENCE,
): Promise<string[]> {
  const { componentDir } = host;
  const known = acquaintanceOf(live, componentDir);
  const isCertain = known.standing === 'seen' || known.standing === 'probed';
  if (await host.isUnfinished()) return isCertain ? [] : [unproven('an import was interrupted here')];
  if (isCertain) return remarksOnRunning(live, componentDir, '', patience, signal);
  const isSeen = live.pid !== null && (await isSeenServing(live.pid, componentDir));
  const isNew = known.standing === 'new' && !isSeen;
  const found = await compare(live, componentDir, isNew ? known.firstAskedAt : 0, patience, signal);
  if ('why' in found) return [unproven(found.why)];
  if (found.difference === null) {
    if (live.pid !== null) known.standing = isSeen ? 'seen' : 'alike';
    return isSeen ? [] : [unproven(agreement(found.count))];
  }
  if (isNew) throw otherHost(live, componentDir, found.difference);
  return [notWhatRuns(found.difference)];
}

/** The same of the Wassette in another window, which is known to work on that directory. */
export async function remarksOnWindow(
  live: LiveWassette,
  componentDir: string,
  process: number,
  signal?: AbortSignal,
): Promise<string[]> {
  return remarksOnRunning(live, componentDir, ` in another window (process ${process})`, PATIENCE, signal);
}

async function remarksOnRunning(
  live: LiveWassette,
  componentDir: string,
  where: string,
  { settlingMs }: Patience,
  signal: AbortSignal | undefined,
): Promise<string[]> {
  const found = await compare(live, componentDir, 0, { startingMs: 0, settlingMs }, signal, REMARK_MS);
  return 'why' in found || found.difference === null ? [] : [notWhatRuns(found.difference, where)];
}

/** The same with certainty, by writing a probe; only while the directory is locked. @throws as `assertSameHost` */
export async function assertRightDirectory(
  live: LiveWassette,
  componentDir: string,
  signal?: AbortSignal,
): Promise<void> {
  const known = acquaintanceOf(live, componentDir);
  if (known.standing === 'probed') return;
  await assertSameHost(live, componentDir, signal);
  if (live.pid !== null) known.standing = 'probed';
}

function acquaintanceOf(live: LiveWassette, componentDir: string): Acquaintance {
  const known = acquaintances.get(live);
  if (known?.componentDir === componentDir) return known;
  const made: Acquaintance = { componentDir, firstAskedAt: Date.now(), standing: 'new' };
  acquaintances.set(live, made);
  return made;
}

type Comparison = { difference: HostDifference | null; count: number } | { why: string };

/** Asks until both agree or the time is over. */
async function compare(
  live: LiveWassette,
  componentDir: string,
  firstAskedAt: number,
  { startingMs, settlingMs }: Patience,
  signal: AbortSignal | undefined,
  answerMs = ANSWER_MS,
): Promise<Comparison> {
  const begunAt = Date.now();
  for (let pause = 50; ; pause = Math.min(2 * pause, 1_000)) {
    const there = await ask(live, signal, answerMs);
    if ('why' in there) {
      if (there.isFinal || Date.now() >= begunAt + settlingMs) return there;
    } else {
      const difference = await differenceFrom(there.components, componentDir);
      const listsLess =
        difference !== null && difference.onlyThere.length + difference.otherTools.length === 0;
      const until = Math.max(begunAt + settlingMs, listsLess ? firstAskedAt + startingMs : 0);
      if (difference === null || Date.now() >= until) return { difference, count: there.components.length };
    }
    await delay(pause, undefined, { signal });
  }
}

/** @throws the signal's reason */
async function ask(
  live: LiveWassette,
  signal: AbortSignal | undefined,
  answerMs: number,
): Promise<{ components: LiveComponent[] } | { why: string; isFinal: boolean }> {
  const timeout = AbortSignal.timeout(answerMs);
  try {
    const either = signal === undefined ? timeout : AbortSignal.any([timeout, signal]);
    return { components: await liveComponents(live, either) };
  } catch (error) {
    signal?.throwIfAborted();
    if (isSwitchedOff(error)) return { why: 'its own tools are switched off', isFinal: true };
    // A look at the disk does not fail because a server does, and what the server says is not passed on.
    return { why: 'it cannot be reached, or did not say what components it has', isFinal: timeout.aborted };
  }
}

function unproven(why: string): string {
  return `not proven that the running Wassette works on this directory: ${why}`;
}

function agreement(count: number): string {
  return count === 0
    ? 'both are empty'
    : `both have the same ${counted(count, 'component')}, as a copy would`;
}

/** The caveat when the directory is known to be the right one, or once looked like it. */
function notWhatRuns(difference: HostDifference, where = ''): string {
  return `what is on disk is not what runs${where} (${describeDifference(difference)}): Wassette sees that at its next start`;
}

function otherHost(live: LiveWassette, componentDir: string, difference: HostDifference): StoreError {
  const restart = 'if it is the right one already, restart that Wassette: it has not seen what changed there';
  const hint =
    live.pid === null
      ? `name the component directory that server was started with, or the address of the Wassette that works on this one; ${restart}`
      : `let Wassette and this server use one directory under the same path: name the same one to both when they are started, also in a container; ${restart}`;
  return new StoreError(
    'STORE_OTHER_HOST',
    `the running Wassette does not have what is in ${safeText(componentDir, 400)} (${describeDifference(difference)})`,
    { hint, details: { component_dir: componentDir, ...detailsOf(difference) } },
  );
}
