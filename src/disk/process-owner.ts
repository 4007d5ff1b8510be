// Records which process something belongs to, so that leftovers of a killed process are not mistaken for things in use.
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import * as z from 'zod';

export const ProcessOwnerSchema = z.object({
  pid: z.int().positive(),
  /** When the process started, in clock ticks since boot; null when the system does not say. */
  start_time: z.string().nullable(),
  boot_id: z.string().nullable(),
  pid_namespace: z.string().nullable(),
  host: z.string(),
});
type ProcessOwner = z.infer<typeof ProcessOwnerSchema>;

export function currentOwner(): ProcessOwner {
  return {
    pid: process.pid,
    start_time: startTimeOf(process.pid),
    boot_id: bootId(),
    pid_namespace: pidNamespace(),
    host: hostname(),
  };
}

/** Names the time since the system was started; null when it does not say. */
export function bootId(): string | null {
  return readOrNull('/proc/sys/kernel/random/boot_id');
}

/** In doubt it counts as alive: nothing is taken from a process that we cannot see. */
export function isAlive(owner: ProcessOwner): boolean {
  if (owner.host !== hostname()) return true;
  if (owner.boot_id !== bootId()) return false;
  if (owner.pid_namespace !== pidNamespace()) return true;
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
  return owner.start_time === startTimeOf(owner.pid);
}

/** The same without doubt: it runs where we see it. */
export function isSeenAlive(owner: ProcessOwner): boolean {
  return owner.host === hostname() && owner.pid_namespace === pidNamespace() && isAlive(owner);
}

/** Whether it is this process, and not one of the same number in another container. */
export function isThisProcess(owner: ProcessOwner): boolean {
  const own = currentOwner();
  // A host's name can change while a process runs; where the start of the system is known, that tells hosts apart.
  const isTold = (key: keyof ProcessOwner) => key === 'host' && own.boot_id !== null;
  return (Object.keys(own) as (keyof ProcessOwner)[]).every((key) => isTold(key) || owner[key] === own[key]);
}

/** Waits for a process that is about to end; false when it runs on for so long. */
export async function untilEnded(pid: number, withinMs = 5_000): Promise<boolean> {
  for (let waited = 0; isRunning(pid); waited += 50) {
    if (waited >= withinMs) return false;
    await delay(50);
  }
  return true;
}

export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return startTimeOf(pid) !== null || readOrNull(`/proc/${pid}/stat`) === null;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** Field 22 of /proc/PID/stat, counted after the command name, which may hold spaces and brackets; null for a zombie. */
function startTimeOf(pid: number): string | null {
  const stat = readOrNull(`/proc/${pid}/stat`);
  const [state, ...fields] = stat === null ? [] : stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const hasEnded = state === 'Z' || state === 'X';
  return hasEnded ? null : (fields[18] ?? null);
}

/** Names what numbers of processes are counted in; null when the system does not say. */
export function pidNamespace(pid: number | 'self' = 'self'): string | null {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`);
  } catch {
    return null;
  }
}

function readOrNull(file: string): string | null {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return null;
  }
}
