// Processes of ours that end with us, however we end.
import { type ChildProcess, spawn } from 'node:child_process';

/** Outlives us when we are killed: its input closes with us. `$1` is a process group. */
const WATCHDOG = 'read -r _; kill -TERM "-$1"; sleep 2; kill -KILL "-$1"';

/** Watches a process that leads a group of its own; to be ended with `SIGKILL` once that process has. Null on Windows. */
export function watchdogOf(child: ChildProcess): ChildProcess | null {
  if (process.platform === 'win32' || child.pid === undefined) return null;
  const watchdog = spawn('/bin/sh', ['-c', WATCHDOG, 'sh', String(child.pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  watchdog.on('error', () => undefined); // without a shell we can only do without
  watchdog.unref();
  (watchdog.stdin as unknown as { unref(): void }).unref();
  return watchdog;
}

/** Signals all that `child` started, too; one that has ended already is none. */
export function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (process.platform === 'win32') child.kill(signal);
    else if (child.pid !== undefined) process.kill(-child.pid, signal);
  } catch {
    // it ended in this moment
  }
}
