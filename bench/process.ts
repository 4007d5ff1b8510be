// Whole processes: how long they take from spawn to exit, and the most memory they held. Knows no scenario.
import { type ChildProcess, type StdioOptions, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const CLI = fileURLToPath(new URL('../dist/cli.js', import.meta.url));

/**
 * Runs inside the measured process and tells its greatest memory as it ends. VmHWM, not getrusage: that one begins
 * with what the parent held when it forked.
 */
const TELL_PEAK = `data:text/javascript,${encodeURIComponent(`
  import { readFileSync, writeSync } from 'node:fs';
  import { isMainThread } from 'node:worker_threads';
  if (isMainThread) process.on('exit', () => writeSync(3, readFileSync('/proc/self/status')));
`)}`;

/** How a program is started, where not as all are. */
export interface Start {
  /** Variables besides. */
  env?: Readonly<Record<string, string>>;
  /** The Node that ours runs on. */
  node?: string;
}

const running = new Set<ChildProcess>();
let isStopped = false;

/** Ends what runs and starts nothing more: whoever waits for a process gets an error. */
export function stopAll(): void {
  isStopped = true;
  for (const child of running) child.kill('SIGKILL');
}

/** Starts `file` without this process's own settings, so that no loader or option of it is measured. */
export function start(
  file: string,
  args: readonly string[],
  stdio: StdioOptions,
  more: Start['env'] = {},
): ChildProcess {
  if (isStopped) throw new Error('stopped');
  const { PATH = '', TMPDIR } = process.env;
  const env = { PATH, HOME: '/nonexistent', ...(TMPDIR === undefined ? {} : { TMPDIR }), ...more };
  const child = spawn(file, args, { stdio, env });
  running.add(child);
  child.once('close', () => running.delete(child));
  return child;
}

/** Seconds that our program takes with `args`. @throws when it fails */
export async function secondsOfOurs(
  args: readonly string[],
  { env, node = process.execPath }: Start = {},
): Promise<number> {
  return secondsOf(node, [CLI, ...args], env);
}

/** Seconds that `script` takes in a shell, with `args` as $1, $2 and so on. @throws when a part of it fails */
export async function secondsOfShell(script: string, args: readonly string[]): Promise<number> {
  return secondsOf('sh', ['-ec', script, 'sh', ...args]);
}

/** Seconds that another program takes. @throws when it fails */
export async function secondsOfProgram(
  program: string,
  args: readonly string[],
  { env }: Start = {},
): Promise<number> {
  return secondsOf(program, args, env);
}

/** The most memory our program holds while it runs with `args`. @throws when it fails */
export async function peakMiBOfOurs(args: readonly string[]): Promise<number> {
  const child = start(
    process.execPath,
    ['--import', TELL_PEAK, CLI, ...args],
    ['ignore', 'ignore', 'pipe', 'pipe'],
  );
  let status = '';
  child.stdio[3]!.on('data', (chunk) => {
    status += chunk;
  });
  await succeeded(child);
  return peakIn(status);
}

/** The most memory that a process which still runs has held so far. */
export function peakMiBOfRunning(child: ChildProcess): number {
  return peakIn(readFileSync(`/proc/${child.pid}/status`, 'utf8'));
}

/** Nothing that was written before is still on its way to the disk when the next run starts. */
export function sync(): void {
  if (spawnSync('sync').status !== 0) throw new Error('sync failed');
}

async function secondsOf(file: string, args: readonly string[], env?: Start['env']): Promise<number> {
  const startedAt = performance.now();
  const child = start(file, args, ['ignore', 'ignore', 'pipe'], env);
  let endedAt = 0;
  child.once('exit', () => {
    endedAt = performance.now();
  });
  await succeeded(child);
  return (endedAt - startedAt) / 1000;
}

async function succeeded(child: ChildProcess): Promise<void> {
  let complaint = '';
  child.stderr!.on('data', (chunk) => {
    complaint += chunk;
  });
  const [code, signal] = await once(child, 'close');
  if (code === 0) return;
  throw new Error(`${child.spawnargs.join(' ')}\nended with ${signal ?? code}\n${complaint}`);
}

function peakIn(status: string): number {
  const kilobytes = /^VmHWM:\s*(\d+) kB$/m.exec(status)?.[1];
  if (kilobytes === undefined) throw new Error('the process did not tell its greatest memory');
  return Number(kilobytes) / 1024;
}
