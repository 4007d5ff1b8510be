// Ends processes that we started when we end, however we end.
import type { ChildProcess } from 'node:child_process';

/** Runs until its input closes, which happens even when we are killed. `$1` is a process group. */
const WATCHDOG = 'read -r _; kill -TERM "-$1"; sleep 2; kill -KILL "-$1"';

/** Watches a process that leads its own group; end it with `SIGKILL` once that process has ended. Null on Windows. */
export function watchdogOf(child: ChildProcess): ChildProcess | null {
  if (process.platform === 'win32' || child.pid === undefined) return null;
  const { spawn } = process.getBuiltinModule('node:child_process');
  const watchdog = spawn('/bin/sh', ['-c', WATCHDOG, 'sh', String(child.pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  watchdog.on('error', () => undefined); // without a shell we can only do without
  watchdog.unref();
  (watchdog.stdin as unknown as { unref(): void }).unref();
  return watchdog;
}

/** Signals `child` and everything it started; does nothing when it has already ended. */
export function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (process.platform === 'win32') child.kill(signal);
    else if (child.pid !== undefined) process.kill(-child.pid, signal);
  } catch {
    // it ended in this moment
  }
}
