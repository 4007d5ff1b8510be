// Finds Wassette processes that run on a component directory. One of them may still be compiling old code, and would write
// its cache after our change; the next start would run that under the new policy. Uses /proc, so it works on Linux only.
import { readFileSync } from 'node:fs';
import { readdir, readlink, stat } from 'node:fs/promises';
import path from 'node:path';
import { type ErrorExtras, StoreError } from '../../errors.ts';
import { componentDirOf } from '../locations.ts';

/**
 * @param told processes that may run, with all that they started, because they will be told what changes; null for one
 * of which the process is not known
 * @throws StoreError STORE_BUSY naming a process that nobody can tell
 */
export async function assertNoWassetteRuns(
  componentDir: string,
  told: readonly (number | null)[] = [],
): Promise<void> {
  const known = told.filter((pid) => pid !== null);
  const others = (await findRunningWassettes(componentDir)).filter(
    (pid) => !known.some((each) => descendsFrom(pid, each)),
  );
  const pid = others[told.length - known.length];
  if (pid === undefined) return;
  const help: ErrorExtras =
    told.length === 0
      ? { hint: 'stop it, repeat this, and start it again', remedy: { do: 'override-running' } }
      : { hint: 'stop it: two Wassettes on one directory do not see what the other one does' };
  throw new StoreError(
    'STORE_BUSY',
    `${told.length === 0 ? 'Wassette' : 'another Wassette'} is running on ${componentDir} (process ${pid})`,
    { ...help, details: { pid, component_dir: componentDir } },
  );
}

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
    const env = Object.fromEntries(readList(`/proc/${name}/environ`).map(splitVariable));
    const cwd = await readlink(`/proc/${name}/cwd`).catch(() => '/');
    if ((await componentDirOf(args, env, cwd)) === componentDir) found.push(Number(name));
  }
  return found;
}

/** Whether the system shows which processes run. */
export function showsProcesses(): boolean {
  return commandOf(process.pid).length > 0;
}

/** How a Wassette was started, without the values of its flags, which can be secrets. */
export function startOf(pid: number): string {
  const args = wassetteArguments(commandOf(pid)) ?? [];
  const flags = args.filter((arg) => arg.startsWith('--')).map((flag) => flag.split('=', 1)[0]!);
  return ['wassette', ...args.filter(isSubcommand).slice(0, 1), ...flags].join(' ');
}

function isSubcommand(arg: string): boolean {
  return arg === 'run' || arg === 'serve';
}

/** The command line of a process; nothing when it ended meanwhile. */
function commandOf(pid: number): string[] {
  return readList(`/proc/${pid}/cmdline`);
}

function descendsFrom(pid: number, ancestor: number): boolean {
  for (let at = pid; at > 1; ) {
    if (at === ancestor) return true;
    // The name in parentheses may contain anything; after it come the state and the parent.
    const [stat = ''] = readList(`/proc/${at}/stat`);
    at = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1] ?? 0);
  }
  return false;
}

/**
 * The arguments of a Wassette process; null for any other. A dynamic loader may come first.
 * @internal exported for tests of command lines without a process each
 */
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
