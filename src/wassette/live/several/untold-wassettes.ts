// Refuses to change a directory while a Wassette runs on it that nobody can tell what changes.
import path from 'node:path';
import { safeText } from '../../../codec/safe-text.ts';
import { pidNamespace, untilEnded } from '../../../disk/process-owner.ts';
import { StoreError } from '../../../errors.ts';
import type { StateDirectory } from '../../../state/directory.ts';
import { stateDirOf } from '../../command-locations.ts';
import type { Introduction } from '../registry/introduction.ts';
import { endingWassettes, problemWithSockets } from '../registry/registration.ts';
import {
  circumstancesOf,
  commandOf,
  descendsFrom,
  findRunningWassettes,
  lineOf,
  ownNumberOf,
  startOf,
  wassetteArguments,
} from '../wassette-processes.ts';

/** A Wassette that is still compiling sees later that nobody is there any more, on a busy machine much later. */
const ENDING_MS = 20_000;

/** A process that is told what changes, with all that it started. */
export interface ToldProcess {
  /** Null for one of which the process is not known. */
  pid: number | null;
  /** In which that number counts, as in a container. */
  namespace: string | null;
}

/** @throws StoreError STORE_BUSY naming a process that nobody can tell, and how it was started */
export async function assertNoneUntold(
  state: StateDirectory,
  told: readonly ToldProcess[] = [],
): Promise<void> {
  const { root, componentDir } = state;
  const known = told.filter(({ pid }) => pid !== null);
  const others = (await findRunningWassettes(componentDir)).filter(
    (pid) => !known.some((each) => isStartedBy(pid, each)),
  );
  const pid = others[told.length - known.length];
  if (pid === undefined) return;
  const isEnding = (await endingWassettes(state)).some((each) => descendsFrom(pid, each));
  if (isEnding && (await untilEnded(pid, ENDING_MS))) return assertNoneUntold(state, told);
  const window = await windowOf(pid);
  throw new StoreError(
    'STORE_BUSY',
    `a Wassette that cannot be told what changes is running on ${safeText(componentDir, 4_096)}: process ${pid}, started as "${startOf(pid)}"${inWords(window, state)}`,
    {
      hint:
        window === null || window.stateDir === root
          ? 'stop it, repeat this, and start it again'
          : 'stop it, or start it with the same state directory; then repeat this',
      remedy: { do: 'override-running' },
      details: {
        pid,
        component_dir: componentDir,
        ...(window && { window_pid: window.pid }),
        ...(window?.stateDir && { window_state_dir: safeText(window.stateDir, 4_096) }),
      },
    },
  );
}

/** @param process the process that wraps it @throws StoreError STORE_BUSY for a Wassette that cannot be told what changes */
export function assertTells(process: number, { has_own_tools, is_open }: Introduction): void {
  if (has_own_tools && is_open) return;
  const [why, hint] = has_own_tools
    ? ['cannot be called before its client has opened the session', 'wait until it has started, or close it']
    : ['was started with --disable-builtin-tools', 'start it without that flag, or close that window'];
  throw new StoreError(
    'STORE_BUSY',
    `a Wassette that cannot be told what changes is running in another window (process ${process}): it ${why}`,
    { hint: `${hint}; then repeat this`, details: { window_pid: process } },
  );
}

function isStartedBy(pid: number, told: ToldProcess): boolean {
  if (told.namespace === pidNamespace()) return descendsFrom(pid, told.pid!);
  return lineOf(pid).some((each) => pidNamespace(each) === told.namespace && ownNumberOf(each) === told.pid);
}

/** One of our processes that wraps a Wassette. */
interface WrappingProcess {
  pid: number;
  /** Null where the system does not show it. */
  stateDir: string | null;
}

/** The process of ours that wraps it: what that starts is the end of its own command. */
async function windowOf(wassette: number): Promise<WrappingProcess | null> {
  const started = wassetteArguments(commandOf(wassette)) ?? [];
  for (const pid of lineOf(wassette).slice(1)) {
    const command = commandOf(pid);
    const own = command.slice(0, command.length - started.length);
    const isWrap = own.includes('serve') && started.every((word, i) => command[own.length + i] === word);
    if (!isWrap) continue;
    const { env, cwd } = await circumstancesOf(pid);
    const isShown = env !== null && cwd !== null;
    return { pid, stateDir: isShown ? path.normalize(stateDirOf(own, env, cwd)) : null };
  }
  return null;
}

function inWords(window: WrappingProcess | null, state: StateDirectory): string {
  if (window === null) return '';
  const { pid, stateDir } = window;
  const which = `, in another window (process ${pid})`;
  if (stateDir === null) return which;
  const { root } = state;
  if (stateDir !== root)
    return `${which} whose state directory is ${safeText(stateDir, 4_096)}; the one here is ${safeText(root, 4_096)}`;
  const problem = problemWithSockets(state);
  return problem === null
    ? `${which} that does not answer`
    : `${which} that cannot be reached: ${safeText(problem, 4_200)}`;
}
