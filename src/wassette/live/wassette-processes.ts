// Finds Wassette processes that run on a component directory. One of them may still be compiling old code, and would write
// its cache after our change; the next start would run that under the new policy. Uses /proc, so it works on Linux only.
import { readFileSync } from 'node:fs';
import { readdir, readlink, stat } from 'node:fs/promises';
import path from 'node:path';
import { componentDirOf } from '../locations.ts';

/**
 * Whether the system shows that process `pid` started a Wassette on the directory: by its command line, and because the
 * path leads it to the same directory as us. False also when that cannot be seen.
 */
export async function isSeenServing(pid: number, componentDir: string): Promise<boolean> {
  for (const found of await findRunningWassettes(componentDir)) {
    const isThere =
      descendsFrom(found, pid) && !isFlagIgnored(found) && (await isSameDirectory(found, componentDir));
    if (isThere) return true;
  }
  return false;
}

/** Before 0.7, Wassette ignores a component directory that is named before its subcommand. */
function isFlagIgnored(pid: number): boolean {
  const args = wassetteArguments(commandOf(pid)) ?? [];
  const flag = args.findIndex((arg) => /^--(component|plugin)-dir(=|$)/.test(arg));
  return flag >= 0 && flag < args.findIndex(isSubcommand);
}

/** Compares through the root of the process, which may be in a container. */
async function isSameDirectory(pid: number, directory: string): Promise<boolean> {
  const identityOf = async (file: string) => {
    const found = await stat(file, { bigint: true }).catch(() => null);
    return found && `${found.dev} ${found.ino}`;
  };
  const there = await identityOf(`/proc/${pid}/root${directory}`);
  return there !== null && there === (await identityOf(directory));
}

/** Their processes, as far as the system shows them: see `showsProcesses`. */
export async function findRunningWassettes(componentDir: string): Promise<number[]> {
  const found: number[] = [];
  for (const name of await readdir('/proc').catch(() => [])) {
    if (!/^\d+$/.test(name)) continue;
    const args = wassetteArguments(readList(`/proc/${name}/cmdline`));
    if (args === null) continue;
    const { env, cwd } = await circumstancesOf(Number(name));
    if ((await componentDirOf(args, env, cwd)) === componentDir) found.push(Number(name));
  }
  return found;
}

/** In which a process was started, as far as the system shows them. */
export async function circumstancesOf(pid: number): Promise<{ env: Record<string, string>; cwd: string }> {
  const env = Object.fromEntries(readList(`/proc/${pid}/environ`).map(splitVariable));
  return { env, cwd: await readlink(`/proc/${pid}/cwd`).catch(() => '/') };
}

/** Whether the system shows which processes run. */
export function showsProcesses(): boolean {
  return commandOf(process.pid).length > 0;
}

/** How a Wassette was started; values of its flags, which can be secrets, are not shown. */
export function startOf(pid: number): string {
  const args = wassetteArguments(commandOf(pid)) ?? [];
  const subcommand = args.findIndex(isSubcommand);
  const shown = args.flatMap((arg, i) => {
    if (arg.startsWith('--')) return arg.replace(/=.*/s, '=…');
    if (i === subcommand) return arg;
    return /^--[^=]*$/.test(args[i - 1] ?? '') ? '…' : [];
  });
  return ['wassette', ...shown].join(' ');
}

function isSubcommand(arg: string): boolean {
  return arg === 'run' || arg === 'serve';
}

/** The command line of a process; nothing when it ended meanwhile. */
export function commandOf(pid: number): string[] {
  return readList(`/proc/${pid}/cmdline`);
}

export function descendsFrom(pid: number, ancestor: number): boolean {
  return lineOf(pid).includes(ancestor);
}

/** The process, the one that started it, and so on. */
export function lineOf(pid: number): number[] {
  const line: number[] = [];
  for (let at = pid; at > 1; ) {
    line.push(at);
    // The name in parentheses may contain anything; after it come the state and the parent.
    const [stat = ''] = readList(`/proc/${at}/stat`);
    at = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1] ?? 0);
  }
  return line;
}

/** The arguments of a Wassette process; null for any other. A dynamic loader may come first. */
export function wassetteArguments(argv: readonly string[]): string[] | null {
  const isLoader = /^(ld-linux|ld-musl|ld\.so)/.test(path.basename(argv[0] ?? ''));
  const program = argv.findIndex(
    (arg, i) => (i === 0 || isLoader) && /^wassette(\.bin|\.exe)?$/.test(path.basename(arg)),
  );
  return program < 0 ? null : argv.slice(program + 1);
}

/** Synchronous, because there are hundreds of processes, and each file is a few bytes from the kernel. */
function readList(file: string): string[] {
  try {
    return readFileSync(file, 'utf8')
      .split('\0')
      .filter((entry) => entry !== '');
  } catch {
    return []; // ended meanwhile, or another user's
  }
}

function splitVariable(entry: string): [string, string] {
  const at = entry.indexOf('=');
  return at < 0 ? [entry, ''] : [entry.slice(0, at), entry.slice(at + 1)];
}
